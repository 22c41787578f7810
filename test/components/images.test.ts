import * as fs from 'node:fs';
import * as path from 'node:path';
import { TestLab, standing } from './harness';

const lab = new TestLab();
afterAll(() => lab.remove());
afterEach(() => lab.write(lab.shipped()));

const stdin = (run: Awaited<ReturnType<TestLab['run']>>, name: string) =>
  String(run.named(name).inputs.stdin);

test('each image is one command under the set, which deletes all its copies', async () => {
  const run = await lab.run('dev-images');
  const commands = run.resources.filter(({ type }) => type === 'command:remote:Command');
  expect(commands.map(({ name, parent }) => [name, parent])).toEqual([
    ['plain-256', 'dev-images'],
    ['packed-128', 'dev-images'],
    ['dev-images-restored', 'dev-images'],
  ]);
  expect(run.named('plain-256').inputs.delete).toBe('python3 /home/stack/dcn/dev/kit images remove-all');
  expect(stdin(run, 'packed-128')).toContain('diskFormat: qcow2');
});

test('the document of a generated image has the key `made`, as in the state of existing labs', async () => {
  const run = await lab.run('dev-images');
  expect(stdin(run, 'plain-256')).toMatch(/source:\s+made:\s+sizeMiB: 256\s+seed: plain/);
});

test('a changed setting of an image changes only lines of its document, which its command gets in place', async () => {
  const withSettings = (lines: string) =>
    lab.write(lab.shipped().replace('    plain-256:\n', `    plain-256:\n      ${lines}\n`));
  const before = await lab.run('dev-images');
  withSettings('properties: { hw_disk_bus: scsi, os_version: 9 }');
  const after = await lab.run('dev-images');
  expect(stdin(after, 'plain-256')).toContain(
    'settings:\n  properties:\n    hw_disk_bus: scsi\n    os_version: "9"\n',
  );
  expect(stdin(before, 'plain-256')).not.toContain('settings');
  expect(stdin(after, 'packed-128')).toBe(stdin(before, 'packed-128'));
  const { triggers, ...inputs } = after.named('plain-256').inputs;
  expect(triggers).toEqual(before.named('plain-256').inputs.triggers);
  expect(inputs.update ?? inputs.create).toBe('python3 /home/stack/dcn/dev/kit images ensure');
});

test('a new source changes only lines of the document, which the command of the image gets in place', async () => {
  const before = (await lab.run('dev-images')).named('plain-256').inputs;
  lab.write(lab.shipped().replace('seed: plain', 'seed: next'));
  const after = (await lab.run('dev-images')).named('plain-256').inputs;
  expect(after).toEqual({ ...before, stdin: expect.anything() as unknown });
  expect(String(after.stdin)).toBe(String(before.stdin).replace('seed: plain', 'seed: next'));
});

test('another way of copies changes only lines of the document, which the command of the image gets in place', async () => {
  const withCopy = async (line: string) => {
    lab.write(lab.shipped().replace('    plain-256:\n', `    plain-256:\n      ${line}\n`));
    return (await lab.run('dev-images')).named('plain-256').inputs;
  };
  const before = (await lab.run('dev-images')).named('plain-256').inputs;
  const direct = await withCopy('copy: direct');
  expect(direct).toEqual({ ...before, stdin: expect.anything() as unknown });
  expect(String(direct.stdin)).toBe(
    String(before.stdin).replace(/( {2}- dcn1\n)(?=after:)/, '$1copy:\n  direct: {}\n'),
  );
  expect(String((await withCopy('copy: { direct: { rateMbit: 50 } }')).stdin)).toContain(
    'copy:\n  direct:\n    rateMbit: 50\n',
  );
  expect(await withCopy('copy: glance')).toEqual(before);
});

test('deletions that have begun are taken back last, so each destruction deletes this resource first, and is refused there', async () => {
  const restored = (await lab.run('dev-images')).named('dev-images-restored');
  expect(restored.dependsOn).toEqual(['plain-256', 'packed-128']);
  expect([restored.inputs.create, restored.inputs.delete]).toEqual([
    'python3 /home/stack/dcn/dev/kit images restore',
    'python3 /home/stack/dcn/dev/kit images check-removal',
  ]);
  expect(restored.inputs.stdin).toBe('images:\n  - plain-256\n  - packed-128\n');
});

test('a site that was recreated gets its images again', async () => {
  const before = await lab.run('dev-images');
  const nodes = { 'node-of-dcn1': { address: '192.0.2.1', instanceId: 'another' } };
  const after = await lab.run('dev-images', {
    stacks: { ...standing, 'dev-dcn1': { ...standing['dev-dcn1'], nodes } },
  });
  expect(stdin(after, 'plain-256')).not.toBe(stdin(before, 'plain-256'));
});

test('the program reads only the stacks of sites that an image names', async () => {
  lab.write(lab.shipped().replaceAll('sites: [dcn0, dcn1]', 'sites: [dcn0]'));
  const run = await lab.run('dev-images');
  expect(run.reads.sort()).toEqual(['dev', 'dev-control-plane', 'dev-dcn0']);
});

describe('an image from a file', () => {
  const source = (file: string) =>
    lab.write(lab.shipped().replace('{ generated: { sizeMiB: 256, seed: plain } }', `{ file: ${file} }`));

  test('is uploaded first, and imported again when its content changes', async () => {
    const file = path.join(path.dirname(lab.file), 'disk.raw');
    fs.writeFileSync(file, 'one');
    source('disk.raw');
    const run = await lab.run('dev-images');
    expect(run.named('plain-256-file')).toMatchObject({
      parent: 'dev-images',
      inputs: { remotePath: '/home/stack/dcn/dev/uploads/plain-256.raw' },
    });
    expect(run.named('plain-256').dependsOn).toEqual(['plain-256-file']);
    expect(stdin(run, 'plain-256')).toContain('file: /home/stack/dcn/dev/uploads/plain-256.raw');
    fs.writeFileSync(file, 'two');
    expect(stdin(await lab.run('dev-images'), 'plain-256')).not.toBe(stdin(run, 'plain-256'));
  });

  test('that does not exist is refused with its path in the lab file', async () => {
    source('no-such.raw');
    await expect(lab.run('dev-images')).rejects.toThrow(
      /glance-dcn:images\.plain-256\.source\.file: ENOENT.*relative to the lab file/,
    );
  });
});
