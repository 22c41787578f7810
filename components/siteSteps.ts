import * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import type { SitePlan, StepName } from '../model';
import type { ChildOptions } from './component';
import { jobDocument, readsOtherSites, standsOnHosts } from '../model/jobDocument';
import type { KitResult, Undercloud } from './remote';

const jobResult = z.object({ digests: z.record(z.string(), z.string()) });
export type JobResult = z.infer<typeof jobResult>;

/** sha256 of all files that some verbs wrote, by path relative to the lab's directory. */
export function digestsOf(runs: KitResult<JobResult>[]): pulumi.Output<Record<string, string>> {
  return pulumi
    .all(runs.map(({ result }) => result))
    .apply(
      (results) => Object.assign({}, ...results.map(({ digests }) => digests)) as Record<string, string>,
    );
}

/** What the steps of one site have in common. */
export interface SiteStepsArgs {
  site: SitePlan;
  undercloud: Undercloud;
  /** Instance ids of the site's nodes, by name. */
  instances: pulumi.Output<Record<string, string>>;
  /** sha256 of every file that other sites made for this one, by path relative to the lab's directory. */
  digests: pulumi.Output<Record<string, string>>;
  /** What must have happened before the first verb. */
  before: pulumi.Resource[];
  /** What must have happened before the first verb that touches hosts. */
  hostsReady: pulumi.Resource;
}

/** Makes the one resource of each TripleO verb of a site, each after those that it needs. */
export class SiteSteps {
  private readonly made = new Map<StepName, KitResult<JobResult>>();

  constructor(private readonly args: SiteStepsArgs) {}

  /** Makes those of `names` that the site's plan has, in the plan's order. */
  make(names: StepName[], under: ChildOptions): KitResult<JobResult>[] {
    return this.args.site.steps
      .filter(({ name }) => names.includes(name))
      .map((step) => {
        const { site, undercloud, instances, digests, before, hostsReady } = this.args;
        const needed = [...this.made]
          .filter(([name]) => step.needs.includes(name))
          .map(([, run]) => run.resource);
        const { directory } = undercloud.endpoint;
        const onHosts = standsOnHosts(site, step);
        const run = undercloud.run(
          `${site.name}-${step.name}`,
          {
            run: ['job', 'run'],
            undo: ['job', 'undo'],
            document: readsOtherSites(site, step)
              ? digests.apply((known) => jobDocument(site, step, directory, known))
              : jobDocument(site, step, directory, {}),
            learned: onHosts ? { nodes: instances } : undefined,
            limitMinutes: step.limitMinutes,
            result: jobResult,
          },
          under({ dependsOn: [...before, ...(onHosts ? [hostsReady] : []), ...needed] }),
        );
        this.made.set(step.name, run);
        return run;
      });
  }

  /** Every verb made so far. */
  get resources(): pulumi.Resource[] {
    return [...this.made.values()].map(({ resource }) => resource);
  }
}
