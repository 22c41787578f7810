import * as fs from 'node:fs';
import { besideLabFile, readerBeside } from '../../lib/paths';
import { UserError, errorText } from '../../lib/userError';
import type { UndercloudAccess } from '../../model';
import { type BackupContent, readBackup, writeParts } from '../backup/content';
import { type Restored, restoreFile } from '../backup/labFiles';
import { inArchive } from '../backup/manifest';
import { knownPassphrase } from '../backup/passphrase';
import { missingPasswords } from '../backup/passwords';
import { EncryptedFile } from '../backup/encryptedFile';
import { StackState, restoreStack } from '../backup/stackStates';
import { passphraseFaults, passphraseIn } from '../backup/statePassphrase';
import { type Comparison, compareUndercloud, unpackUndercloud } from '../backup/undercloudHalf';
import { type LabContext, dcnCommand, labContext, namedLab, readLabFile, toStderr } from '../context';
import { backendEnvironment, pulumiEnvironment } from '../run/pulumi';
import { stackNames } from '../run/stackList';
import { recordFile } from '../run/record';
import { isPassphraseChosen, mayHaveStacks, passphraseFile } from '../run/state';
import { type UndercloudConnection, connectUndercloud } from '../undercloud';
import type { BackupOptions } from './backup';

/**
 * `dcn restore FILE`: writes what is in a backup and is missing here and on the undercloud. What stands is never replaced. A restore that
 * was interrupted is repeated: parts that are complete stay.
 */
export async function restore(option: string, file: string, options: BackupOptions): Promise<void> {
  const { name, file: labFile } = namedLab(option);
  const encrypted = new EncryptedFile(file, await knownPassphrase(options.passphraseFile));
  const content = await readBackup(file, encrypted);
  if (content.manifest.lab !== name) {
    throw new UserError(
      `${file}: is a backup of lab ${content.manifest.lab}, and --lab names ${name}. Nothing was changed: name that lab, by a file ` +
        `Pulumi.${content.manifest.lab}.yaml, which need not exist.`,
    );
  }
  const context = contextOf(name, labFile, content);
  const standing = await look(context, content);
  try {
    await restoreUndercloud(encrypted, content, standing);
  } finally {
    standing.connection.close();
  }
  await restoreHere(context, content, standing);
  const { undercloud } = standing;
  missingPasswords(context, content.states, ({ part, file: name }) => {
    const isWritten = undercloud.get(part)?.state === 'absent';
    return !isWritten || `${part}/${name}` in content.undercloud;
  }).forEach(toStderr);
  process.stdout.write(
    `Lab ${name} is as at ${content.manifest.time}. See that nothing would change: ${dcnCommand(context)} preview; ` +
      `that all stands: ${dcnCommand(context)} audit.\n`,
  );
}

/** The lab of the file that stands, or of that in the backup. */
function contextOf(name: string, labFile: string, { files, beside }: BackupContent): LabContext {
  const read = readerBeside(labFile);
  const readKept = (named: string): string => {
    const kept = beside.get(named);
    try {
      return read(named);
    } catch (error) {
      if (!kept) {
        throw error;
      }
      return kept.content.toString('utf8');
    }
  };
  const text = fs.existsSync(labFile) ? readLabFile(labFile) : String(files.get(inArchive.labFile)?.content);
  return labContext(name, labFile, text, readKept);
}

/** What stands already. */
interface Standing {
  connection: UndercloudConnection;
  /** By the name of the part. */
  undercloud: Map<string, Comparison>;
  /** Whether each stack of the backup must be made, filled, or stands. */
  stacks: Map<string, 'missing' | 'empty' | 'equal'>;
}

/** Looks at everything and changes nothing. @throws UserError with all faults */
async function look(context: LabContext, content: BackupContent): Promise<Standing> {
  const { manifest } = content;
  const faults = faultsOfPassphrase(context.name, content);
  const { directory } = context.plan.undercloud;
  if (directory !== manifest.directory) {
    faults.push(
      `undercloud: the records of the backup name paths below ${manifest.directory}, and by the lab file they would be in ${directory}. ` +
        'Give the undercloud the user and home that it had at the backup, and write both into glance-dcn:undercloud',
    );
  }
  const stacks: Standing['stacks'] = new Map(manifest.stacks.map((stack) => [stack, 'missing']));
  await lookAtStacks(context, content, stacks, faults).catch((error: unknown) =>
    faults.push(errorText(error)),
  );
  let connection: UndercloudConnection | undefined;
  try {
    connection = await connectUndercloud(context, accessIn(context, content));
    const undercloud = await compareUndercloud(connection, content.parts, content.undercloud);
    faults.push(
      ...Object.entries(undercloud).flatMap(([part, found]) => partFault(String(content.parts[part]), found)),
    );
    if (faults.length === 0) {
      return { connection, undercloud: new Map(Object.entries(undercloud)), stacks };
    }
  } catch (error) {
    faults.push(errorText(error));
  }
  connection?.close();
  throw new UserError(`Nothing was changed.\n${faults.join('\n')}`);
}

