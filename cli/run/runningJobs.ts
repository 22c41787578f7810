import type { ListedJob } from '../../kit/answers';
import { verbs } from '../../kit/verbs';
import type { LabContext } from '../context';
import { duration } from './duration';
import { withKit } from '../undercloud';

const active: ListedJob['state'][] = ['starting', 'waiting', 'running'];

/** The lab's jobs that run on the undercloud at this moment. @throws UserError if the undercloud does not answer */
export async function runningJobs(context: LabContext): Promise<ListedJob[]> {
  const { jobs } = await withKit(context, (kit) => kit.ask(verbs.status.json));
  return jobs.filter(({ state }) => active.includes(state));
}

/** Text about the jobs that continue after a run was interrupted. */
export function runningJobsText(
  jobs: Pick<ListedJob, 'job' | 'run' | 'seconds' | 'doing'>[],
  dcn: string,
): string {
  if (jobs.length === 0) {
    return 'Nothing of the lab runs on the undercloud any more.';
  }
  return [
    `Still running on the undercloud (${dcn} status shows these jobs; the next ${dcn} up attaches to them):`,
    ...jobs.map(({ job, run, seconds, doing }) =>
      `  ${job}: run ${run}, ${duration(seconds)}${doing ? `, ${doing}` : ''}`.trimEnd(),
    ),
  ].join('\n');
}
