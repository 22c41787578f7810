import { readMark, withoutMarks } from '../../kit/marks';

/** A failed job on the undercloud, as the kit's message names it. */
export interface FailedJob {
  job: string;
  /** One line for people: the job, its run, how long it took and why it failed. */
  sentence: string;
}

/** The failed jobs that an error text names, each once. */
export function failedJobs(text: string): FailedJob[] {
  const found = text.split('\n').flatMap((line): FailedJob[] => {
    const mark = readMark(line);
    return mark?.name === 'failed' ? [{ job: mark.values.job, sentence: withoutMarks(line).trim() }] : [];
  });
  return [...new Map(found.map((failed) => [failed.job, failed])).values()];
}