function faultsOfPassphrase(lab: string, { manifest, files, states }: BackupContent): string[] {
  if (isPassphraseChosen()) {
    return passphraseFaults(states, () => passphraseIn(process.env));
  }
  const file = passphraseFile(lab);
  const kept = files.get(inArchive.passphrase);
  if (!kept) {
    return [
      `passphrase of the state: the backup of ${manifest.time} does not have it: set PULUMI_CONFIG_PASSPHRASE_FILE to the file that ` +
        'has it, as at the backup',
    ];
  }
  return fs.existsSync(file) && !fs.readFileSync(file).equals(kept.content)
    ? [`${file}: differs from the passphrase in the backup: move its folder away if no lab needs it`]
    : passphraseFaults(states, () => ({ text: String(kept.content).trim(), place: 'that in the backup' }));
}

async function lookAtStacks(
  context: LabContext,
  { states }: BackupContent,
  stacks: Standing['stacks'],
  faults: string[],
): Promise<void> {
  if (!mayHaveStacks(context.name)) {
    return;
  }
  const env = await backendEnvironment(context.lab, toStderr);
  for (const name of await stackNames(env)) {
    const kept = states.get(name);
    if (!kept) {
      continue;
    }
    const state = await StackState.of(env, name);
    if (state.isEmpty || state.equals(kept)) {
      stacks.set(name, state.isEmpty ? 'empty' : 'equal');
    } else {
      faults.push(
        `stack ${name}: stands, and differs from the backup: it has changed since, or is another lab's. Restore a later backup, or ` +
          `export the stack, then remove it: pulumi stack rm --force -s ${name}`,
      );
    }
  }
}

/** Access to an undercloud that is a server of the lab, from the state in the backup; undefined: the provisioner knows it. */
function accessIn({ name, lab }: LabContext, { states }: BackupContent): UndercloudAccess | undefined {
  if (!lab.openstack?.undercloud) {
    return undefined;
  }
  return states.get(name)?.output('undercloud') as UndercloudAccess | undefined;
}

function partFault(path: string, found: Comparison): string[] {
  switch (found.state) {
    case 'absent':
    case 'equal':
      return [];
    case 'refused':
      return [`undercloud: ${found.why}`];
    case 'differs':
      return [
        `undercloud: ${path}: stands, and differs from the backup (${found.count}: ${found.paths.join(', ')}): it has changed since. ` +
          'Restore a later backup, or move it away',
      ];
  }
}

async function restoreUndercloud(
  encrypted: EncryptedFile,
  { parts }: BackupContent,
  { connection, undercloud }: Standing,
): Promise<void> {
  const absent = Object.entries(parts).filter(([part]) => undercloud.get(part)?.state === 'absent');
  if (absent.length > 0) {
    const wanted = Object.fromEntries(absent);
    await unpackUndercloud(connection, wanted, (sink) => writeParts(encrypted, wanted, sink));
  }
  for (const [part, path] of Object.entries(parts)) {
    say(`undercloud: ${path}`, undercloud.get(part)?.state === 'absent' ? 'restored' : 'equal');
  }
}

async function restoreHere(
  context: LabContext,
  { files, states, beside }: BackupContent,
  { stacks }: Standing,
): Promise<void> {
  const { name, lab, file } = context;
  const put = (place: string, inner: string): void => {
    const kept = files.get(inner);
    if (kept) {
      say(place, restoreFile(place, kept));
    }
  };
  if (!isPassphraseChosen()) {
    put(passphraseFile(name), inArchive.passphrase);
  }
  const env = await pulumiEnvironment(lab, toStderr);
  for (const [stack, state] of states) {
    const found = stacks.get(stack);
    if (found !== 'equal') {
      await restoreStack(env, context, stack, state, found === 'empty');
    }
    say(`stack ${stack}`, found === 'equal' ? 'equal' : 'restored');
  }
  put(file, inArchive.labFile);
  for (const [named, kept] of beside) {
    say(named, restoreFile(besideLabFile(file, named), kept));
  }
  put(recordFile(name), inArchive.lastRun);
}

function say(what: string, restored: Restored): void {
  const words = {
    restored: 'restored',
    equal: 'is there already, as in the backup',
    kept: 'stays as it is here, and differs from that in the backup',
  };
  toStderr(`${what}: ${words[restored]}`);
}
