import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { type Connection, type SFTPWrapper, Server, type ServerChannel, utils } from 'ssh2';
import { TestUndercloud, python } from '../kit/undercloud';
import { ed25519KeyPair } from '../toolchain/keys';

/** A command that came over SSH. */
export interface Call {
  /** The kit's verb, such as `job run` or `stores register`. */
  verb: string;
  command: string;
  stdin: string;
  /** Standard error so far. */
  stderr: string;
}

/** Records the host keys that the nodes of the fake ssh show. */
const nodesWait = `document=$(cat)
site=dcn/dev/$(echo "$document" | sed -n 's/^site: //p')
mkdir -p $site
echo "$document" | sed -n 's/^ *address: \\(.*\\)/\\1 ssh-ed25519 AAAAshown/p' >$site/known_hosts
echo '{"hosts":{}}'`;

/** Shell commands that run instead of the verbs that need real hosts, a real undercloud or a real Glance. */
export const standIns: Record<string, string> = {
  check: "echo '{}'",
  'nodes wait': nodesWait,
  'nodes drain': `echo '{"drained":[]}'`,
  'site check': `sed -n 's/^site: \\(.*\\)/{"site": "\\1"}/p'`,
  'stores withdraw': "rm -f dcn/dev/stores/$(sed -n 's/^store: //p').json; echo '{}'",
};

/**
 * A stand-in for an undercloud: an SSH server on this machine that runs the real kit with a fake `openstack`. For the verbs
 * in `standIns` it runs the commands there instead.
 */
export class FakeUndercloud {
  readonly calls: Call[] = [];
  connections = 0;
  /** The most connections that were open at a time, and the most of these that had not logged in yet. */
  readonly most = { open: 0, strangers: 0 };
  private open = 0;
  private strangers = 0;
  readonly kit = new TestUndercloud([]);
  readonly hostKey: string;
  readonly privateKey: string;
  private readonly server: Server;

  /** @param instead shell commands that run instead of verbs */
  constructor(private readonly instead: Record<string, string> = standIns) {
    const host = ed25519KeyPair();
    this.hostKey = host.public.split(' ').slice(0, 2).join(' ');
    this.privateKey = ed25519KeyPair().private;
    this.server = new Server({ hostKeys: [host.private] }, (client) => this.serve(client));
    this.kit.behave(writesItsResults);
  }

  /** @returns the port */
  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    await this.kit.close();
  }

  private serve(client: Connection): void {
    this.connections += 1;
    this.open += 1;
    this.strangers += 1;
    this.most.open = Math.max(this.most.open, this.open);
    this.most.strangers = Math.max(this.most.strangers, this.strangers);
    let isStranger = true;
    const known = (): void => {
      this.strangers -= Number(isStranger);
      isStranger = false;
    };
    client.on('error', () => undefined);
    client.on('ready', known);
    client.on('close', () => {
      known();
      this.open -= 1;
    });
    client.on('authentication', (context) => context.accept());
    client.on('session', (accept) => {
      const session = accept();
      session.on('sftp', (acceptSftp) => serveFiles(acceptSftp()));
      session.on('exec', (acceptExec, _reject, { command }) => this.run(acceptExec(), command));
    });
  }

  private run(channel: ServerChannel, command: string): void {
    const verb =
      /kit(?:s\/\w+)? ([a-z-]+(?: (?:run|undo|wait|drain|check|close|announce|record|register|withdraw|ensure|restore))?)/.exec(
        command,
      )?.[1] ?? '';
    const call = { verb, command, stdin: '', stderr: '' };
    this.calls.push(call);
    const child = spawn('/bin/sh', ['-c', this.instead[verb] ?? command], {
      cwd: this.kit.home,
      env: { HOME: this.kit.home, PATH: `${path.dirname(python())}:${process.env.PATH}` },
    });
    channel.on('data', (data: Buffer) => (call.stdin += data.toString('utf8')));
    channel.pipe(child.stdin);
    child.stdin.on('error', () => undefined);
    child.stdout.on('data', (data: Buffer) => channel.write(data));
    child.stderr.on('data', (data: Buffer) => {
      call.stderr += data.toString('utf8');
      channel.stderr.write(data);
    });
    child.on('close', (code) => {
      channel.exit(code ?? 255);
      channel.end();
    });
  }
}

/** Behaviour of the fake `openstack`: it writes the files that the verb's options name. */
export const writesItsResults = `
words=("$@")
for ((i = 0; i < \${#words[@]}; i++)); do
  case \${words[i]} in
    --output | -o | --output-file) printf -- '- name: Role\\n  networks: {}\\n' >"\${words[i + 1]}" ;;
  esac
done
`;

/** Answers the SFTP requests that copy a folder. */
function serveFiles(sftp: SFTPWrapper): void {
  const { STATUS_CODE } = utils.sftp;
  const done = (id: number, work: () => void): void => {
    try {
      work();
      sftp.status(id, STATUS_CODE.OK);
    } catch (error) {
      sftp.status(
        id,
        (error as NodeJS.ErrnoException).code === 'ENOENT' ? STATUS_CODE.NO_SUCH_FILE : STATUS_CODE.FAILURE,
      );
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
