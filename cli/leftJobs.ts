import type { ListedJob } from '../kit/answers';
import type { LabPlan } from '../model';

/**
 * Names of jobs whose step has left the lab file, such as a hook that was taken out after it had failed: Pulumi has no resource of the
 * step, and so never undoes the job.
 */
export function leftJobs({ sites }: LabPlan, jobs: ListedJob[]): string[] {
  const left = ({ job, state }: ListedJob): boolean => {
    const [name, step] = job.split('/');
    const site = sites.find((one) => one.name === name);
    return site !== undefined && state !== 'gone' && !site.steps.some((one) => one.name === step);
  };
  return jobs.filter(left).map(({ job }) => job);
}
