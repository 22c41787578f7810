import { verbs } from '../../kit/verbs';
import { printable } from '../../lib/printable';
import { UserError } from '../../lib/userError';
import { adoptionDocument, compareWithStanding, type StandingComparison, type Survey } from '../../model';
import { confirm } from '../confirm';
import { type LabContext, dcnCommand, openLab, toStderr } from '../context';
import { checkImageFiles } from '../imageFiles';
import { showWork, type Work } from '../run/display';
import { ensureStacks } from '../run/ensureStacks';
import { stacksOf } from '../run/graph';
import { type RunOptions, runLab } from '../run/labRun';
import { type PulumiEnvironment, pulumiEnvironment } from '../run/pulumi';
import { RunRecorder } from '../run/record';
import { listStacks, openState } from '../run/stackList';
import { runUninstalled } from '../uninstalledKit';
import { connectUndercloud, KitShell } from '../undercloud';

/** Options of `dcn import --adopt`. */
export interface AdoptOptions extends RunOptions {
  /** What the lab file does not keep of what stands is for the next deployments to change. */
  acceptDifferences?: boolean;
  /** Do not ask for confirmation. */
  yes?: boolean;
}

/** Words of the command that takes an interrupted adoption up again. */
const again = ['import', '--adopt'];

/**
 * `dcn import --adopt`: makes stacks that stand the lab of the lab file. Jobs and stores are put on record as they stand, and `pulumi up` of
 * every stack finds all of it done: nothing is deployed. What later deployments would change is shown first.
 *
 * @throws UserError if the lab file is not that of the stacks, or differences stand that nobody has accepted; then nothing was changed
 */
export async function adopt(option: string, options: AdoptOptions): Promise<void> {
  const context = openLab(option);
  refuseOthers(context);
  checkImageFiles(context);
  const survey = await surveyOf(context);
  await refuseLab(context, survey);
  const comparison = compareWithStanding(survey, context.lab, context.plan);
  process.stdout.write(comparisonText(comparison));
  await decide(context, comparison, options);
  const { summary, changes } = await record(context, options);
  process.stdout.write(
    `\n${summary}\nLab ${context.name} is adopted: ${changes} commands found what stands, and nothing was deployed. ` +
      `See that nothing would change: ${dcnCommand(context)} preview; that all stands: ${dcnCommand(context)} audit.\n`,
  );
}

/** @throws UserError for labs whose hosts or caches Pulumi or the kit would make */
function refuseOthers({ file, lab }: LabContext): void {
  if (lab.provisioner === 'openstack') {
    throw new UserError(
      `${file}: glance-dcn:provisioner: openstack: the lab would make its servers, and servers that stand cannot be adopted. ` +
        'Write provisioner: existing, and the address and host key of each.',
    );
  }
  if (lab.topology === 'cache') {
    throw new UserError(
      `${file}: glance-dcn:topology: cache: such a lab cannot be adopted yet: the kit would install a timer on nodes.`,
    );
  }
}

async function surveyOf(context: LabContext): Promise<Survey> {
  const { client, close } = await connectUndercloud(context);
  try {
    const { sites } = adoptionDocument(context.plan);
    return await runUninstalled(client, verbs.survey(sites.flatMap(({ stack }) => stack ?? [])), toStderr);
  } finally {
    close();
  }
}

/** @throws UserError if the lab is up, or one of its stacks is another lab's */
async function refuseLab(context: LabContext, { labs }: Survey): Promise<void> {
  const own = labs[context.name];
  const faults = Object.entries(labs).flatMap(([name, { stacks }]) => {
    const shared = context.plan.sites.map(({ stack }) => stack).filter((stack) => stacks.includes(stack));
    return name !== context.name && shared.length > 0
      ? [
          `stacks ${shared.join(', ')} are lab ${name}'s, which has records on this undercloud: a stack has one lab`,
        ]
      : [];
  });
  if (own && !own.isAdopting) {
    faults.push(
      `lab ${context.name} has records on this undercloud already, and need not be adopted. If they are wrong: ` +
        `${dcnCommand(context)} import --forget`,
    );
  }
  if (!own?.isAdopting) {
    const state = await openState(context.lab, toStderr);
    const sites = new Set(stacksOf(context.plan).flatMap(({ name, site }) => (site ? [name] : [])));
    const up = state
      ? (await listStacks(state.env)).filter(
          ({ name, resourceCount = 0 }) => sites.has(name) && resourceCount > 0,
        )
      : [];
    if (up.length > 0) {
      faults.push(
        `Pulumi's state has ${up.map(({ name }) => name).join(', ')} already, and the undercloud no records of them. Restore these by a ` +
          `backup, or take the state away: ${dcnCommand(context)} import --forget`,
      );
    }
  }
  if (faults.length > 0) {
    throw new UserError(['Nothing was changed.', ...faults].join('\n'));
  }
}

function comparisonText({ faults, differences }: StandingComparison): string {
  if (faults.length > 0) {
    return '';
  }
  if (differences.length === 0) {
    return 'The plan of the lab file is what stands, as far as the undercloud shows it.\n';
  }
  const lines = differences.flatMap(({ site, what, keep }) => [
    `  ${site}: ${what}`,
    `    ${'words' in keep ? `to keep it as it stands: ${keep.words}` : keep.sentence}`,
  ]);
  const head = `The next deployments of the lab file would change ${differences.length} of what stands:`;
  return `${[head, ...lines].map(printable).join('\n')}\n`;
}

/** @throws UserError if the lab file has faults, or if the user does not accept the differences */
async function decide(
  context: LabContext,
  { faults, differences }: StandingComparison,
  { acceptDifferences, yes }: AdoptOptions,
): Promise<void> {
  if (faults.length > 0) {
    throw new UserError(
      [`Nothing was changed: ${context.file} is not the lab file of what stands.`, ...faults].join('\n'),
    );
  }
  if (differences.length > 0 && !acceptDifferences && (yes || !process.stdin.isTTY)) {
    throw new UserError(
      'Nothing was changed: these differences are undecided. Write what is to stay into the lab file; --accept-differences leaves ' +
        'the rest to the next deployments.',
    );
  }
  if (!yes) {
    await confirm(context.name);
  }
}

/** Brings up the stacks while the kit puts on record what stands. */
async function record(context: LabContext, options: RunOptions): ReturnType<typeof runLab> {
  const recorder = new RunRecorder(context.name, 'up');
  const env = await toolChain(context, recorder);
  const stacks = stacksOf(context.plan);
  const existing = new Set((await openState(context.lab, toStderr))?.names ?? []);
  await ensureStacks(context, env, stacks, existing);
  const command = { verb: 'up' as const, again };
  const [shared, ...others] = stacks;
  // The kit comes with the lab's own stack, which changes nothing that stands.
  const first = await runLab(context, env, command, [shared!], recorder, options);
  const kit = await KitShell.connect(context);
  try {
    await kit.hold(verbs.adoption.begin, adoptionDocument(context.plan));
    const { changes, summary } = await runLab(context, env, command, others, recorder, options);
    await kit.ask(verbs.adoption.end);
    return { changes: first.changes + changes, summary: `${first.summary}\n${summary}` };
  } finally {
    kit.close();
  }
}

async function toolChain(context: LabContext, recorder: RunRecorder): Promise<PulumiEnvironment> {
  let env: PulumiEnvironment | undefined;
  const work: Work = {
    title: 'tool chain',
    run: (reporter) =>
      recorder.part('tool chain', async () => {
        env = await pulumiEnvironment(context.lab, reporter.event);
      }),
  };
  await showWork([work]);
  return env!;
}
