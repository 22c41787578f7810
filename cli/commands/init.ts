import * as path from 'node:path';
import { UserError } from '../../lib/userError';
import { LabFileError } from '../../model';
import { projectRoot, readerBeside } from '../../lib/paths';
import { type LabContext, dcnCommand, labContext } from '../context';
import { defaultLab } from '../defaultLab';
import { arrangementNames, arrangementText, schemaLine } from '../init/arrangements';
import { labFileText } from '../init/labText';
import { askAnswers, askName } from '../init/questions';
import { newLabFile, writeNewLabFile } from '../newLabFile';
import { type Ask, atTerminal } from '../terminal';

/** Options of `dcn init`. */
export interface InitOptions {
  /** One of `arrangementNames`; absent: questions at the terminal. */
  arrangement?: string;
}

/**
 * `dcn init [--arrangement NAME]`: writes a lab file, by questions at the terminal or as a copy of an arrangement. The file is valid.
 *
 * @param option value of `--lab`; the default lab: asks for a name
 * @throws UserError if the lab file exists, there is no terminal to ask at, or the answers make no valid lab
 */
export async function init(option: string, { arrangement }: InitOptions): Promise<void> {
  const named = option === defaultLab ? undefined : option;
  if (arrangement !== undefined) {
    if (named === undefined) {
      throw new UserError(`name the new lab: ./dcn --lab NAME init --arrangement ${arrangement}`);
    }
    const { name, file } = newLabFile(named, 'init');
    write(name, file, arrangementText(arrangement, file, commandFor(name, file)));
    return;
  }
  if (!process.stdin.isTTY) {
    throw new UserError(
      `Nothing was written: there is no terminal to ask at. Name an arrangement: ./dcn --lab NAME init --arrangement ${arrangementNames.join('|')}`,
    );
  }
  await atTerminal(async (ask) => {
    const { name, file } = await askNewLab(ask, named);
    write(name, file, `${schemaLine(file)}${labFileText(await askAnswers(ask))}`);
  });
}

async function askNewLab(ask: Ask, named: string | undefined): Promise<{ name: string; file: string }> {
  return newLabFile(named ?? (await askName(ask)), 'init');
}

/** Writes a lab file if it is valid, and says what comes next. */
function write(name: string, file: string, text: string): void {
  let context: LabContext;
  try {
    context = labContext(name, file, text, readerBeside(file));
  } catch (error) {
    throw error instanceof LabFileError
      ? new UserError(`Nothing was written: such a lab file would not be valid.\n${error.message}`)
      : error;
  }
  writeNewLabFile(file, text);
  const dcn = dcnCommand(context);
  const lines =
    context.lab.provisioner === 'sandbox'
      ? [`next: ${dcn} up`]
      : [
          'Write your own addresses, keys and ids into it, as its comments say.',
          `next: ${dcn} validate; ${dcn} plan`,
        ];
  process.stdout.write(`${[`${file} is written.`, ...lines].join('\n')}\n`);
}

function commandFor(name: string, file: string): string {
  return dcnCommand({ name, file, isInProject: path.dirname(file) === projectRoot });
}
