import { sandboxUp } from '../sandbox';
import { cloneTable, proveClones } from './clones';
import { type LabContext, openLab } from './context';
import { type Reporter, showWork } from './display';
import { downloadTable, proveDownloads } from './downloads';
import { type PulumiEnvironment, initStack, listStacks, pulumiEnvironment } from './pulumi';
import { RunRecorder } from './record';
import { type RunOptions, runLab } from './run';
import { stacksOf } from './stacks';

/**
 * `dcn up`: everything that is missing, the sandbox, every stack, the images, and a table that proves them: a clone at each
 * site, or in a lab with caches two downloads.
 */
export async function up(option: string, options: RunOptions): Promise<void> {
  const context = openLab(option);
  const recorder = new RunRecorder(context.name, 'up');
  let env: PulumiEnvironment | undefined;
  await showWork(
    [
      {
        title: 'tool chain',
        run: (reporter) =>
          recorder.part('tool chain', async () => {
            env = await pulumiEnvironment(context.name, reporter.event);
          }),
      },
      ...(context.lab.provisioner === 'sandbox'
        ? [
            {
              title: 'sandbox',
              run: (reporter: Reporter) =>
                recorder.part('sandbox', () => sandboxUp(context.lab, reporter.event)),
            },
          ]
        : []),
    ],
    { sideBySide: true },
  );
  const { changes, summary } = await upStacks(context, env as PulumiEnvironment, recorder, options);
  const table = context.plan.sites.some((site) => site.cache)
    ? downloadTable(await recorder.part('downloads', () => proveDownloads(context)))
    : cloneTable(await recorder.part('clones', () => proveClones(context)));
  process.stdout.write(`\n${summary}\n\n${table}\n`);
  process.stdout.write(changes === 0 ? 'Nothing changed.\n' : `${changes} commands ran.\n`);
}

async function upStacks(
  context: LabContext,
  env: PulumiEnvironment,
  recorder: RunRecorder,
  options: RunOptions,
): ReturnType<typeof runLab> {
  const stacks = stacksOf(context.plan);
  const existing = new Set((await listStacks(env)).map((stack) => stack.name));
  for (const stack of stacks.filter(({ name }) => !existing.has(name))) {
    await initStack(env, context, stack.name);
  }
  return runLab(context, env, 'up', stacks, recorder, options);
}
