import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { verbs } from '../../kit/verbs';
import { besideLabFile } from '../../lib/paths';
import { printable } from '../../lib/printable';
import { table } from '../../lib/table';
import { UserError } from '../../lib/userError';
import { type Import, type ImportedUndercloud, importLab, isHostKey, type Note } from '../../model';
import { printJson, toStderr } from '../context';
import { newLabFile, writeNewLabFile } from '../newLabFile';
import type { Remedies } from '../provisioners';
import { connect } from '../sshConnection';
import { readKey } from '../undercloud';
import { runUninstalled } from '../uninstalledKit';

/** Options of `dcn import`. */
export interface ImportOptions {
  /** USER@HOST, or USER@HOST:PORT. */
  undercloud?: string;
  hostKey?: string;
  /** File with the private key. */
  key?: string;
  /** Names with commas between them. */
  stacks?: string;
  json?: boolean;
}

/** The value of `--json`. */
export interface ImportReport extends Omit<Import, 'text' | 'rolesData'> {
  /** Absolute path of the lab file. */
  file: string;
  /** Absolute path of the file with the lab's own roles; null: it has none. */
  rolesData: string | null;
}

const remedies: Remedies = {
  noAnswer: 'Nothing was changed. Check the address after --undercloud, and the firewalls on the way.',
  loginRefused: "Nothing was changed. Put the public key of --key into that user's authorized_keys there.",
  otherHostKey:
    'Nothing was changed. Compare the key on the console of that host (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub).',
  missingKey: 'Name another file after --key.',
};

/**
 * `dcn import --undercloud USER@HOST --host-key KEY --key FILE [--stacks A,B]`: writes the lab file of a DCN that TripleO has deployed by
 * other means, and prints what the lab file does not say. Changes nothing on the undercloud.
 *
 * @param option value of `--lab`: the name of the lab, or the path of its file
 * @throws UserError if the lab file exists, the undercloud cannot be asked, or has no control plane
 */
export async function importDcn(option: string, given: ImportOptions): Promise<void> {
  const options = complete(given);
  const { file, name } = newLabFile(option, 'an import');
  const undercloud = undercloudOf(file, options);
  const key = readKey(path.resolve(options.key));
  const client = await connect('undercloud', undercloud, key, remedies);
  let found: Import;
  try {
    const survey = await runUninstalled(client, verbs.survey(options.stacks?.split(',') ?? []), toStderr);
    found = importLab(survey, name, undercloud);
  } finally {
    client.end();
  }
  const { rolesData: roles } = found;
  const rolesData = roles ? besideLabFile(file, roles.file) : null;
  if (roles && rolesData !== null) {
    writeRolesData(rolesData, roles.text);
  }
  writeNewLabFile(file, found.text);
  if (options.json) {
    printJson({ file, rolesData, sites: found.sites, notes: found.notes } satisfies ImportReport);
  } else {
    process.stdout.write(importText(file, rolesData, found));
  }
}

/** Writes the role data, unless an import that was interrupted has written the same. @throws UserError if another file stands there */
function writeRolesData(file: string, text: string): void {
  if (!fs.existsSync(file)) {
    writeNewLabFile(file, text);
  } else if (fs.readFileSync(file, 'utf8') !== text) {
    throw new UserError(
      `${file}: exists, and has not the role data of this import, which overwrites no file. Move it away, or name another lab after --lab.`,
    );
  }
}

type CompleteOptions = ImportOptions & Required<Pick<ImportOptions, 'undercloud' | 'hostKey' | 'key'>>;

/** @throws UserError with all options that are missing */
function complete({ undercloud, hostKey, key, ...options }: ImportOptions): CompleteOptions {
  if (undercloud === undefined || hostKey === undefined || key === undefined) {
    const missing = Object.entries({
      '--undercloud': undercloud,
      '--host-key': hostKey,
      '--key': key,
    }).flatMap(([name, value]) => (value === undefined ? [name] : []));
    throw new UserError(
      `import: ${missing.join(', ')}: missing. To write a lab file give --undercloud, --host-key and --key; a lab file that is ` +
        'written is adopted by --adopt.',
    );
  }
  return { ...options, undercloud, hostKey, key };
}

/** @throws UserError with all faults of the options */
function undercloudOf(file: string, { undercloud, hostKey, key }: CompleteOptions): ImportedUndercloud {
  const [, user, host, port = '22'] =
    /^([a-z_][a-z0-9_-]*)@([^\s:@]+)(?::([1-9]\d{0,4}))?$/.exec(undercloud) ?? [];
  const faults = [
    ...(host === undefined ? [`--undercloud ${undercloud}: must be USER@HOST, or USER@HOST:PORT.`] : []),
    ...(isHostKey(hostKey)
      ? []
      : [
          '--host-key: is not a whole public host key. Write all that `ssh-keyscan -t ed25519 HOST` prints after the name, in quotes.',
        ]),
  ];
  if (user === undefined || host === undefined || faults.length > 0) {
    throw new UserError(faults.join('\n'));
  }
  return { host, port: Number(port), user, hostKey, privateKeyFile: writtenPath(file, key) };
}

/** The path of a file as a lab file names it: below the home directory, or absolute. */
function writtenPath(labFile: string, given: string): string {
  const absolute = path.resolve(given);
  const below = `~/${path.relative(os.homedir(), absolute)}`;
  return besideLabFile(labFile, below) === absolute && !below.includes('..') ? below : absolute;
}

const headings: Record<Note['kind'], string> = {
  fault: 'The lab file cannot be used so:',
  guess: 'Guessed, with a comment in the lab file:',
  unseen: 'Not seen:',
  unmapped: 'Not in the lab file:',
  different: 'What the next deployment of the lab file would change:',
};

/** An import for people. */
function importText(file: string, rolesData: string | null, { sites, notes }: Import): string {
  const rows = sites.map(({ site, stack, nodes }) => [site, stack, `${nodes}`]);
  const parts = Object.entries(headings).flatMap(([kind, heading]) => {
    const own = notes.filter((one) => one.kind === kind);
    const lines = own.flatMap(({ at, what, remedy }) => [`  ${at}: ${what}`, `    ${remedy}`]);
    return own.length > 0 ? ['', heading, ...new Set(lines)] : [];
  });
  const lines = [
    ...(rolesData === null ? [] : [`${rolesData} is written, with the roles that are none of TripleO's.`]),
    `${file} is written.`,
    table(['site', "TripleO's stack", 'nodes'], rows, { compact: true }),
    ...parts,
  ];
  return `${lines.map(printable).join('\n')}\n`;
}
