import * as pulumi from '@pulumi/pulumi';
import type { JobOutcome } from '../kit/answers';
import { verbs } from '../kit/verbs';
import {
  type StepName,
  type StepPlan,
  type VerbName,
  jobDocument,
  readsOtherSites,
  standsOnHosts,
  verbOfStep,
} from '../model';
import type { ChildOptions } from './component';
import type { CommandResult } from './remote';
import type { SiteContext } from './siteContext';

/** sha256 of all files that some steps wrote, by path relative to the lab's directory. */
export function digestsOf(steps: CommandResult<JobOutcome>[]): pulumi.Output<Record<string, string>> {
  return pulumi
    .all(steps.map(({ answer }) => answer))
    .apply(
      (outcomes) => Object.assign({}, ...outcomes.map(({ digests }) => digests)) as Record<string, string>,
    );
}

/** Resources outside of the steps on which the steps of a site depend. */
export interface SiteStepsDependencies {
  /** Before every step. */
  opened: pulumi.Resource[];
  /** Before every step that works on hosts. */
  hostsReady: pulumi.Resource;
}

/** Makes one resource for each step (TripleO verb) of a site, each after the steps that it needs. */
export class SiteSteps {
  private readonly made = new Map<StepName, CommandResult<JobOutcome>>();

  constructor(
    private readonly context: SiteContext,
    private readonly dependencies: SiteStepsDependencies,
  ) {}

  /** Makes the steps among `names` that the site's plan has, with their hooks, in the plan's order. */
  make(names: VerbName[], under: ChildOptions): CommandResult<JobOutcome>[] {
    return this.context.site.steps
      .filter(({ name }) => names.includes(verbOfStep(name)))
      .map((step) => {
        const run = this.makeOne(step, under);
        this.made.set(step.name, run);
        return run;
      });
  }

  /** Every step made so far. */
  get resources(): pulumi.Resource[] {
    return [...this.made.values()].map(({ resource }) => resource);
  }

  private makeOne(step: StepPlan, under: ChildOptions): CommandResult<JobOutcome> {
    const { site, undercloud, instances, digests } = this.context;
    const { opened, hostsReady } = this.dependencies;
    const needed = [...this.made]
      .filter(([name]) => step.needs.includes(name))
      .map(([, run]) => run.resource);
    const { directory } = undercloud.endpoint;
    const onHosts = standsOnHosts(site, step);
    return undercloud.run(
      `${site.name}-${step.name}`,
      {
        verb: verbs.job.run,
        undo: verbs.job.undo,
        document: readsOtherSites(site, step)
          ? digests.apply((known) => jobDocument(site, step, directory, known))
          : jobDocument(site, step, directory, {}),
        learned: onHosts ? { nodes: instances } : undefined,
        limitMinutes: step.limitMinutes,
      },
      under({ dependsOn: [...opened, ...(onHosts ? [hostsReady] : []), ...needed] }),
    );
  }
}
