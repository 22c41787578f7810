import { hasEnded, sideBySideEnvironment, tellEnding } from '../../stacks/sideBySide';
import { type LabContext, dcnCommand } from '../context';
import type { Entry } from './display';
import { type StackNode, siteOfStack } from './graph';
import type { Interrupts } from './interrupt';
import { sayLeaving } from './leaving';
import { StackProgress, type StepEvent } from './progress';
import { type PulumiEnvironment, runStack } from './pulumi';
import type { RunRecorder } from './record';
import type { StackOutcome, StackReport } from './schedule';
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

type State =
  | { name: 'waiting' }
  | { name: 'running'; since: number; progress: StackProgress }
  | { name: 'ended'; report: StackReport; changes: number };

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

  /** Runs `pulumi up` or `destroy` of the stack. @throws Interrupted, or PulumiFailure */
  async start(): Promise<void> {
    const { context, env, verb, recorder, folder, interrupts } = this.run;
    const progress = new StackProgress(recorder.commandsOf(this.name), {
      announce: (line) => this.entry.event(line),
      onStep: (event) => this.record(event),
    });
    this.state = { name: 'running', since: Date.now(), progress };
    this.entry.follow(() => progress.line(this.awaited()));
    recorder.add({ part: this.name, event: 'starts' });
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
              onEvent: (event) => progress.onEvent(event),
            }),
          ),
        interrupts.stop,
      );
      tellEnding(folder, this.name, 'up');
    } catch (error) {
      tellEnding(folder, this.name, 'failed');
      throw error;
    }
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
    const progress = this.state.name === 'running' ? this.state.progress : undefined;
    const seconds = this.state.name === 'running' ? (Date.now() - this.state.since) / 1000 : 0;
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
