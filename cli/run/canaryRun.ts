import { canaryProof, proveCanary } from '../proofs/canary';
import type { Entry } from './display';
import { type CanaryNode, siteOfStack } from './graph';
import type { StackOutcome, StackReport } from './schedule';
import { type LabRun, showOutcome } from './stackRun';

/** The servers at the canary of a run, from waiting to their outcome. */
export class CanaryRun implements CanaryNode {
  readonly name: string;
  readonly title: string;
  readonly needs: string[];
  readonly joins: string[] = [];
  readonly canary: string;
  readonly asAdmin: boolean;
  /** No command of Pulumi. */
  readonly changes = 0;
  report?: StackReport;
  private since = Date.now();
  private notes: string[] = [];

  /** @param changesThere gives how many commands ran at the canary, once its stack is up */
  constructor(
    { name, title, needs, canary, asAdmin }: CanaryNode,
    private readonly run: LabRun,
    private readonly entry: Entry,
    private readonly changesThere: () => number,
  ) {
    this.name = name;
    this.title = title;
    this.needs = needs;
    this.canary = canary;
    this.asAdmin = asAdmin;
    entry.waits('waits for the canary');
  }

  /** Boots the servers and removes them. @throws Interrupted, or UserError with what they showed */
  async start(): Promise<void> {
    const { context, recorder, interrupts } = this.run;
    this.since = Date.now();
    recorder.add({ part: this.name, event: 'starts' });
    const site = siteOfStack(context.name, this.canary);
    const proof = await canaryProof(context, site);
    const notes = await proveCanary(context, proof, {
      onLine: this.entry.event,
      stop: interrupts.stop,
      asAdmin: this.asAdmin,
    });
    const unchanged = `No command ran at ${site}: its servers prove the site as it was before this run.`;
    this.notes = [...notes, ...(this.changesThere() === 0 ? [unchanged] : [])];
  }

  settle(outcome: StackOutcome): void {
    const hasRun = outcome.state !== 'not started';
    const seconds = hasRun ? (Date.now() - this.since) / 1000 : 0;
    this.report = { stack: this.name, outcome, seconds, notes: this.notes };
    this.run.recorder.add({
      part: this.name,
      event: outcome.state,
      ...(!hasRun && { because: outcome.because }),
    });
    showOutcome(this.entry, outcome);
  }

  lockUsers(): [] {
    return [];
  }
}
