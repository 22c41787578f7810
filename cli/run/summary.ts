import { moment } from '../moment';
import { duration } from './duration';
import type { RunRecord } from './record';
import type { KitFailure } from './kitFailures';
import { PulumiFailure } from './pulumi';
import type { StackOutcome, StackReport } from './schedule';
import { type Waves, stoppedWaves, wordsToGoOn } from './waves';

/**
 * A command that runs stacks, by Pulumi's verb. `words`: what follows this verb of `./dcn` on the command line and must not be missing the
 * next time. `again`: all words after `./dcn`, of a command of another name.
 */
export type RunCommand =
  | { verb: 'up' | 'destroy'; words: string[] }
  | { verb: 'up'; words: string[]; waves: Waves }
  | { verb: 'up'; again: string[] };

/**
 * The result of every stack of a run, one below the other: done (with its time), interrupted, failed (with job and log),
 * not started (with the reason); then the command to run next.
 *
 * @param dcn how the user calls `./dcn` for this lab
 */
export function summaryText(command: RunCommand, reports: StackReport[], dcn: string): string {
  const width = Math.max(...reports.map(({ stack }) => stack.length));
  const lines = reports.flatMap(({ stack, outcome, seconds, notes = [] }) => {
    const line = (state: string, text: string): string =>
      `${state.padEnd('interrupted'.length)}  ${stack.padEnd(width)}  ${text}`;
    switch (outcome.state) {
      case 'done':
        return [line('done', duration(seconds)), ...notes.map((text) => `    ${text}`)];
      case 'interrupted':
        return [line('interrupted', `after ${duration(seconds)}`)];
      case 'not started':
        return [line('not started', outcome.because)];
      case 'failed':
        return [
          line('FAILED', `after ${duration(seconds)}`),
          ...failureLines(outcome.error, dcn).map((text) => `    ${text}`),
        ];
    }
  });
  const has = (state: StackOutcome['state']): boolean =>
    reports.some(({ outcome }) => outcome.state === state);
  const remedy = has('failed') ? 'correct the cause (docs/troubleshooting.md explains messages), then ' : '';
  if (!has('failed') && !has('interrupted') && !has('not started')) {
    return lines.join('\n');
  }
  if ('again' in command) {
    return [...lines, `next: ${remedy}${[dcn, ...command.again].join(' ')}`].join('\n');
  }
  const { said, words } =
    'waves' in command
      ? stoppedWaves(command.waves, reports, command.words)
      : { said: [], words: command.words };
  return [...lines, ...said, `next: ${remedy}${[dcn, command.verb, ...words].join(' ')}`].join('\n');
}

/**
 * A line about the lab's last run if stacks of it failed, were interrupted or did not start; '' if none did. A run without
 * an end may still be under way: of such a run it says nothing.
 */
export function unfinishedText({ verb, words, begin, parts }: RunRecord, dcn: string): string {
  const of = (ending: string): string[] =>
    parts.filter((part) => part.ending === ending).map(({ name }) => name);
  const states = (['failed', 'interrupted', 'not started'] as const).flatMap((ending) =>
    of(ending).length > 0 ? [`${ending}: ${of(ending).join(', ')}`] : [],
  );
  if (states.length === 0 || of('unknown').length > 0) {
    return '';
  }
  const done = of('done');
  const again = wordsToGoOn(words, (name) => done.includes(name));
  const next = verb === 'up' ? `; next: ${[dcn, verb, ...again].join(' ')}` : '';
  return `The last ${verb} (${moment(begin)}) is not complete: ${states.join('; ')}${next}\n`;
}

function failureLines(error: Error, dcn: string): string[] {
  const failures = ofKit(error);
  return failures.length === 0
    ? [causeOf(error)]
    : failures.flatMap((failure) =>
        failure.of === 'job' ? [failure.sentence, `log: ${dcn} log ${failure.job}`] : [failure.sentence],
      );
}

function ofKit(error: Error): KitFailure[] {
  return error instanceof PulumiFailure ? error.ofKit : [];
}

/** The sentence that says why a stack failed: that of the kit's first failure, if a verb of the kit or a job failed. */
export function causeOf(error: Error): string {
  const { message } = error;
  const said = message.split('\n').filter((line) => line.trim() && !/^pulumi .* failed:$/.test(line));
  // The provider's words, with the command, come before Pulumi's `update failed`.
  return (
    ofKit(error)[0]?.sentence ??
    said.find((line) => !/^(Process exited with status|\w+ failed$)/.test(line)) ??
    said[0] ??
    message
  );
}
