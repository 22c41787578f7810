import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import { Client } from 'ssh2';
import { endpoint } from '../sandbox';
import type { LabContext } from './context';
import { UserError } from './context';
import { quote } from '../components/shell';

/** Where and as whom the undercloud is reached. */
export interface Endpoint {
  host: string;
  port: number;
  user: string;
  hostKey?: string;
  privateKeyFile?: string;
}

/**
 * The endpoint of a lab's undercloud: the lab file's, completed by the sandbox where the lab stands on one.
 *
 * @throws UserError if there is nothing yet to connect to, or with.
 */
export function reachableEndpoint(context: LabContext): Endpoint & { privateKeyFile: string } {
  const target: Endpoint =
    context.lab.provisioner === 'sandbox' ? endpoint(context.lab) : context.plan.undercloud;
  const { privateKeyFile } = target;
  if (!privateKeyFile || !fs.existsSync(privateKeyFile)) {
    throw new UserError(
      `undercloud of lab ${context.name}: there is no private key ${privateKeyFile ?? 'named'}. Bring the lab up: ./dcn up`,
    );
  }
  return { ...target, privateKeyFile };
}

/** A connection to the undercloud that runs the kit's verbs. */
export class KitShell {
  private constructor(
    private readonly client: Client,
    private readonly kit: string,
  ) {}

  /** Connects with the host key pinned. @throws UserError that says what could not be reached and what to do. */
  static async connect(context: LabContext): Promise<KitShell> {
    const target = reachableEndpoint(context);
    const client = new Client();
    await new Promise<void>((resolve, reject) => {
      client
        .once('ready', resolve)
        .once('error', (error) =>
          reject(
            new UserError(
              `undercloud ${target.user}@${target.host}:${target.port}: ${error.message}. Is the lab up? ./dcn up`,
            ),
          ),
        )
        .connect({
          host: target.host,
          port: target.port,
          username: target.user,
          privateKey: fs.readFileSync(target.privateKeyFile),
          hostVerifier: (key: Buffer) => matches(target.hostKey, key),
          keepaliveInterval: 15_000,
          readyTimeout: 20_000,
        });
    });
    return new KitShell(client, `${context.plan.undercloud.directory}/kit`);
  }

  /**
   * Runs `kit ARGS…` and gives its standard output; each line of its standard error goes to `onLine`.
   *
   * @throws UserError with the kit's message if it exits other than 0.
   */
  async run(
    args: string[],
    options: { stdin?: string; onLine?: (line: string) => void } = {},
  ): Promise<string> {
    const command = ['python3', this.kit, ...args].map(quote).join(' ');
    return new Promise((resolve, reject) => {
      this.client.exec(command, (error, channel) => {
        if (error) {
          reject(error);
          return;
        }
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
          if (code === 0) {
            resolve(stdout);
          } else {
            reject(
              new UserError(
                [...lines, rest].filter(Boolean).slice(-30).join('\n') || `kit ${args[0]}: exit ${code}`,
              ),
            );
          }
        });
        channel.end(options.stdin ?? '');
      });
    });
  }

  /** `run`, its standard output read as JSON. */
  async json<T>(args: string[], onLine?: (line: string) => void): Promise<T> {
    return JSON.parse(await this.run(args, onLine ? { onLine } : {})) as T;
  }

  close(): void {
    this.client.end();
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

function matches(expected: string | undefined, key: Buffer): boolean {
  if (!expected) {
    return false;
  }
  const blob = expected.split(' ').find((word) => word.startsWith('AAAA')) ?? '';
  const wanted = Buffer.from(blob, 'base64');
  return wanted.length === key.length && crypto.timingSafeEqual(wanted, key);
}
