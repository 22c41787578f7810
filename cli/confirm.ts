import { createInterface } from 'node:readline/promises';
import { UserError } from '../lib/userError';

/**
 * Asks the user to type a name, of the lab or of its sites, before the command continues.
 *
 * @throws UserError if there is no terminal, or the answer differs
 */
export async function confirm(name: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new UserError('Nothing was changed: there is no terminal to ask at. --yes goes on without asking.');
  }
  if ((await ask(`Type ${name} to go on: `)) !== name) {
    throw new UserError(`Nothing was changed: the answer was not ${name}.`);
  }
}

/** The answer at the terminal; empty if Ctrl-C or Ctrl-D ended the question. */
async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  terminal.once('close', () => closed.abort());
  try {
    return (await terminal.question(question, { signal: closed.signal })).trim();
  } catch (error) {
    if (closed.signal.aborted) {
      return '';
    }
    throw error;
  } finally {
    terminal.close();
  }
}
