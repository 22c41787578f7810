import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Client } from 'ssh2';
import { readAnswer } from '../kit/answers';
import type { KitVerb } from '../kit/verbs';
import { projectRoot } from '../lib/paths';
import { quote } from '../lib/quote';
import { UserError } from '../lib/userError';
import { kitTexts } from '../stacks/kit';
import { runProgram } from './remoteProgram';

/**
 * Runs a verb of the kit of this checkout on an undercloud on which no kit is installed, and leaves nothing there (kit/uninstalled.py).
 *
 * @param onLine gets each line of the kit's standard error
 * @throws UserError with the kit's message if the verb fails, or if the answer breaks the contract
 */
export async function runUninstalled<Answer>(
  client: Client,
  verb: KitVerb<undefined, Answer>,
  onLine: (line: string) => void,
): Promise<Answer> {
  const program = fs.readFileSync(path.join(projectRoot, 'kit/uninstalled.py'), 'utf8');
  const sent = JSON.stringify({ files: kitTexts(), words: verb.words });
  const label = `kit ${verb.words.join(' ')}`;
  const { code, stdout, lines } = await runProgram(client, label, `python3 -c ${quote(program)}`, sent);
  if (code !== 0) {
    const silent = `${label}: ended with exit code ${code ?? 'unknown'} and no message. Run the command again.`;
    throw new UserError(lines.slice(-30).join('\n') || silent);
  }
  lines.forEach(onLine);
  const result = readAnswer(stdout, verb.answer);
  if (result.fault !== undefined) {
    throw new UserError(`${label}: ${result.fault}`);
  }
  return result.answer;
}
