import * as fs from 'node:fs';
import * as path from 'node:path';
import { kitFolder } from '../../stacks/kit';
import { projectRoot } from '../../lib/paths';
import { TestLab } from './harness';

const lab = new TestLab();
afterAll(() => lab.remove());
afterEach(() => lab.write(lab.shipped()));

test('the lab uploads the kit, then checks the undercloud, and outputs its endpoint', async () => {
  const run = await lab.run('dev');
  expect(run.resources.map(({ type, name, dependsOn }) => [type, name, dependsOn])).toEqual([
    ['command:remote:CopyToRemote', 'kit', []],
    ['command:remote:Command', 'kit-link', ['kit']],
    ['command:remote:Command', 'undercloud-check', ['kit-link']],
  ]);
  const { name } = await kitFolder();
  expect(run.named('kit').inputs.remotePath).toBe(`/home/stack/dcn/dev/kits/${name}`);
  expect(run.named('kit-link').inputs.create).toBe(`python3 /home/stack/dcn/dev/kits/${name} install`);
  expect(run.named('undercloud-check').inputs.create).toBe('python3 /home/stack/dcn/dev/kit check');
  expect(run.readsItself).toBe(false);
  expect(run.outputs).toEqual({
    schemaVersion: 1,
    lab: 'dev',
    undercloud: {
      host: '127.0.0.1',
      port: expect.any(Number),
      user: 'stack',
      hostKey: 'ssh-ed25519 AAAAhost',
      directory: '/home/stack/dcn/dev',
    },
  });
});

test('the connection through a bastion uses the same key', async () => {
  lab.write(
    lab
      .shipped()
      .replace(
        '  glance-dcn:provisioner: sandbox',
        '  glance-dcn:provisioner: sandbox\n  glance-dcn:undercloud: { bastion: { host: 192.0.2.1, user: gate } }',
      ),
  );
  const run = await lab.run('dev');
  const connection = JSON.stringify(run.named('undercloud-check').inputs.connection);
  expect(connection).toContain('"proxy":{"dialErrorLimit":20,"host":"192.0.2.1"');
  expect(run.outputs.undercloud).toMatchObject({ bastion: { host: '192.0.2.1', port: 22, user: 'gate' } });
});

test('the upload has only the kit’s own files, in a folder named after their content', async () => {
  const { folder, name } = await kitFolder();
  expect(folder.endsWith(`/${name}/`)).toBe(true);
  expect(await kitFolder()).toEqual({ folder, name });
  const files = fs.readdirSync(folder, { recursive: true }) as string[];
  expect(files).toContain('__main__.py');
  expect(files.filter((file) => file.includes('__pycache__') || file.endsWith('.pyc'))).toEqual([]);
  for (const file of files.filter((name) => fs.statSync(path.join(folder, name)).isFile())) {
    expect(fs.readFileSync(path.join(folder, file))).toEqual(
      fs.readFileSync(path.join(projectRoot, 'kit', file)),
    );
  }
});
