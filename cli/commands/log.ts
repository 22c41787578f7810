import { verbs } from '../../kit/verbs';
import { table } from '../../lib/table';
import { UserError } from '../../lib/userError';
import { type LabContext, dcnCommand, openLab, printJson, toStderr } from '../context';
import { type LabJob, withLeft } from '../leftJobs';
import { duration } from '../run/duration';
import { withKit } from '../undercloud';

export interface LogOptions {
  /** Go on until the run has ended. */
  follow?: boolean;
  /** Print the list of jobs as JSON. */
  json?: boolean;
}

/**
 * `dcn log [SITE/STEP] [--follow]`: prints the log of a job's latest run, without secrets; without a job, lists the jobs.
 *
 * @throws UserError for a job that has not run yet, and for options that do not fit
 */
export async function log(option: string, job: string | undefined, options: LogOptions): Promise<void> {
  const context = openLab(option);
  if (job === undefined) {
    await listJobs(context, options);
    return;
  }
  if (options.json) {
    throw new UserError('--json: only the list of jobs is printed as JSON; name no job.');
  }
  await withKit(context, (kit) =>
    kit.text(verbs.job.log(job, options.follow ?? false), {
      onLine: toStderr,
      onOutput: (text) => process.stdout.write(text),
    }),
  );
}

async function listJobs(context: LabContext, { follow, json }: LogOptions): Promise<void> {
  if (follow) {
    throw new UserError(
      `--follow: name a job, SITE/STEP: ${dcnCommand(context)} log SITE/STEP --follow. ` +
        `${dcnCommand(context)} log lists the jobs.`,
    );
  }
  const listed = await withKit(context, (kit) => kit.ask(verbs.job.list, { onLine: toStderr }));
  const jobs = withLeft(context.plan, listed);
  if (json) {
    printJson(jobs);
    return;
  }
  process.stdout.write(`${jobTable(jobs)}\n`);
}

/** The jobs in the order in which their latest runs started. */
export function jobTable(jobs: LabJob[]): string {
  return table(
    ['job', 'latest run', 'state', 'started (UTC)', 'took'],
    jobs.map(({ job, kind, run, state, since, seconds, left }) => [
      job,
      `${kind} ${run}`,
      left ? `${state}, not in the lab file` : state,
      since.slice(0, 19).replace('T', ' '),
      duration(seconds),
    ]),
    { compact: true },
  );
}
