import { duration } from './duration';
import type { StackOutcome } from './schedule';

/** Result of one stack of a run. */
export interface StackReport {
  stack: string;
  outcome: StackOutcome;
  /** How long it ran; 0 if it did not start. */
  seconds: number;
}

/** A failed job on the undercloud, as the kit's message describes it. */
export interface FailedJob {
  job: string;
  reason: string;
  /** Path of its log on the undercloud. */
  log: string;
}

/** `failure` of kit/jobs/report.py. */
const failedJob =
  /(?<job>[\w-]+\/[\w-]+): (?:run|undo) \d+ failed after \S+: (?<reason>[^\n]*)\. Mend what it names and run it again; all of its log is in (?<log>\S+) on the undercloud/g;

/** The failed jobs that an error text names, each once. */
export function failedJobs(text: string): FailedJob[] {
  const found = [...text.matchAll(failedJob)].map(({ groups }) => groups as unknown as FailedJob);
  return [...new Map(found.map(({ job, reason, log }) => [job, { job, reason, log }])).values()];
}

/**
 * The result of every stack of a run, one below the other: done (with its time), interrupted, failed (with job and log),
 * not started (with the reason); then the command to run next.
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
      case 'not started':
        return [line('not started', outcome.because)];
      case 'failed':
        return [
          line('FAILED', `after ${duration(seconds)}`),
          ...failureLines(outcome.error.message, dcn).map((text) => `    ${text}`),
        ];
    }
  });
  const next = reports.some(({ outcome }) => outcome.state !== 'done') ? [`next: ${dcn} ${verb}`] : [];
  return [...lines, ...next].join('\n');
}

function failureLines(error: string, dcn: string): string[] {
  const jobs = failedJobs(error);
  if (jobs.length === 0) {
    return [error.split('\n').find((line) => line.trim() && !/^pulumi .* failed:$/.test(line)) ?? error];
  }
  return jobs.flatMap(({ job, reason, log }) => [
    `${job}: ${reason}`,
    `log on the undercloud: ${dcn} ssh undercloud cat ${log}`,
  ]);
}
