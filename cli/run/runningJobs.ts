import type { LabContext } from '../context';
import { duration } from './duration';
import { withKit } from '../undercloud';

/** A job that runs on the undercloud, as the kit lists it (`kit status --json`). */
export interface RunningJob {
  job: string;
  run: number;
  seconds: number;
  doing: string | null;
}

const active = ['starting', 'waiting', 'running'];

/** The lab's jobs that run on the undercloud at this moment. @throws UserError if it cannot be asked */
export async function runningJobs(context: LabContext): Promise<RunningJob[]> {
  const { jobs } = await withKit(context, (kit) =>
    kit.json<{ jobs: (RunningJob & { state: string })[] }>(['status', '--json']),
  );
  return jobs.filter(({ state }) => active.includes(state));
}

/** For whoever interrupted a run: what goes on without it. */
export function runningJobsText(jobs: RunningJob[], dcn: string): string {
  if (jobs.length === 0) {
    return 'Nothing of the lab runs on the undercloud any more.';
  }
  return [
    `Still running on the undercloud, and going on there (${dcn} status; the next ${dcn} up attaches to it):`,
    ...jobs.map(({ job, run, seconds, doing }) =>
      `  ${job}: run ${run}, ${duration(seconds)}${doing ? `, ${doing}` : ''}`.trimEnd(),
    ),
  ].join('\n');
}
