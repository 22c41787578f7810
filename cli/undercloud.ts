import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import { Client, type ClientChannel, type ServerHostKeyAlgorithm } from 'ssh2';
import { type KitCommand, type KitVerb, readAnswer } from '../kit/verbs';
import { quote } from '../lib/quote';
import { UserError } from '../lib/userError';
import type { SshServer } from '../model';
import type { LabContext } from './context';
import { reachableEndpoint } from './endpoint';

/** How a call of the kit is followed. */
export interface CallOptions {
  /** Gets each line of the kit's standard error. */
  onLine?: (line: string) => void;
  /**
   * Keeps the kit's standard input open until it is aborted. A verb that must not outlive its caller takes the end of its
   * input for an interruption; the call still waits for the verb to clean up.
   */
  stop?: AbortSignal;
}

/** A connection to the undercloud that runs the kit's verbs. */
export class KitShell {
  private constructor(
    private readonly client: Client,
    private readonly kit: string,
    private readonly gate?: Client,
  ) {}

  /** Connects with the host key pinned. @throws UserError that says what could not be reached and what to do. */
  static async connect(context: LabContext): Promise<KitShell> {
    const { bastion, privateKeyFile, ...undercloud } = await reachableEndpoint(context);
    const key = fs.readFileSync(privateKeyFile);
    const gate = bastion && (await connected('bastion', bastion, key));
    try {
      const through = gate && (await forwarded(gate, undercloud));
      const client = await connected('undercloud', undercloud, key, through);
      return new KitShell(client, `${context.plan.undercloud.directory}/kit`, gate);
    } catch (error) {
      gate?.end();
      throw error;
    }
  }

  /**
   * Runs a verb of the kit and gives its answer.
   *
   * @throws UserError with the kit's message if the verb fails, or if the answer has not the shape of the contract
   */
  ask<Answer>(verb: KitVerb<undefined, Answer>, options?: CallOptions): Promise<Answer>;
  ask<Document extends object, Answer>(
    verb: KitVerb<Document, Answer>,
    options: CallOptions & { document: Document },
  ): Promise<Answer>;
  async ask<Answer>(
    verb: KitVerb<unknown, Answer>,
    { document, ...options }: CallOptions & { document?: object } = {},
  ): Promise<Answer> {
    const printed = await this.run(verb, document && JSON.stringify(document), options);
    const result = readAnswer(printed, verb.answer);
    if (result.fault !== undefined) {
      throw new UserError(`kit ${verb.words.join(' ')}: ${result.fault}`);
    }
    return result.answer;
  }

  /** Runs a command of the kit and gives its standard output, a text for people. @throws UserError as `ask` */
  text(command: KitCommand, options: CallOptions = {}): Promise<string> {
    return this.run(command, undefined, options);
  }

  private async run(command: KitCommand, stdin: string | undefined, options: CallOptions): Promise<string> {
    return new Promise((resolve, reject) => {
      this.client.exec(this.commandText(command), (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
        const interrupt = (): void => void channel.end();
        options.stop?.addEventListener('abort', interrupt);
        let stdout = '';
        let rest = '';
        const lines: string[] = [];
        channel.on('data', (data: Buffer) => (stdout += data.toString('utf8')));
        channel.stderr.on('data', (data: Buffer) => {
          const parts = (rest + data.toString('utf8')).split('\n');
          rest = parts.pop() as string;
          for (const line of parts) {
            lines.push(line);
            options.onLine?.(line);
          }
        });
        channel.on('close', (code: number | null) => {
          options.stop?.removeEventListener('abort', interrupt);
          if (code === 0) {
            resolve(stdout);
          } else {
            reject(
              new UserError(
                [...lines, rest].filter(Boolean).slice(-30).join('\n') ||
                  `kit ${command.words[0]}: exit ${code}`,
              ),
            );
          }
        });
        if (options.stop) {
          channel.write(`${stdin ?? ''}\n...\n`);
        } else {
          channel.end(stdin ?? '');
        }
      });
    });
  }

  /** Starts a command of the kit that runs until this shell is closed; resolves when the command has printed something. */
  async hold(command: KitCommand): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.client.exec(this.commandText(command), (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
        let stderr = '';
        channel.once('data', () => resolve());
        channel.stderr.on('data', (data: Buffer) => (stderr += data.toString('utf8')));
        channel.on('close', () =>
          reject(new UserError(stderr.trim() || `kit ${command.words.join(' ')} ended`)),
        );
      });
    });
  }

  private commandText({ words }: KitCommand): string {
    return ['python3', this.kit, ...words].map(quote).join(' ');
  }

  close(): void {
    this.client.end();
    this.gate?.end();
  }
}

/** Connects, hands the shell to `work`, closes. */
export async function withKit<T>(context: LabContext, work: (kit: KitShell) => Promise<T>): Promise<T> {
  const kit = await KitShell.connect(context);
  try {
    return await work(kit);
  } finally {
    kit.close();
  }
}

/** A client that is logged in, by way of `through` if that is given. @throws UserError */
async function connected(
  what: string,
  hop: SshServer,
  privateKey: Buffer,
  through?: ClientChannel,
): Promise<Client> {
  const client = new Client();
  await new Promise<void>((resolve, reject) => {
    client
      .once('ready', resolve)
      .once('error', (error) => reject(unreachable(what, hop, error)))
      .connect({
        ...(through ? { sock: through } : { host: hop.host, port: hop.port }),
        username: hop.user,
        privateKey,
        hostVerifier: (key: Buffer) => matches(hop.hostKey, key),
        ...(hop.hostKey && { algorithms: { serverHostKey: signatures(hop.hostKey) } }),
        keepaliveInterval: 15_000,
        readyTimeout: 20_000,
      });
  });
  return client;
}

/** A connection from a bastion to the undercloud's SSH server. @throws UserError */
async function forwarded(gate: Client, undercloud: SshServer): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    gate.forwardOut('127.0.0.1', 0, undercloud.host, undercloud.port, (error, channel) =>
      error ? reject(unreachable('undercloud', undercloud, error)) : resolve(channel),
    );
  });
}

function unreachable(what: string, { user, host, port }: SshServer, error: Error): UserError {
  return new UserError(`${what} ${user}@${host}:${port}: ${error.message}. Is the lab up? ./dcn up`);
}

/** A server that has keys of several types must show the one that is known. */
function signatures(hostKey: string): ServerHostKeyAlgorithm[] {
  const type = hostKey.split(' ')[0] as ServerHostKeyAlgorithm;
  return type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', type] : [type];
}

function matches(expected: string | undefined, key: Buffer): boolean {
  if (!expected) {
    return false;
  }
  const blob = expected.split(' ').find((word) => word.startsWith('AAAA')) ?? '';
  const wanted = Buffer.from(blob, 'base64');
  return wanted.length === key.length && crypto.timingSafeEqual(wanted, key);
}
