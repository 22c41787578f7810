import { cloneTable, proveClones } from '../proofs/clones';
import { UserError } from '../../lib/userError';
import { consent } from '../../stacks/consent';
import { type LabContext, dcnCommand, openLab } from '../context';
import { askAboutNodes } from '../leavingNodes';
import { type Work, showWork } from '../run/display';
import { downloadTable, proveDownloads } from '../proofs/downloads';
import { ensureStacks } from '../run/ensureStacks';
import { type PulumiEnvironment, pulumiEnvironment } from '../run/pulumi';
import { duration } from '../run/duration';
import { checkImageFiles } from '../imageFiles';
import { provisionerOf } from '../provisioners';
import { RunRecorder } from '../run/record';
import { type RunOptions, runLab, runWords } from '../run/labRun';
import { stackNames, stackOutputs } from '../run/stackList';
import { leftStacks, siteOfStack, stacksOf } from '../run/graph';
import { type WaveOptions, type Waves, waveWords } from '../run/waves';
import { wavesOf } from '../proofs/canary';

/** Options of `dcn up`. */
export interface UpOptions extends RunOptions, WaveOptions {
  /** Prove the images even if nothing changed. */
  prove?: boolean;
  /** Let nodes that are gone from the lab file leave their sites, for which data moves. */
  yes?: boolean;
}

/**
 * `dcn up`: brings up what is missing (tool chain, the provisioner's infrastructure, every stack). If commands ran, or with
 * `--prove`, it prints a table that proves the images: a clone at each site, or in a lab with caches two downloads.
 */
export async function up(option: string, options: UpOptions): Promise<void> {
  const context = openLab(option);
  checkImageFiles(context);
  const waves = await wavesOf(context, options);
  const words = [
    ...waveWords(options),
    ...runWords(options),
    ...(options.prove ? ['--prove'] : []),
    ...(options.yes ? ['--yes'] : []),
  ];
  const recorder = new RunRecorder(context.name, 'up', words);
  const begin = Date.now();
  const { infrastructure } = await provisionerOf(context);
  let env: PulumiEnvironment | undefined;
  const works: Work[] = [
    {
      title: 'tool chain',
      run: (reporter) =>
        recorder.part('tool chain', async () => {
          env = await pulumiEnvironment(context.lab, reporter.event);
        }),
    },
  ];
  if (infrastructure) {
    const { title } = infrastructure;
    works.push({
      title,
      run: (reporter) => recorder.part(title, () => infrastructure.up(reporter.event)),
    });
  }
  await showWork(works);
  const { changes, summary, left } = await upStacks(context, env as PulumiEnvironment, recorder, {
    ...options,
    waves,
    words,
  });
  process.stdout.write(`\n${summary}\n`);
  if (changes > 0 || options.prove) {
    process.stdout.write(`\n${await proofTable(context, recorder)}\n`);
  }
  for (const stack of left) {
    const site = siteOfStack(context.name, stack);
    process.stdout.write(
      `Stack ${stack} is up, but its site is not in the lab file: ${dcnCommand(context)} destroy ${site} removes it.\n`,
    );
  }
  const remedy = options.prove ? '' : ` To prove the images again: ${dcnCommand(context)} up --prove`;
  const took = duration((Date.now() - begin) / 1000);
  process.stdout.write(
    changes === 0
      ? `Nothing changed.${remedy}\n`
      : `${changes} command${changes === 1 ? '' : 's'} ran in ${took}.\nnext: ${dcnCommand(context)} status; ${dcnCommand(context)} --help has all verbs\n`,
  );
}

async function proofTable(context: LabContext, recorder: RunRecorder): Promise<string> {
  return context.lab.topology === 'cache'
    ? downloadTable(await recorder.part('downloads', () => proveDownloads(context)))
    : cloneTable(await recorder.part('clones', () => proveClones(context)));
}

async function upStacks(
  context: LabContext,
  env: PulumiEnvironment,
  recorder: RunRecorder,
  { parallel, yes, waves, words }: UpOptions & { waves: Waves | undefined; words: string[] },
): Promise<Awaited<ReturnType<typeof runLab>> & { left: string[] }> {
  const stacks = stacksOf(context.plan);
  const existing = new Set(await stackNames(env));
  const left = leftStacks(context.plan, existing);
  await refuseRenamed(context, env, left);
  const agreed = yes ?? (process.stdin.isTTY && (await askAboutNodes(context, env, existing)));
  const run = { ...env, ...(agreed && consent) };
  await ensureStacks(context, env, stacks, existing);
  const done = waves
    ? await runLab(context, run, { verb: 'up', words, waves }, waves.nodes, recorder, { parallel })
    : await runLab(context, run, { verb: 'up', words }, stacks, recorder, { parallel });
  return { ...done, left };
}

/** @throws UserError if a site of the lab file has nodes of a site that is up with another name */
async function refuseRenamed(context: LabContext, env: PulumiEnvironment, left: string[]): Promise<void> {
  const faults: string[] = [];
  for (const stack of left) {
    const outputs = (await stackOutputs(env, stack)) as { nodes?: Record<string, unknown> };
    const site = siteOfStack(context.name, stack);
    for (const other of context.plan.sites) {
      const nodes = other.nodes.map(({ name }) => name).filter((name) => outputs.nodes?.[name]);
      if (nodes.length > 0) {
        faults.push(
          `glance-dcn:sites.${other.name}: its nodes ${nodes.join(', ')} are up as site ${site}. A site's name is that ` +
            'of its records, Ceph cluster and store, and does not change in place. ' +
            `Name it ${site} again; or ${dcnCommand(context)} destroy ${site}, then ${dcnCommand(context)} up.`,
        );
      }
    }
  }
  if (faults.length > 0) {
    throw new UserError([`${context.file}: no stack was touched.`, ...faults].join('\n'));
  }
}
