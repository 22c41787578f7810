import { duration } from './duration';
import type { StackOutcome } from './schedule';

/** What a run did with one stack. */
export interface StackReport {
  stack: string;
  outcome: StackOutcome;
  /** How long it ran; 0 if it was not begun. */
  seconds: number;
}

/** A job on the undercloud that failed, as the kit tells it. */
export interface FailedJob {
  job: string;
  reason: string;
  /** Path of its log on the undercloud. */
  log: string;
}

/** `failure` of kit/jobs/report.py. */
const failedJob =
  /(?<job>[\w-]+\/[\w-]+): (?:run|undo) \d+ failed after \S+: (?<reason>[^\n]*)\. Mend what it names and run it again; all of its log is in (?<log>\S+) on the undercloud/g;

/** The failed jobs that an error text tells of, each once. */
export function failedJobs(text: string): FailedJob[] {
  const found = [...text.matchAll(failedJob)].map(({ groups }) => groups as unknown as FailedJob);
  return [...new Map(found.map(({ job, reason, log }) => [job, { job, reason, log }])).values()];
}

/**
 * What became of every stack of a run, in one list: done (with its time), interrupted, failed (job, log, what to run
 * next), not begun (why).
 *
 * @param dcn how the user calls `./dcn` for this lab
 */
export function summaryText(verb: 'up' | 'destroy', reports: StackReport[], dcn: string): string {
  const width = Math.max(...reports.map(({ stack }) => stack.length));
  const lines = reports.flatMap(({ stack, outcome, seconds }) => {
    const line = (state: string, text: string): string =>
      `${state.padEnd('interrupted'.length)}  ${stack.padEnd(width)}  ${text}`;
    switch (outcome.state) {
      case 'done':
        return [line('done', duration(seconds))];
      case 'interrupted':
        return [line('interrupted', `after ${duration(seconds)}`)];
      case 'not begun':
        return [line('not begun', outcome.because)];
      case 'failed':
        return [
          line('FAILED', `after ${duration(seconds)}`),
          ...whatFailed(outcome.error.message, dcn).map((text) => `    ${text}`),
        ];
    }
  });
  const next = reports.some(({ outcome }) => outcome.state !== 'done') ? [`next: ${dcn} ${verb}`] : [];
  return [...lines, ...next].join('\n');
}

function whatFailed(error: string, dcn: string): string[] {
  const jobs = failedJobs(error);
  if (jobs.length === 0) {
    return [error.split('\n').find((line) => line.trim() && !/^pulumi .* failed:$/.test(line)) ?? error];
  }
  return jobs.flatMap(({ job, reason, log }) => [
    `${job}: ${reason}`,
    `log on the undercloud: ${dcn} ssh undercloud cat ${log}`,
  ]);
}
