import { createInterface } from 'node:readline/promises';
import * as process from 'node:process';

/** Asks the user a question and gives the answer without spaces around it; undefined if Ctrl-C or Ctrl-D ended the questions. */
export type Ask = (question: string) => Promise<string | undefined>;

/** Runs `work`, which asks at the terminal of this process. Questions are on standard error: standard output is for results. */
export async function atTerminal<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  terminal.once('close', () => closed.abort());
  try {
    return await work(async (question) => {
      try {
        return (await terminal.question(question, { signal: closed.signal })).trim();
      } catch (error) {
        if (closed.signal.aborted) {
          return undefined;
        }
        throw error;
      }
    });
  } finally {
    terminal.close();
  }
}
