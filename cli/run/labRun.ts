import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { UserError, errorText } from '../../lib/userError';
import { lockText } from '../../kit/marks';
import type { ListedJob } from '../../kit/answers';
import { type LabContext, dcnCommand } from '../context';
import { Display, type Entry } from './display';
import { CanaryRun } from './canaryRun';
import { announceExpected } from './expectedSites';
import { type StackNode, isCanary } from './graph';
import { type Interrupts, interruptedExitCode, interruptible } from './interrupt';
import type { PulumiEnvironment } from './pulumi';
import type { RunRecorder } from './record';
import { runningJobs, runningJobsText } from './runningJobs';
import { type StackReport, runStacks } from './schedule';
import { type LabRun, StackRun } from './stackRun';
import { type RunCommand, summaryText } from './summary';
import { locksLine } from './waits';
import { stacksAtOnceHere } from './window';

/** Options of `dcn up` and `dcn destroy`. */
export interface RunOptions {
  /** How many stacks run at once; absent: as many as the memory and the cores of this machine allow. */
  parallel?: number;
}

/** The words of these options on the command line. */
export function runWords({ parallel }: RunOptions): string[] {
  return parallel === undefined ? [] : ['--parallel', String(parallel)];
}

/**
 * Runs `pulumi up` or `destroy` of the stacks in their order, shows progress and records the run.
 *
 * @param command named again in the summary, if the user must run it again
 * @returns the number of commands that ran, and the summary
 * @throws UserError with all failures and the summary, if a stack failed, was interrupted or did not start
 */
export async function runLab(
  context: LabContext,
  env: PulumiEnvironment,
  command: RunCommand,
  stacks: StackNode[],
  recorder: RunRecorder,
  options: RunOptions,
): Promise<{ changes: number; summary: string }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-run-'));
  // On exit, not at the end of this function: a second Ctrl-C ends the process.
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const { runs, interrupted } = await interruptible(async (interrupts) => ({
    runs: await runUnderDisplay(
      { context, env, verb: command.verb, recorder, folder, interrupts },
      stacks,
      options,
    ),
    interrupted: interrupts.stop.aborted ? await stillRunning(context) : undefined,
  }));
  const reports = runs.flatMap(({ report }) => report ?? []);
  const summary = summaryText(command, reports, dcnCommand(context));
  if (interrupted !== undefined || reports.some(({ outcome }) => outcome.state !== 'done')) {
    throw new UserError(
      [...failuresOf(reports), summary, ...(interrupted ? [interrupted] : [])].join('\n\n'),
      interrupted === undefined ? 1 : interruptedExitCode,
    );
  }
  return { changes: runs.reduce((sum, { changes }) => sum + changes, 0), summary };
}

function failuresOf(reports: StackReport[]): string[] {
  return reports.flatMap(({ outcome }) => (outcome.state === 'failed' ? [errorText(outcome.error)] : []));
}

/** What a run works on. */
type NodeRun = StackRun | CanaryRun;

/** Text about the jobs that still run on the undercloud after an interruption. */
async function stillRunning(context: LabContext): Promise<string> {
  let jobs: ListedJob[];
  try {
    jobs = await runningJobs(context);
  } catch (error) {
    return `The undercloud could not be asked which jobs still run: ${errorText(error)}`;
  }
  return runningJobsText(jobs, dcnCommand(context));
}

/** Runs all stacks, each with its entry in the display. */
async function runUnderDisplay(
  run: LabRun,
  stacks: StackNode[],
  { parallel = stacksAtOnceHere() }: RunOptions,
): Promise<NodeRun[]> {
  if (stacks.length === 0) {
    return [];
  }
  const { context, verb, interrupts } = run;
  // The undo of a step takes no lock (Supervisor._take_locks of the kit).
  const locks = verb === 'up' ? locksOf(context) : new Map<string, string>();
  const display: Display = new Display(
    stacks.map(({ name, title }) => `${name} (${title})`),
    { interrupts, foot: () => footLine(runs, locks, interrupts) },
  );
  const runs: NodeRun[] = stacks.map((node, index) => {
    const entry = display.entries[index] as Entry;
    return isCanary(node)
      ? new CanaryRun(node, run, entry, () => runs.find(({ name }) => name === node.canary)?.changes ?? 0)
      : new StackRun(node, run, entry);
  });
  let queue: NodeRun[] = [];
  const end = new AbortController();
  const announcing =
    verb === 'up' && parallel > 1
      ? announceExpected(context, () => sitesToStart(context, runs, queue), end.signal)
      : Promise.resolve();
  // An error is thrown where it is awaited, when no stack runs any more.
  announcing.catch(() => undefined);
  await runStacks(
    runs,
    (stack, leavesPlace) => stack.start(leavesPlace),
    (stack, outcome) => stack.settle(outcome),
    {
      stop: interrupts.stop,
      reverse: verb === 'destroy',
      parallel,
      onQueue: (nodes) => (queue = nodes),
    },
  );
  end.abort();
  await announcing;
  await display.ended;
  return runs;
}

/**
 * How many sites whose stores the control plane gets wait only for a place in the run; 0 as long as no site has anything to do. A site of a
 * later wave does not count: it waits for registrations.
 */
function sitesToStart({ plan }: LabContext, runs: NodeRun[], queue: NodeRun[]): number {
  if (!runs.some((run) => run instanceof StackRun && run.site && run.begunChanges > 0)) {
    return 0;
  }
  const registering = new Set(
    plan.sites.filter(({ kind, store }) => kind === 'edge' && store).map(({ name }) => name),
  );
  return queue.filter((run) => run instanceof StackRun && registering.has(run.site ?? '')).length;
}

function footLine(runs: NodeRun[], locks: Map<string, string>, { stop }: Interrupts): string {
  const users = runs.flatMap((run) => run.lockUsers((step) => locks.get(step)));
  const stopping = stop.aborted
    ? 'interrupted: waits for running stacks, starts no others; Ctrl-C again ends at once · '
    : '';
  return `${stopping}undercloud: ${locksLine(users)}`;
}

/** The lock of the undercloud that the job of each step takes, by the step's resource. */
function locksOf({ plan }: LabContext): Map<string, string> {
  return new Map(
    plan.sites.flatMap((site) =>
      site.steps.flatMap((step) =>
        step.lock ? [[`${site.name}-${step.name}`, lockText(step.lock)] as const] : [],
      ),
    ),
  );
}
