import { fsid } from './fakeKit';
import { TestLab, fingerprint, standing } from './harness';

const lab = new TestLab();
afterAll(() => lab.remove());

const without = (stack: string) =>
  Object.fromEntries(Object.entries(standing).filter(([name]) => name !== stack));
const instead = (stack: string, outputs: Record<string, unknown>) => ({ ...standing, [stack]: outputs });
const failure = (stack: string, stacks: typeof standing) =>
  lab.run(stack, { stacks }).then(
    () => 'no failure',
    (error: Error & { __pulumiRunError?: boolean }) =>
      error.__pulumiRunError ? error.message : `not a RunError: ${error.message}`,
  );

describe('a stack that builds on another one says in one sentence that the other one', () => {
  test('does not exist, and the command that creates it', async () => {
    expect(await failure('dev-control-plane', without('dev'))).toBe(
      'Stack dev, which this one builds on, is not there: bring it up first with `pulumi up -s dev`.',
    );
    expect(await failure('dev-dcn0', without('dev-control-plane'))).toBe(
      'Stack dev-control-plane, which this one builds on, is not there: bring it up first with `pulumi up -s dev-control-plane`.',
    );
    expect(await failure('dev-images', without('dev-dcn1'))).toContain('`pulumi up -s dev-dcn1`');
  });

  test('and all others that are missing or not completely up', async () => {
    expect(await failure('dev-dcn0', instead('dev-control-plane', {}))).not.toContain('Stack dev,');
    expect(await failure('dev-dcn0', { ...without('dev'), 'dev-control-plane': {} })).toBe(
      'Stack dev, which this one builds on, is not there: bring it up first with `pulumi up -s dev`.\n' +
        'Stack dev-control-plane, which this one builds on, is not completely up: ' +
        'bring it up first with `pulumi up -s dev-control-plane`.',
    );
    expect(await failure('dev-images', { ...standing, 'dev-dcn0': {}, 'dev-dcn1': {} })).toMatch(
      /^Stack dev-dcn0, .*\nStack dev-dcn1, .* `pulumi up -s dev-dcn1`\.$/,
    );
  });

  test('was never completely up, or was destroyed', async () => {
    expect(await failure('dev-dcn0', instead('dev-control-plane', {}))).toBe(
      'Stack dev-control-plane, which this one builds on, is not completely up: ' +
        'bring it up first with `pulumi up -s dev-control-plane`.',
    );
  });

  test('is of an older version', async () => {
    const older = { ...standing.dev, undercloud: { address: '127.0.0.1' } };
    expect(await failure('dev-control-plane', instead('dev', older))).toMatch(
      /^Stack dev was brought up by an older version of this program \(undercloud\.host: .*\): bring it up again with `pulumi up -s dev`\.$/,
    );
    expect(
      await failure('dev-control-plane', instead('dev', { ...standing.dev, schemaVersion: 0 })),
    ).toContain('older version');
  });

  test('is of a newer version', async () => {
    expect(await failure('dev-control-plane', instead('dev', { ...standing.dev, schemaVersion: 2 }))).toBe(
      'Stack dev was brought up by a newer version of this program (its outputs have version 2, this one knows 1): ' +
        'run that version here too.',
    );
  });

  test('has not exported a file', async () => {
    const stacks = instead('dev-control-plane', { ...standing['dev-control-plane'], digests: {} });
    expect(await failure('dev-dcn0', stacks)).toBe(
      'Stack dev-control-plane has not exported control-plane/control-plane-export.yaml and ' +
        'control-plane/central_ceph_external.yaml, which this one builds on: bring it up first with `pulumi up -s dev-control-plane`.',
    );
  });
});

test('an older program ignores outputs that a newer one added', async () => {
  const stacks = instead('dev', { ...standing.dev, added: { later: true } });
  const [known, newer] = [await lab.run('dev-control-plane'), await lab.run('dev-control-plane', { stacks })];
  expect(fingerprint(newer)).toEqual(fingerprint(known));
});

test('the outputs of every stack satisfy its readers', async () => {
  const written: typeof standing = {};
  for (const stack of ['dev', 'dev-control-plane', 'dev-dcn0', 'dev-dcn1', 'dev-images']) {
    const { outputs } = await lab.run(stack, { stacks: written });
    written[stack] = JSON.parse(JSON.stringify(outputs)) as Record<string, unknown>;
  }
  expect(written['dev-images']).toEqual({
    schemaVersion: 1,
    lab: 'dev',
    images: { 'plain-256': fsid, 'packed-128': fsid },
  });
});
