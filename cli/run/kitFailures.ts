import { readMark, withoutMarks } from '../../kit/marks';

/** A verb of the kit failed, or a job on the undercloud. */
export type KitFailure = {
  /** One line for people: what failed and why; of a job also its run, and how long it took. */
  sentence: string;
} & ({ of: 'verb' } | { of: 'job'; job: string });

/** The failures that the kit names in a text: the output of `pulumi` has each in its progress and in its error. */
export function kitFailures(text: string): KitFailure[] {
  const found = text.split('\n').flatMap((line): KitFailure[] => {
    const mark = readMark(line);
    const sentence = withoutMarks(line).trim();
    switch (mark?.name) {
      case 'failed':
        return [{ of: 'job', job: mark.values.job, sentence }];
      case 'error':
        return [{ of: 'verb', sentence }];
      default:
        return [];
    }
  });
  return [
    ...new Map(
      found.map((failure) => [failure.of === 'job' ? failure.job : failure.sentence, failure]),
    ).values(),
  ];
}
