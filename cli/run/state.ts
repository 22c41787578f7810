import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { stateDir } from '../../lib/paths';
import { type LabContext, dcnCommand } from '../context';

/* The state of a lab: the backend and the passphrase that the user has chosen, or those in the lab's state folder. */

const backendName = 'pulumi';
const passphraseName = 'passphrase';

/** URL of the backend that the user has chosen; undefined: the lab's state is in its state folder. */
export function chosenBackend(): string | undefined {
  const url = process.env.PULUMI_BACKEND_URL;
  const isDefault = url?.startsWith('file:///') && isOfSomeLab(fileURLToPath(url), backendName);
  return !url || isDefault ? undefined : url;
}

/** Whether the user has chosen a passphrase, by its value or its file. */
export function isPassphraseChosen(): boolean {
  const file = process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
  return Boolean(process.env.PULUMI_CONFIG_PASSPHRASE || (file && !isOfSomeLab(file, passphraseName)));
}

/** Whether a path is that of file `name` in the state folder of some lab. */
function isOfSomeLab(file: string, name: string): boolean {
  return path.resolve(file) === path.join(stateDir(path.basename(path.dirname(file))), name);
}

/** URL of the backend in the lab's state folder, which is made if it is missing. */
export function ensureBackend(lab: string): string {
  const directory = path.join(stateDir(lab), backendName);
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  return pathToFileURL(directory).href;
}

/** Path of the passphrase in the lab's state folder. */
export const passphraseFile = (lab: string): string => path.join(stateDir(lab), passphraseName);

/** Path of the passphrase in the lab's state folder, which is made if it is missing. */
export function ensurePassphrase(lab: string): string {
  const file = passphraseFile(lab);
  if (!fs.existsSync(file)) {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeOnce(file, `${crypto.randomBytes(24).toString('base64url')}\n`);
  }
  return file;
}

/**
 * Writes a file of mode 0600, unless another process has written the file meanwhile. A process that is killed leaves no part of
 * the text: half a passphrase would protect the state.
 */
function writeOnce(file: string, text: string): void {
  const draft = `${file}.${process.pid}.new`;
  try {
    fs.writeFileSync(draft, text, { mode: 0o600 });
    fs.linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw error;
    }
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/**
 * Whether the lab may have stacks. Reads only the lab's state folder, where Pulumi has one file for each stack:
 * `.pulumi/stacks/<project>/<stack>.json`. A backend that the user has chosen may have stacks: only Pulumi can tell.
 */
export function mayHaveStacks(lab: string): boolean {
  if (chosenBackend() !== undefined) {
    return true;
  }
  const stacks = path.join(stateDir(lab), backendName, '.pulumi', 'stacks');
  return (
    fs.existsSync(stacks) &&
    fs.readdirSync(stacks, { recursive: true, encoding: 'utf8' }).some((file) => /\.json(\.gz)?$/.test(file))
  );
}

/** Message about a lab without stacks. */
export function notUpText(context: LabContext): string {
  const { name } = context;
  return (
    `Lab ${name} is not up: ${chosenBackend() ? 'the backend' : stateDir(name)} has no stack of it. ` +
    `Bring it up: ${dcnCommand(context)} up`
  );
}
