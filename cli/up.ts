import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { sandboxUp } from '../sandbox';
import { sideBySideEnvironment, tellEnding } from '../stacks/sideBySide';
import type { LabContext } from './context';
import { UserError, openLab } from './context';
import { type Reporter, showWork } from './display';
import { cloneTable, proveClones } from './clones';
import { downloadTable, proveDownloads } from './downloads';
import { StackProgress } from './progress';
import { type PulumiEnvironment, listStacks, initStack, pulumiEnvironment, runStack } from './pulumi';
import { type StackNode, type StackOutcome, scheduleStacks, stacksOf } from './stacks';
import { commandsOf } from './commands';

/**
 * `dcn up`: everything that is missing, the sandbox, every stack, the images, and a table that proves them: a clone at each
 * site, or in a lab with caches two downloads.
 */
export async function up(option: string): Promise<void> {
  const context = openLab(option);
  let env: PulumiEnvironment | undefined;
  await showWork(
    [
      {
        title: 'tool chain',
        run: async (reporter) => {
          env = await pulumiEnvironment(context.name, reporter.event);
        },
      },
      ...(context.lab.provisioner === 'sandbox'
        ? [{ title: 'sandbox', run: (reporter: Reporter) => sandboxUp(context.lab, reporter.event) }]
        : []),
    ],
    { sideBySide: true },
  );
  const changes = await upStacks(context, env as PulumiEnvironment);
  const table = context.plan.sites.some((site) => site.cache)
    ? downloadTable(await proveDownloads(context))
    : cloneTable(await proveClones(context));
  process.stdout.write(`\n${table}\n`);
  process.stdout.write(changes === 0 ? 'Nothing changed.\n' : `${changes} commands ran.\n`);
}

async function upStacks(context: LabContext, env: PulumiEnvironment): Promise<number> {
  const stacks = stacksOf(context.plan);
  const existing = new Set((await listStacks(env)).map((stack) => stack.name));
  for (const stack of stacks.filter(({ name }) => !existing.has(name))) {
    await initStack(env, context, stack.name);
  }
  return runAll(context, env, 'up', stacks);
}

/** Runs `pulumi up` or `destroy` of the stacks in their order and shows it. Gives the number of commands that ran. */
export async function runAll(
  context: LabContext,
  env: PulumiEnvironment,
  verb: 'up' | 'destroy',
  stacks: StackNode[],
): Promise<number> {
  const reporters = new Map<string, Reporter>();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-stacks-'));
  let changes = 0;
  // A stack may begin as soon as another asks for it: not before the display has an entry for each.
  let displayed: () => void;
  const allDisplayed = new Promise<void>((resolve) => (displayed = resolve));
  const run = scheduleStacks(
    stacks,
    async (stack) => {
      const reporter = reporters.get(stack.name) as Reporter;
      const progress = new StackProgress(commandsOf(context, stack), reporter.event);
      reporter.follow(() => progress.line());
      try {
        const sideBySide = stack.joins.length > 0 ? sideBySideEnvironment(folder) : {};
        await runStack({ ...env, ...sideBySide }, verb, stack.name, (event) => progress.onEvent(event));
        tellEnding(folder, stack.name, 'up');
      } catch (error) {
        tellEnding(folder, stack.name, 'failed');
        throw error;
      }
      changes += progress.changes;
    },
    verb === 'destroy',
  );
  const outcomes = new Map<string, StackOutcome>();
  await showWork(
    stacks.map((stack) => ({
      title: `${stack.name} (${stack.title})`,
      run: async (reporter) => {
        reporters.set(stack.name, reporter);
        reporter.follow(() => 'waits for other stacks');
        if (reporters.size === stacks.length) {
          displayed();
        }
        await allDisplayed;
        const outcome = await run(stack.name);
        outcomes.set(stack.name, outcome);
        if (outcome.state !== 'done') {
          throw outcome.state === 'failed' ? outcome.error : new UserError(outcome.because);
        }
      },
    })),
    { sideBySide: true },
  ).catch((error: unknown) => {
    if (outcomes.size === 0) {
      throw error;
    }
  });
  fs.rmSync(folder, { recursive: true });
  const trouble = [...outcomes].flatMap(([name, outcome]) => {
    if (outcome.state === 'failed') {
      return [outcome.error.message];
    }
    return outcome.state === 'not begun' ? [`${name}: not begun, ${outcome.because}.`] : [];
  });
  if (trouble.length > 0) {
    throw new UserError(trouble.join('\n\n'));
  }
  return changes;
}
