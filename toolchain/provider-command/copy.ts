import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { promisify } from 'node:util';
import type { SFTPWrapper, Stats } from 'ssh2';
import { type ConnectionInputs, dial } from './connection';
import { abortion, type Operation } from './operation';
import type { Asset } from './values';

/** Files of a folder that are copied in parallel: enough to hide the round trips of small files. */
const filesAtOnce = 8;

const sftpNoSuchFile = 2;

/** File operations on the host. */
class RemoteFiles {
  constructor(private readonly sftp: SFTPWrapper) {}

  /** Undefined if the path does not exist. */
  stat(remote: string): Promise<Stats | undefined> {
    return new Promise((resolve, reject) => {
      this.sftp.stat(remote, (error, stats) => {
        if (!error) {
          resolve(stats);
        } else if ((error as Error & { code?: number }).code === sftpNoSuchFile) {
          resolve(undefined);
        } else {
          reject(new Error(`failed to stat remote path ${remote}: ${error.message}`));
        }
      });
    });
  }

  async makeFolder(remote: string): Promise<void> {
    const existing = await this.stat(remote);
    if (existing?.isDirectory()) {
      return;
    }
    if (existing) {
      throw new Error(`remote path ${remote} exists but is not a directory`);
    }
    const parent = path.posix.dirname(remote);
    if (parent !== remote) {
      await this.makeFolder(parent);
    }
    await promisify((done: (error: unknown) => void) => this.sftp.mkdir(remote, done))().catch(
      async (error: unknown) => {
        // Another process may have created it meanwhile.
        if ((await this.stat(remote))?.isDirectory()) {
          return;
        }
        throw new Error(`failed to create remote directory ${remote}: ${(error as Error).message}`);
      },
    );
  }

  async writeText(text: string, remote: string): Promise<void> {
    await promisify((done: (error: unknown) => void) => this.sftp.writeFile(remote, text, done))().catch(
      (error: unknown) => {
        throw new Error(`failed to write text content to remote path ${remote}: ${(error as Error).message}`);
      },
    );
  }

  async putFile(local: string, remote: string): Promise<void> {
    await promisify((done: (error: unknown) => void) => this.sftp.fastPut(local, remote, done))().catch(
      (error: unknown) => {
        throw new Error(`failed to copy file ${local} to remote path ${remote}: ${(error as Error).message}`);
      },
    );
  }

  /** Copies the contents of a local folder into an existing remote folder. */
  async putFolder(local: string, remote: string): Promise<void> {
    const entries = await fs.readdir(local, { withFileTypes: true });
    const files: string[] = [];
    for (const entry of entries) {
      if (!entry.isDirectory()) {
        files.push(entry.name);
      } else {
        await this.makeFolder(path.posix.join(remote, entry.name));
        await this.putFolder(path.join(local, entry.name), path.posix.join(remote, entry.name));
      }
    }
    const next = async (): Promise<void> => {
      for (let name = files.pop(); name !== undefined; name = files.pop()) {
        await this.putFile(path.join(local, name), path.posix.join(remote, name));
      }
    };
    await Promise.all(Array.from({ length: filesAtOnce }, next));
  }
}

async function copyText(files: RemoteFiles, text: string, remote: string): Promise<void> {
  if ((await files.stat(remote))?.isDirectory()) {
    throw new Error(
      `remote path ${remote} is a directory; when using a text asset, remotePath must be a file path`,
    );
  }
  await files.makeFolder(path.posix.dirname(remote));
  await files.writeText(text, remote);
}

/**
 * Copies a local file or folder to these paths:
 *
 * | source  | remote is a folder   | remote does not exist | remote is a file |
 * |---------|----------------------|-----------------------|------------------|
 * | `dir`   | remote/dir           | remote/dir            | refused          |
 * | `dir/`  | remote, added to it  | remote                | refused          |
 * | `file`  | remote/file          | remote                | overwritten      |
 */
async function copyPath(files: RemoteFiles, local: string, remote: string): Promise<void> {
  const existing = await files.stat(remote);
  if ((await fs.stat(local)).isDirectory()) {
    await files.makeFolder(remote);
    const into = local.endsWith('/') ? remote : path.posix.join(remote, path.basename(local));
    await files.makeFolder(into);
    await files.putFolder(local, into);
  } else if (existing?.isDirectory()) {
    await files.putFile(local, path.posix.join(remote, path.basename(local)));
  } else {
    if (!existing) {
      await files.makeFolder(path.posix.dirname(remote));
    }
    await files.putFile(local, remote);
  }
}

/** Copies an asset or archive, which has a path or a text (checked by `checkSource`), to a path on the host. */
export async function copyToRemote(
  inputs: { connection: ConnectionInputs; remotePath: string },
  source: Asset,
  operation: Operation,
): Promise<void> {
  const connection = await dial(inputs.connection, operation);
  const cancelled = abortion(operation.cancelled);
  try {
    const lost = new Promise<never>((_resolve, reject) => {
      connection.client.once('close', () => reject(new Error('the connection was lost while copying')));
    });
    lost.catch(() => undefined);
    const copied = promisify((done: (error: Error | undefined, sftp: SFTPWrapper) => void) => {
      connection.client.sftp(done);
    })().then((sftp) => {
      const files = new RemoteFiles(sftp);
      if (source.path !== undefined) {
        return copyPath(files, source.path, inputs.remotePath);
      }
      return copyText(files, source.text ?? '', inputs.remotePath);
    });
    copied.catch(() => undefined);
    await Promise.race([copied, lost, cancelled.rejected]);
  } finally {
    cancelled.release();
    connection.close();
    await operation.log.flushed();
  }
}
