import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { sideBySideEnvironment, tellEnding } from '../../stacks/sideBySide';
import { commandsOf } from './stepTotals';
import { UserError, errorText } from '../../lib/userError';
import { type LabContext, dcnCommand } from '../context';
import { type Reporter, showWork } from './display';
import { type Interrupts, interruptedExitCode, interruptible } from './interrupt';
import { StackProgress } from './progress';
import { type PulumiEnvironment, runStack } from './pulumi';
import type { RunRecorder } from './record';
import { sayLeaving } from './leaving';
import { Interrupted, type StackNode, type StackOutcome, runStacks } from './stacks';
import { type StackReport, summaryText } from './summary';
import { type RunningJob, runningJobs, runningJobsText } from './runningJobs';
import { locksLine } from './waits';

/** What the user may say of a run. */
export interface RunOptions {
  /** How many stacks run at once; absent: as many as nothing orders. */
  parallel?: number;
}

/**
 * Runs `pulumi up` or `destroy` of the stacks in their order, shows it and puts it on record. Gives the number of
 * commands that ran and the summary.
 *
 * @throws UserError with all that went wrong and the summary, if a stack failed, was interrupted or not begun
 */
export async function runLab(
  context: LabContext,
  env: PulumiEnvironment,
  verb: 'up' | 'destroy',
  stacks: StackNode[],
  recorder: RunRecorder,
  options: RunOptions,
): Promise<{ changes: number; summary: string }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-run-'));
  // Whichever way the process ends; a second Ctrl-C leaves no other time.
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  const run = new LabRun(context, env, verb, stacks, recorder, folder);
  const interrupted = await interruptible(async (interrupts) => {
    await run.show(interrupts, options);
    return interrupts.stop.aborted ? await stillRunning(context) : undefined;
  });
  const summary = summaryText(verb, run.reports, dcnCommand(context));
  if (interrupted !== undefined || run.reports.some(({ outcome }) => outcome.state !== 'done')) {
    const failures = run.reports.flatMap(({ outcome }) =>
      outcome.state === 'failed' ? [errorText(outcome.error)] : [],
    );
    throw new UserError(
      [...failures, summary, ...(interrupted ? [interrupted] : [])].join('\n\n'),
      interrupted === undefined ? 1 : interruptedExitCode,
    );
  }
  return { changes: run.changes, summary };
}

/** What goes on on the undercloud after an interrupt, in words. */
async function stillRunning(context: LabContext): Promise<string> {
  let jobs: RunningJob[];
  try {
    jobs = await runningJobs(context);
  } catch (error) {
    return `What still runs on the undercloud is not known: ${errorText(error)}`;
  }
  return runningJobsText(jobs, dcnCommand(context));
}

/** One run of the stacks of a lab. */
class LabRun {
  /** In the order of the stacks. */
  readonly reports: StackReport[] = [];
  changes = 0;
  private readonly progress = new Map<string, StackProgress>();
  private readonly begun = new Map<string, number>();
  private readonly ended = new Map<string, number>();
  private readonly outcomes = new Map<string, StackOutcome>();
  private readonly locks: Map<string, string>;

  constructor(
    private readonly context: LabContext,
    private readonly env: PulumiEnvironment,
    private readonly verb: 'up' | 'destroy',
    private readonly stacks: StackNode[],
    private readonly recorder: RunRecorder,
    /** For what lasts as long as the run. */
    private readonly folder: string,
  ) {
    // Taking a step back needs no lock (Supervisor._take_locks of the kit).
    this.locks = verb === 'up' ? locksOf(context) : new Map<string, string>();
  }

