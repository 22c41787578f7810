import * as fs from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { UserError } from '../../lib/userError';

/** Fewer characters can be guessed by who has the file: everything else about the encryption is public. */
const shortest = 10;

/**
 * The passphrase of a new backup: the first line of a file, or what the user types twice.
 *
 * @throws UserError if there is no file and no terminal, both answers differ, or the passphrase is short
 */
export async function newPassphrase(file: string | undefined): Promise<string> {
  const passphrase = file === undefined ? await ask('Passphrase for the backup: ') : fromFile(file);
  if (passphrase.trim().length < shortest) {
    throw new UserError(
      `the passphrase of a backup has at least ${shortest} characters: who has the file may guess for years. Nothing was written.`,
    );
  }
  if (file === undefined && (await ask('The same passphrase again: ')) !== passphrase) {
    throw new UserError('the two passphrases differ. Nothing was written.');
  }
  return passphrase;
}

/** The passphrase of a backup that exists. @throws UserError as `newPassphrase` */
export async function knownPassphrase(file: string | undefined): Promise<string> {
  return file === undefined ? ask('Passphrase of the backup: ') : fromFile(file);
}

function fromFile(file: string): string {
  let text: string;
  try {
    const found = fs.statSync(file);
    if (found.isFile() && found.mode & 0o077) {
      throw new UserError(`--passphrase-file ${file}: others can read it: chmod 600 ${file}`);
    }
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw error instanceof UserError
      ? error
      : new UserError(`--passphrase-file: ${(error as Error).message}. Name a file that you may read.`);
  }
  const [passphrase = ''] = text.split(/\r?\n/);
  if (passphrase === '') {
    throw new UserError(`--passphrase-file ${file}: its first line is empty: write the passphrase there.`);
  }
  return passphrase;
}

/** What the user types at the terminal, which does not show the text. */
async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new UserError(
      'there is no terminal to ask for the passphrase of the backup: name a file with --passphrase-file. Nothing was changed.',
    );
  }
  const mute = new Writable({ write: (_text, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: mute, terminal: true });
  // From here on the terminal shows nothing that is typed.
  process.stderr.write(question);
  const closed = new AbortController();
  terminal.once('close', () => closed.abort());
  try {
    return await terminal.question('', { signal: closed.signal });
  } catch (error) {
    if (closed.signal.aborted) {
      throw new UserError('no passphrase was given. Nothing was changed.');
    }
    throw error;
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
