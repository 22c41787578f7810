import { hasEnded, sideBySideEnvironment, tellEnding } from '../../stacks/sideBySide';
import { type LabContext, dcnCommand } from '../context';
import type { Entry } from './display';
import { type StackNode, siteOfStack } from './graph';
import type { Interrupts } from './interrupt';
import { sayLeaving } from './leaving';
import { StackProgress, type StepEvent } from './progress';
import { type PulumiEnvironment, runStack } from './pulumi';
import type { RunRecorder } from './record';
import { Postponed, type StackOutcome, type StackReport } from './schedule';
import { withoutAbandonedLocks } from './stackLocks';
import { causeOf } from './summary';
import type { LockUser } from './waits';

/** Shared by all stacks of one run. */
export interface LabRun {
  context: LabContext;
  env: PulumiEnvironment;
  verb: 'up' | 'destroy';
  recorder: RunRecorder;
  /** Folder that only this run uses; removed when the process ends. */
  folder: string;
  interrupts: Interrupts;
}

/** A stack that runs, or has left its place to another one. */
interface Begun {
  name: 'running' | 'postponed';
  since: number;
  progress: StackProgress;
}

type State = { name: 'waiting' } | Begun | { name: 'ended'; report: StackReport; changes: number };

/** One stack of a run, from waiting to its outcome. */
export class StackRun implements StackNode {
  readonly name: string;
  readonly title: string;
  readonly site?: string;
  readonly needs: string[];
  readonly joins: string[];
  private state: State = { name: 'waiting' };

  constructor(
    { name, title, site, needs, joins }: StackNode,
    private readonly run: LabRun,
    private readonly entry: Entry,
  ) {
    this.name = name;
    this.title = title;
    this.site = site;
    this.needs = needs;
    this.joins = joins;
    entry.waits('waits for other stacks');
  }

  /**
   * Runs `pulumi up` or `destroy` of the stack. `pulumi up` of a site whose store is on record, and that only waits for an update of the
   * control plane, is stopped if the site is to leave its place; run again, it finds that the control plane has the store, or waits on.
   * The wait for another `pulumi` leaves its place, too: that `pulumi` may wait for an update, which waits for the stacks without a place.
   *
   * @throws Interrupted, Postponed or PulumiFailure
   */
  async start(leavesPlace: () => boolean): Promise<void> {
    const { context, env, verb, folder, interrupts } = this.run;
    const progress = this.begin();
    let isLeaving = false;
    const leaves = (): boolean => verb === 'up' && leavesPlace();
    const postpones = (): boolean => {
      isLeaving = progress.awaitsUpdate && leaves();
      return isLeaving;
    };
    const sideBySide = this.joins.length > 0 ? sideBySideEnvironment(folder) : {};
    try {
      await withoutAbandonedLocks(
        this.name,
        dcnCommand(context),
        (line) => this.entry.event(line),
        () =>
          this.announced(() =>
            runStack({ ...env, ...sideBySide }, verb, this.name, {
              folder,
              interrupts,
              postpones,
              // What Pulumi says while it is stopped is no failure of the step that is left to be done.
              onEvent: (event) => void (isLeaving || progress.onEvent(event)),
            }),
          ),
        { stop: interrupts.stop, leavesPlace: leaves },
      );
      tellEnding(folder, this.name, 'up');
    } catch (error) {
      if (error instanceof Postponed) {
        this.state = { ...(this.state as Begun), name: 'postponed' };
        this.entry.event(
          isLeaving
            ? 'on record; the control plane gets the store together with those of the sites that still come'
            : 'lets a stack that has not started go first',
        );
      } else {
        tellEnding(folder, this.name, 'failed');
      }
      throw error;
    }
  }

  private begin(): StackProgress {
    if (this.state.name === 'postponed') {
      this.state = { ...this.state, name: 'running' };
      return this.state.progress;
    }
    const progress = new StackProgress(this.run.recorder.commandsOf(this.name), {
      announce: (line) => this.entry.event(line),
      onStep: (event) => this.record(event),
    });
    this.state = { name: 'running', since: Date.now(), progress };
    this.entry.follow(() => progress.line(this.awaited()));
    this.run.recorder.add({ part: this.name, event: 'starts' });
    return progress;
  }

  /** The sites that the stack's program may wait for. */
  private awaited(): string[] {
    const { context, verb, folder } = this.run;
    const others = verb === 'up' ? this.joins.filter((stack) => !hasEnded(folder, stack)) : [];
    return others.map((stack) => siteOfStack(context.name, stack));
  }

  /**
   * Runs `work` while the site, if it is destroyed, is announced as leaving. The wait for another `pulumi` is not part of it: that
   * `pulumi` may wait for an update of the control plane, which waits for sites that leave.
   */
  private async announced(work: () => Promise<void>): Promise<void> {
    const { context, verb } = this.run;
    const end = verb === 'destroy' && this.site ? await sayLeaving(context, this.site) : undefined;
    try {
      await work();
    } finally {
      end?.();
    }
  }

  /** Records and shows the stack's outcome. */
  settle(outcome: StackOutcome): void {
    const { verb, recorder } = this.run;
    const progress = this.begun?.progress;
    const seconds = this.begun ? (Date.now() - this.begun.since) / 1000 : 0;
    this.state = {
      name: 'ended',
      report: { stack: this.name, outcome, seconds },
      changes: progress?.changes ?? 0,
    };
    recorder.add({
      part: this.name,
      event: outcome.state,
      ...(outcome.state === 'not started' && { because: outcome.because }),
      ...(outcome.state === 'done' && verb === 'up' && progress && { commands: progress.registered }),
    });
    showOutcome(this.entry, outcome);
  }

  /** Result of the stack; undefined until it is settled. */
  get report(): StackReport | undefined {
    return this.state.name === 'ended' ? this.state.report : undefined;
  }

  /** How many commands the stack created, updated or deleted; 0 until it is settled. */
  get changes(): number {
    return this.state.name === 'ended' ? this.state.changes : 0;
  }

  /** How many commands the stack has begun to create, update or delete so far. */
  get begunChanges(): number {
    return this.begun?.progress.changes ?? this.changes;
  }

  private get begun(): Begun | undefined {
    return this.state.name === 'running' || this.state.name === 'postponed' ? this.state : undefined;
  }

  /** How the stack's running steps use the undercloud's locks. */
  lockUsers(lockOf: (step: string) => string | undefined): LockUser[] {
    return this.state.name === 'running' ? this.state.progress.lockUsers(lockOf) : [];
  }

  private record({ step, event, ...more }: StepEvent): void {
    const because = 'wait' in more ? { because: more.wait.for } : {};
    this.run.recorder.add({ part: this.name, step, event, ...because });
  }
}

/** Shows an outcome in the display. */
export function showOutcome(entry: Entry, outcome: StackOutcome): void {
  switch (outcome.state) {
    case 'done':
      return entry.done();
    case 'failed':
      return entry.failed(causeOf(outcome.error));
    case 'not started':
      return entry.failed(outcome.because);
    case 'interrupted':
      return entry.failed('interrupted');
  }
}
