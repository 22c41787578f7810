import type { LabStatus } from '../../kit/answers';
import { verbs } from '../../kit/verbs';
import { table } from '../../lib/table';
import { UserError } from '../../lib/userError';
import { type LabContext, dcnCommand, openLab, printJson, toStderr } from '../context';
import { type LabJob, withLeft } from '../leftJobs';
import { type ListedStack, listStacks, openState } from '../run/stackList';
import { leftStacks, stacksOf } from '../run/graph';
import { lastRun } from '../run/record';
import { notUpText } from '../run/state';
import { unfinishedText } from '../run/summary';
import { withKit } from '../undercloud';

/** What `dcn status --json` prints. */
export interface ListedLab {
  lab: string;
  stacks: ListedStack[];
  /** null: the lab is not up. */
  undercloud: (LabStatus & { jobs: LabJob[] }) | null;
}

/**
 * `dcn status [--json]`: prints the lab's Pulumi stacks, and the kit's jobs, stores, locks and imports. Of a lab that is not
 * up it prints this fact, without a tool chain; as JSON, stacks without resources and `undercloud: null`.
 */
export async function status(option: string, asJson: boolean): Promise<void> {
  const context = openLab(option);
  const state = await openState(context.lab, toStderr);
  const known = state ? await listStacks(state.env) : [];
  const listed = new Map(known.map((stack) => [stack.name, stack]));
  const stacks = stacksOf(context.plan, leftStacks(context.plan, listed.keys())).map(
    ({ name }) => listed.get(name) ?? { name, resourceCount: 0 },
  );
  if (asJson) {
    const found = state ? await withKit(context, (kit) => kit.ask(verbs.status.json)) : null;
    const undercloud = found && { ...found, jobs: withLeft(context.plan, found.jobs) };
    printJson({ lab: context.name, stacks, undercloud } satisfies ListedLab);
    return;
  }
  if (!state) {
    process.stdout.write(`${notUpText(context)}\n`);
    return;
  }
  process.stdout.write(`${stackTable(stacks)}\n`);
  process.stdout.write(lastRunText(context));
  await withKit(context, async (kit) => {
    process.stdout.write(await kit.text(verbs.status.text));
    process.stdout.write(leftText(withLeft(context.plan, await kit.ask(verbs.job.list))));
  });
}

/** What the lab's last run left undone; '' also if this version finds no record of it that it can read. */
function lastRunText(context: LabContext): string {
  const dcn = dcnCommand(context);
  try {
    return unfinishedText(lastRun(context.name, dcn), dcn);
  } catch (error) {
    if (error instanceof UserError) {
      return '';
    }
    throw error;
  }
}

/** The jobs whose state says nothing about the lab as the lab file describes it; empty if there are none. */
export function leftText(jobs: LabJob[]): string {
  const names = jobs.filter(({ left }) => left).map(({ job }) => job);
  return names.length > 0
    ? `No longer in the lab file; \`up\` does not run these jobs, and they go with their site: ${names.join(', ')}\n`
    : '';
}

/** The stacks with what Pulumi knows of them. */
export function stackTable(stacks: ListedStack[]): string {
  return table(
    ['stack', 'resources', 'last update'],
    stacks.map(({ name, resourceCount = 0, lastUpdate = 'never' }) => [name, resourceCount, lastUpdate]),
  );
}
