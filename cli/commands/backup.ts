import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { besideLabFile } from '../../lib/paths';
import { quote } from '../../lib/quote';
import { UserError, errorText } from '../../lib/userError';
import { filesBeside } from '../backup/labFiles';
import { inArchive, newManifest } from '../backup/manifest';
import { newPassphrase } from '../backup/passphrase';
import { missingPasswords } from '../backup/passwords';
import { type Sink, existsText, writeEncrypted } from '../backup/encryptedFile';
import { StackState, isUnderWay } from '../backup/stackStates';
import { passphraseFaults, passphraseIn } from '../backup/statePassphrase';
import { endOfTar, fileEntry } from '../backup/tar';
import { type Parts, checkUndercloud, packUndercloud, partsOf } from '../backup/undercloudHalf';
import { type LabContext, dcnCommand, openLab, toStderr } from '../context';
import { leftStacks, siteOfStack, stacksOf } from '../run/graph';
import { interruptedExitCode, interruptible } from '../run/interrupt';
import { type LabState, openState } from '../run/stackList';
import { recordFile } from '../run/record';
import { isPassphraseChosen, notUpText, passphraseFile } from '../run/state';
import { type UndercloudConnection, connectUndercloud } from '../undercloud';
import { productVersion } from '../version';

/** Options of `dcn backup` and `dcn restore`. */
export interface BackupOptions {
  /** File whose first line is the passphrase; absent: the user is asked. */
  passphraseFile?: string;
}

/** `dcn backup FILE`: writes the lab's state, lab file and the undercloud's records of the lab into one encrypted file. */
export async function backup(option: string, file: string, options: BackupOptions): Promise<void> {
  const context = openLab(option);
  refuseTarget(file);
  const state = await openState(context.lab, toStderr);
  if (!state) {
    throw new UserError(notUpText(context));
  }
  const passphrase = await newPassphrase(options.passphraseFile);
  const connection = await connectUndercloud(context);
  let missing: string[];
  try {
    const before = await look(context, state, connection);
    missing = before.missing;
    await interruptible(({ stop }) =>
      writeEncrypted(file, passphrase, (sink) =>
        writeAll(context, state, connection, before, (bytes) => {
          if (stop.aborted) {
            throw new UserError('interrupted: nothing was written.', interruptedExitCode);
          }
          return sink(bytes);
        }),
      ),
    );
  } finally {
    connection.close();
  }
  const mebibytes = (fs.statSync(file).size / 2 ** 20).toFixed(1);
  process.stdout.write(
    `Lab ${context.name} is in ${path.resolve(file)} (${mebibytes} MiB). Restore it: ${dcnCommand(context)} restore ${quote(path.resolve(file))}\n` +
      "Not in the file: data of images, and the undercloud's own database (docs/operators-guide.md#back-up-and-restore).\n",
  );
  missing.forEach(toStderr);
}

/** @throws UserError if the file exists, or has no folder */
function refuseTarget(file: string): void {
  if (fs.existsSync(file)) {
    throw new UserError(existsText(file));
  }
  const folder = path.dirname(path.resolve(file));
  if (!fs.existsSync(folder)) {
    throw new UserError(`${file}: there is no folder ${folder}: make it, or name another file.`);
  }
}

/** What stood when the backup began. */
interface Standing {
  time: string;
  kit: string;
  stacks: Map<string, StackState>;
  parts: Parts;
  /** A line for each of TripleO's stacks whose passwords the backup will not have. */
  missing: string[];
}

/** @throws UserError with all that keeps the lab from a backup at this moment */
async function look(
  context: LabContext,
  { env, names: listed }: LabState,
  connection: UndercloudConnection,
): Promise<Standing> {
  const time = new Date().toISOString();
  const existing = new Set(listed);
  const left = leftStacks(context.plan, existing);
  const parts = partsOf(
    context,
    left.map((stack) => siteOfStack(context.name, stack)),
  );
  const names = stacksOf(context.plan, left)
    .map(({ name }) => name)
    .filter((name) => existing.has(name));
  const stacks = new Map<string, StackState>();
  const faults: string[] = [];
  for (const name of names) {
    const state = await StackState.of(env, name);
    stacks.set(name, state);
    if (isUnderWay(env, name, state)) {
      faults.push(
        `stack ${name}: an operation runs, or was killed: wait until it has ended, or run ${dcnCommand(context)} up; then run the backup again`,
      );
    }
  }
  faults.push(...passphraseFaults(stacks, () => passphraseIn({ ...process.env, ...env })));
  const found = await checkUndercloud(connection, parts).catch((error: unknown) => {
    faults.push(errorText(error));
    return { kit: '', withPasswords: [] as string[] };
  });
  if (faults.length > 0) {
    throw new UserError(`Nothing was written.\n${faults.join('\n')}`);
  }
  const missing = missingPasswords(context, stacks, ({ part }) => found.withPasswords.includes(part));
  return { time, kit: found.kit, stacks, parts, missing };
}

/** Writes the tar: the operator's half, the undercloud's half, the manifest. @throws UserError if the lab changed meanwhile */
async function writeAll(
  context: LabContext,
  { env }: LabState,
  connection: UndercloudConnection,
  { time, kit, stacks, parts }: Standing,
  sink: Sink,
): Promise<void> {
  const { name, file, plan } = context;
  const sha256: Record<string, string> = {};
  const add = async (inner: string, content: Buffer, mode?: number): Promise<void> => {
    sha256[inner] = createHash('sha256').update(content).digest('hex');
    await sink(fileEntry(inner, content, mode));
  };
  const addFile = (inner: string, kept: string): Promise<void> =>
    add(inner, fs.readFileSync(kept), fs.statSync(kept).mode & 0o777);
  const beside = filesBeside(context);
  await addFile(inArchive.labFile, file);
  for (const [index, named] of beside.entries()) {
    await addFile(inArchive.beside(index), besideLabFile(file, named));
  }
  for (const [stack, state] of stacks) {
    await add(inArchive.stack(stack), Buffer.from(state.text));
  }
  const hasPassphrase = !isPassphraseChosen();
  if (hasPassphrase) {
    await add(inArchive.passphrase, fs.readFileSync(passphraseFile(name)));
  }
  if (fs.existsSync(recordFile(name))) {
    await add(inArchive.lastRun, fs.readFileSync(recordFile(name)));
  }
  await packUndercloud(connection, parts, sink);
  const manifest = newManifest({
    ...{ product: productVersion, kit, lab: name, time, directory: plan.undercloud.directory },
    ...{ stacks: [...stacks.keys()], hasPassphrase, beside, parts, sha256 },
  });
  await sink(fileEntry(inArchive.manifest, Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`)));
  await sink(endOfTar);
  for (const [stack, state] of stacks) {
    const after = await StackState.of(env, stack);
    if (isUnderWay(env, stack, after) || !state.equals(after)) {
      throw new UserError(
        `stack ${stack}: changed while the backup ran. Nothing was written: run the backup again.`,
      );
    }
  }
}
