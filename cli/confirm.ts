import { UserError } from '../lib/userError';
import { atTerminal } from './terminal';

/**
 * Asks the user to type a name, of the lab or of its sites, before the command continues.
 *
 * @throws UserError if there is no terminal, or the answer differs
 */
export async function confirm(name: string): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new UserError('Nothing was changed: there is no terminal to ask at. --yes goes on without asking.');
  }
  if ((await atTerminal((ask) => ask(`Type ${name} to go on: `))) !== name) {
    throw new UserError(`Nothing was changed: the answer was not ${name}.`);
  }
}
