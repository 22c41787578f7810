import * as fs from 'node:fs';
import { sandboxDown } from '../sandbox';
import { stateDir } from '../tools/places';
import { openLab } from './context';
import { showWork } from './display';
import { listStacks, pulumi, pulumiEnvironment, settingsFile } from './pulumi';
import { RunRecorder } from './record';
import { type RunOptions, runLab } from './run';
import { stacksOf } from './stacks';

/** `dcn destroy`: all stacks in reverse order, then the sandbox and everything else of the lab on this machine. */
export async function destroy(option: string, options: RunOptions): Promise<void> {
  const context = openLab(option);
  const recorder = new RunRecorder(context.name, 'destroy');
  const env = await pulumiEnvironment(context.name, (line) => process.stderr.write(`${line}\n`));
  const existing = new Set((await listStacks(env)).map((stack) => stack.name));
  const stacks = stacksOf(context.plan).filter((stack) => existing.has(stack.name));
  const { summary } = await runLab(context, env, 'destroy', stacks, recorder, options);
  for (const stack of stacks) {
    await pulumi(env, 'stack rm', stack.name, ['-s', stack.name, '--yes']);
  }
  if (context.lab.provisioner === 'sandbox') {
    const down = (event: (line: string) => void): Promise<void> =>
      recorder.part('sandbox', () => sandboxDown(context.lab, event));
    await showWork([{ title: 'sandbox', run: (reporter) => down(reporter.event) }], { sideBySide: false });
  }
  for (const stack of stacks) {
    fs.rmSync(settingsFile(stack.name), { force: true });
  }
  fs.rmSync(stateDir(context.name), { recursive: true, force: true });
  process.stdout.write(`\n${summary}\nLab ${context.name} is gone.\n`);
}