  /** Runs all stacks under the display; resolves when each has its outcome. */
  async show(interrupts: Interrupts, { parallel }: RunOptions): Promise<void> {
    if (this.stacks.length === 0) {
      return;
    }
    const reporters = new Map<string, Reporter>();
    const told = new Map<string, () => void>();
    // A stack begins when the display has an entry for each.
    let displayed: () => void;
    const allDisplayed = new Promise<void>((resolve) => (displayed = resolve));
    const works = this.stacks.map((stack) => ({
      title: `${stack.name} (${stack.title})`,
      run: async (reporter: Reporter) => {
        reporters.set(stack.name, reporter);
        reporter.follow(() => 'waits for other stacks');
        const settled = new Promise<void>((resolve) => told.set(stack.name, resolve));
        if (reporters.size === this.stacks.length) {
          displayed();
        }
        await settled;
        throwUnlessDone(this.outcomes.get(stack.name) as StackOutcome);
      },
    }));
    const shown = showWork(works, {
      sideBySide: true,
      interrupts,
      foot: () => this.foot(interrupts),
    }).catch(() => undefined); // every failure is in the outcomes
    await allDisplayed;
    await runStacks(
      this.stacks,
      (stack) => this.runOne(stack, reporters.get(stack.name) as Reporter, interrupts),
      (stack, outcome) => {
        this.settle(stack, outcome);
        told.get(stack.name)?.();
      },
      { stop: interrupts.stop, reverse: this.verb === 'destroy', parallel },
    );
    await shown;
    this.reports.push(...this.stacks.map((stack) => this.report(stack)));
  }

  private async runOne(stack: StackNode, reporter: Reporter, interrupts: Interrupts): Promise<void> {
    const progress = new StackProgress(commandsOf(this.context, stack), {
      announce: reporter.event,
      onStep: ({ step, event, ...more }) =>
        this.recorder.add({
          part: stack.name,
          step,
          event,
          ...('wait' in more ? { because: more.wait.for } : {}),
        }),
    });
    this.progress.set(stack.name, progress);
    reporter.follow(() => progress.line());
    this.begun.set(stack.name, Date.now());
    this.recorder.add({ part: stack.name, event: 'begins' });
    const stays =
      this.verb === 'destroy' && stack.site ? await sayLeaving(this.context, stack.site) : undefined;
    const sideBySide = stack.joins.length > 0 ? sideBySideEnvironment(this.folder) : {};
    try {
      await runStack({ ...this.env, ...sideBySide }, this.verb, stack.name, {
        folder: this.folder,
        interrupts,
        onEvent: (event) => progress.onEvent(event),
      });
      tellEnding(this.folder, stack.name, 'up');
    } catch (error) {
      tellEnding(this.folder, stack.name, 'failed');
      throw error;
    } finally {
      stays?.();
      this.changes += progress.changes;
    }
  }

  private settle(stack: StackNode, outcome: StackOutcome): void {
    this.progress.delete(stack.name);
    this.outcomes.set(stack.name, outcome);
    this.recorder.add({
      part: stack.name,
      event: outcome.state,
      ...(outcome.state === 'not begun' && { because: outcome.because }),
    });
    this.ended.set(stack.name, Date.now());
  }

  private report({ name }: StackNode): StackReport {
    const end = this.ended.get(name) as number;
    return {
      stack: name,
      outcome: this.outcomes.get(name) as StackOutcome,
      seconds: (end - (this.begun.get(name) ?? end)) / 1000,
    };
  }

  private foot({ stop }: Interrupts): string {
    const users = [...this.progress.values()].flatMap((progress) =>
      progress.lockUsers((step) => this.locks.get(step)),
    );
    const ending = stop.aborted
      ? 'interrupted: ends what runs, begins nothing more; Ctrl-C again ends at once · '
      : '';
    return `${ending}undercloud: ${locksLine(users)}`;
  }
}

function throwUnlessDone(outcome: StackOutcome): void {
  switch (outcome.state) {
    case 'done':
      return;
    case 'failed':
      throw outcome.error;
    case 'not begun':
      throw new UserError(outcome.because);
    case 'interrupted':
      throw new Interrupted('interrupted');
  }
}

/** The lock of the undercloud that the job of each step takes, by the step's resource. */
function locksOf({ plan }: LabContext): Map<string, string> {
  return new Map(
    plan.sites.flatMap((site) =>
      site.steps.flatMap((step) =>
        step.lock ? [[`${site.name}-${step.name}`, `lock ${step.lock}`] as const] : [],
      ),
    ),
  );
}
