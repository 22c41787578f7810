import * as fs from 'node:fs';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Decrypter, Encrypter } from 'age-encryption';
import { UserError } from '../../lib/userError';

/* A backup is a file of age (age-encryption.org/v1), encrypted with a passphrase: a tar, packed by gzip. */

/** Takes the bytes of a backup, in their order. */
export type Sink = (bytes: Uint8Array) => Promise<void>;

/**
 * Writes a backup of mode 0600, which appears complete or not at all. If the process is killed meanwhile,
 * `<file>.<process id>.part` stays, encrypted.
 *
 * @param write gives the bytes of the tar
 * @throws UserError if the file exists already; the errors of `write`
 */
export async function writeEncrypted(
  file: string,
  passphrase: string,
  write: (sink: Sink) => Promise<void>,
): Promise<void> {
  const draft = `${file}.${process.pid}.part`;
  const discard = (): void => fs.rmSync(draft, { force: true });
  // A second Ctrl-C ends the process at once.
  process.once('exit', discard);
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  const gzip = createGzip();
  try {
    const encrypted = await encrypter.encrypt(Readable.toWeb(gzip) as ReadableStream<Uint8Array>);
    const target = fs.createWriteStream(draft, { flags: 'wx', mode: 0o600 });
    // Before the file is there, an error could not remove it.
    await once(target, 'open').catch((error: Error) => failedWrite(file, error));
    let fault: Error | undefined;
    target.once('error', (error) => (fault ??= error));
    const written = pipeline(
      Readable.fromWeb(encrypted as Parameters<typeof Readable.fromWeb>[0]),
      target,
    ).catch((error: Error) => (error === fault ? failedWrite(file, error) : Promise.reject(error)));
    const sink: Sink = async (bytes) => {
      if (!gzip.write(bytes)) {
        await Promise.race([once(gzip, 'drain'), written]);
      }
    };
    const all = write(sink).then(
      () => void gzip.end(),
      (error: Error) => {
        gzip.destroy(error);
        throw error;
      },
    );
    await Promise.all([all, written]);
    sync(draft);
    publish(draft, file);
  } finally {
    discard();
    process.off('exit', discard);
  }
}

function failedWrite(file: string, { message }: Error): never {
  throw new UserError(
    `${file}: ${message}. Nothing was written. Name a file where you may write and space is left.`,
  );
}

function sync(file: string): void {
  const descriptor = fs.openSync(file, 'r');
  fs.fsyncSync(descriptor);
  fs.closeSync(descriptor);
}

/** Gives a file its final name, and replaces no other file. */
function publish(draft: string, file: string): void {
  try {
    fs.linkSync(draft, file);
  } catch {
    if (fs.existsSync(file)) {
      throw new UserError(existsText(file));
    }
    // A file system without hard links, as that of many a USB disk.
    fs.renameSync(draft, file);
  }
}

export const existsText = (file: string): string =>
  `${file}: exists already, and a backup replaces no file: name another one.`;

/** A backup that exists, with its passphrase. */
export class EncryptedFile {
  private readonly decrypter = new Decrypter();

  constructor(
    private readonly file: string,
    passphrase: string,
  ) {
    this.decrypter.addPassphrase(passphrase);
  }

  /**
   * Reads the tar of a backup from its beginning.
   *
   * @param read reads the tar to its end
   * @throws UserError if the file cannot be read, has another passphrase, or is not as it was written; the errors of `read`
   */
  async read(read: (tar: AsyncIterable<Uint8Array>) => Promise<void>): Promise<void> {
    const source = fs.createReadStream(this.file);
    try {
      await once(source, 'open');
    } catch (error) {
      throw new UserError(`${this.file}: ${(error as Error).message}. Name the file of a backup.`);
    }
    const gunzip = createGunzip();
    try {
      const tar = await this.decrypter.decrypt(Readable.toWeb(source) as ReadableStream<Uint8Array>);
      const decrypted = Readable.fromWeb(tar as Parameters<typeof Readable.fromWeb>[0]);
      // Not pipeline(): a reader that stops early would hide the reason.
      decrypted.once('error', (error) => gunzip.destroy(error));
      decrypted.pipe(gunzip);
      await read(gunzip);
      await finished(decrypted);
    } catch (error) {
      throw error instanceof UserError ? error : new UserError(this.faultText(error as Error));
    } finally {
      source.destroy();
      gunzip.destroy();
    }
  }

  private faultText({ message }: Error): string {
    if (/no identity matched/.test(message)) {
      return `${this.file}: has another passphrase, or its first lines are damaged. Nothing was changed.`;
    }
    return (
      `${this.file}: is no backup, or not as it was written: ${message}. Nothing was changed. Use another copy of the file, or ` +
      'an older backup.'
    );
  }
}
