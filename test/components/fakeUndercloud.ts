import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import { type Connection, type SFTPWrapper, Server, utils } from 'ssh2';

/** A verb of the kit that somebody ran over SSH. */
export interface Call {
  /** `job run`, `stores register`, … */
  verb: string;
  command: string;
  stdin: string;
}

/**
 * Stands in for an undercloud: a real SSH server on this machine that takes files by SFTP, and answers each verb of the
 * kit as the kit does when all goes well, without doing anything.
 */
export class FakeUndercloud {
  readonly calls: Call[] = [];
  /** Verbs (as in `Call`) that fail, with what they print. */
  readonly failing = new Map<string, string>();
  connections = 0;
  readonly hostKey: string;
  readonly privateKey: string;
  private readonly server: Server;

  constructor() {
    const host = utils.generateKeyPairSync('ed25519');
    const user = utils.generateKeyPairSync('ed25519');
    this.hostKey = host.public.split(' ').slice(0, 2).join(' ');
    this.privateKey = user.private;
    this.server = new Server({ hostKeys: [host.private] }, (client) => this.serve(client));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private serve(client: Connection): void {
    this.connections += 1;
    client.on('error', () => undefined);
    client.on('authentication', (context) => context.accept());
    client.on('session', (accept) => {
      const session = accept();
      session.on('sftp', (acceptSftp) => serveFiles(acceptSftp()));
      session.on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec();
        let stdin = '';
        channel.on('data', (data: Buffer) => (stdin += data.toString('utf8')));
        channel.on('end', () => {
          const verb = /kit (\S+(?: (?!dcn\d)\S+)?)/.exec(command)?.[1] ?? command;
          this.calls.push({ verb, command, stdin });
          const failure = this.failing.get(verb);
          channel.stderr.write(failure ?? `${verb}: nothing to do\n`);
          channel.write(`${JSON.stringify(answer(stdin))}\n`);
          channel.exit(failure === undefined ? 0 : 1);
          channel.end();
        });
      });
    });
  }
}

/** What the kit prints for a document when all went well. */
function answer(stdin: string): object {
  const results = /^results:\n((?: {2}- .*\n)*)/m.exec(stdin)?.[1] ?? '';
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const name = /^name: (.*)$/m.exec(stdin)?.[1] ?? 'none';
  const store = /^store: (.*)$/m.exec(stdin)?.[1] ?? 'none';
  return {
    digests: Object.fromEntries([...results.matchAll(/- (.*)/g)].map(([, file]) => [file, sha256(String(file))])),
    store,
    cluster: store,
    images: { [name]: { id: '2f6f1f1e-3c1a-4b0e-9a52-6f0d3f1f6a11' } },
  };
}

/** The few SFTP requests that copying a folder takes. */
function serveFiles(sftp: SFTPWrapper): void {
  const { STATUS_CODE } = utils.sftp;
  const done = (id: number, work: () => void): void => {
    try {
      work();
      sftp.status(id, STATUS_CODE.OK);
    } catch (error) {
      sftp.status(id, (error as NodeJS.ErrnoException).code === 'ENOENT' ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE);
    }
  };
  const handle = (descriptor: number): Buffer => {
    const buffer = Buffer.alloc(4);
    buffer.writeUInt32BE(descriptor);
    return buffer;
  };
  const stat = (id: number, file: string): void => {
    if (!fs.existsSync(file)) {
      sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
      return;
    }
    const { mode, uid, gid, size, atimeMs, mtimeMs } = fs.statSync(file);
    sftp.attrs(id, { mode, uid, gid, size, atime: atimeMs / 1000, mtime: mtimeMs / 1000 });
  };
  sftp.on('STAT', stat);
  sftp.on('LSTAT', stat);
  sftp.on('MKDIR', (id, folder) => done(id, () => fs.mkdirSync(folder)));
  sftp.on('SETSTAT', (id) => done(id, () => undefined));
  sftp.on('FSETSTAT', (id) => done(id, () => undefined));
  sftp.on('OPEN', (id, file) => sftp.handle(id, handle(fs.openSync(file, 'w'))));
  sftp.on('WRITE', (id, buffer, offset, data) =>
    done(id, () => void fs.writeSync(buffer.readUInt32BE(0), data, 0, data.length, offset)),
  );
  sftp.on('CLOSE', (id, buffer) => done(id, () => fs.closeSync(buffer.readUInt32BE(0))));
}
