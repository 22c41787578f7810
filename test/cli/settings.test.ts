import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { LabContext } from '../../cli/context';
import { type PulumiEnvironment, settingsFile, writeMissingSettings } from '../../cli/run/pulumi';

/* The local settings of a stack; a program that notes its arguments stands in for `pulumi`. */

const stack = `settings-test-${process.pid}`;
const context = { file: '/labs/Pulumi.mine.yaml', isInProject: false } as LabContext;
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-settings-'));
  const program = `#!/bin/sh\necho "$*" >>${folder}/calls\n`;
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
