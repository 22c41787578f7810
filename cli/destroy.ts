import * as fs from 'node:fs';
import { sandboxDown } from '../sandbox';
import { stateDir } from '../tools/places';
import { openLab } from './context';
import { showWork } from './display';
import { listStacks, pulumi, pulumiEnvironment, settingsFile } from './pulumi';
import { stacksOf } from './stacks';
import { runAll } from './up';

/** `dcn destroy`: all stacks in reverse order, then the sandbox and everything else of the lab on this machine. */
export async function destroy(option: string): Promise<void> {
  const context = openLab(option);
  const env = await pulumiEnvironment(context.name, (line) => process.stderr.write(`${line}\n`));
  const existing = new Set((await listStacks(env)).map((stack) => stack.name));
  const stacks = stacksOf(context.plan).filter((stack) => existing.has(stack.name));
  await runAll(context, env, 'destroy', stacks.toReversed());
  for (const stack of stacks) {
    await pulumi(env, 'stack rm', stack.name, ['-s', stack.name, '--yes']);
  }
  if (context.lab.provisioner === 'sandbox') {
    await showWork([{ title: 'sandbox', run: (reporter) => sandboxDown(context.lab, reporter.event) }], {
      sideBySide: false,
    });
  }
  for (const stack of stacks) {
    fs.rmSync(settingsFile(stack.name), { force: true });
  }
  fs.rmSync(stateDir(context.name), { recursive: true, force: true });
  process.stdout.write(`Lab ${context.name} is gone.\n`);
}
