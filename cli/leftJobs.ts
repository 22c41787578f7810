import type { ListedJob } from '../kit/answers';
import type { LabPlan } from '../model';

/** A job of the undercloud, as `dcn log --json` and `dcn status --json` print it. */
export interface LabJob extends ListedJob {
  /**
   * Whether its step has left the lab file, as that of a hook that was taken out after it had failed: Pulumi has no resource of the step,
   * and so never undoes the job.
   */
  left: boolean;
}

/** The jobs with whether their steps have left the lab file. */
export function withLeft({ sites }: LabPlan, jobs: ListedJob[]): LabJob[] {
  return jobs.map((job) => {
    const [name, step] = job.job.split('/');
    const site = sites.find((one) => one.name === name);
    const left = site !== undefined && job.state !== 'gone' && !site.steps.some((one) => one.name === step);
    return { ...job, left };
  });
}
