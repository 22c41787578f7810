import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { LabContext } from '../../cli/context';
import { StackState, restoreStack } from '../../cli/backup/stackStates';
import { type PulumiEnvironment, settingsFile, writeMissingSettings } from '../../cli/run/pulumi';

/* The local settings of a stack; a program that reads its input and notes its arguments stands in for `pulumi`. */

const stack = `settings-test-${process.pid}`;
const context = { file: '/labs/Pulumi.mine.yaml', isInProject: false } as LabContext;
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-settings-'));
  const program = `#!/bin/sh\ncat >/dev/null\necho "$*" >>${folder}/calls\n`;
  fs.writeFileSync(path.join(folder, 'pulumi'), program, { mode: 0o755 });
  fs.mkdirSync(path.dirname(settingsFile(stack)), { recursive: true });
});
afterEach(() => {
  fs.rmSync(settingsFile(stack), { force: true });
  fs.rmSync(folder, { recursive: true });
});

test.each([
  ['are missing', undefined, true],
  ['were left by a process that was killed after `pulumi stack init`', 'encryptionsalt: v1:x\n', true],
  ['are complete', 'encryptionsalt: v1:x\nconfig:\n  glance-dcn:lab: /labs/Pulumi.mine.yaml\n', false],
])('settings that %s name the lab file afterwards', async (_, text, isWritten) => {
  if (text !== undefined) {
    fs.writeFileSync(settingsFile(stack), text);
  }
  await writeMissingSettings({ PATH: `${folder}:${process.env.PATH}` } as PulumiEnvironment, context, stack);
  const calls = path.join(folder, 'calls');
  expect(fs.existsSync(calls) ? fs.readFileSync(calls, 'utf8') : '').toBe(
    isWritten ? `config set -s ${stack} glance-dcn:lab ${context.file} --non-interactive\n` : '',
  );
});

const salted = JSON.stringify({
  deployment: { secrets_providers: { type: 'passphrase', state: { salt: 'v1:new' } } },
});

test('a restore replaces the settings of a stack as a whole: who reads the old ones never sees a part', async () => {
  fs.writeFileSync(settingsFile(stack), 'encryptionsalt: v1:old\n');
  const reader = fs.openSync(settingsFile(stack), 'r');
  const env = { PATH: `${folder}:${process.env.PATH}` } as PulumiEnvironment;
  await restoreStack(env, context, stack, new StackState(salted), true);
  expect(fs.readFileSync(reader, 'utf8')).toBe('encryptionsalt: v1:old\n');
  fs.closeSync(reader);
  expect(fs.readFileSync(settingsFile(stack), 'utf8')).toBe('encryptionsalt: v1:new\n');
});
