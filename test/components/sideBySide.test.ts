import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { sideBySideEnvironment, tellEnding, untilUp } from '../../stacks/sideBySide';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-side-'));
  Object.assign(process.env, sideBySideEnvironment(folder));
});
afterEach(() => {
  Object.keys(sideBySideEnvironment(folder)).forEach((name) => delete process.env[name]);
  fs.rmSync(folder, { recursive: true });
});

test('a stack waits until the stack that it builds on is up', async () => {
  setTimeout(() => tellEnding(folder, 'lab-control-plane', 'up'), 300);
  await untilUp('lab-control-plane');
});

test('a stack fails with the stack that it builds on', async () => {
  tellEnding(folder, 'lab-control-plane', 'failed');
  await expect(untilUp('lab-control-plane')).rejects.toThrow(
    'Stack lab-control-plane, which this one builds on, failed: ',
  );
});

test('a stack waits for no dcn that has ended', async () => {
  const ended = execa.sync('sh', ['-c', 'echo $$']).stdout;
  process.env.GLANCE_DCN_SIDE_BY_SIDE_OWNER = ended;
  await expect(untilUp('lab-control-plane')).rejects.toThrow(
    `Stack lab-control-plane, which this one builds on: dcn (process ${ended}), which brought both up, has ended: bring both up again.`,
  );
});
