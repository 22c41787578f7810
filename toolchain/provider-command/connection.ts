import { createHash, createPrivateKey } from 'node:crypto';
import * as net from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  Client,
  type ClientErrorExtensions,
  type ConnectConfig,
  type ServerHostKeyAlgorithm,
  utils,
} from 'ssh2';
import { abortion, type Operation, reasonOf } from './operation';

/** One host of the input `connection`, with the defaults that checkInputs fills in. */
export interface HostInputs {
  host: string;
  port: number;
  user: string;
  password?: string;
  privateKey?: string;
  privateKeyPassword?: string;
  agentSocketPath?: string;
  dialErrorLimit: number;
  perDialTimeout: number;
  hostKey?: string;
}

export interface ConnectionInputs extends HostInputs {
  proxy?: HostInputs;
}

/** An SSH connection. `close` also closes the connection to its proxy. */
export interface Connection {
  client: Client;
  close(): void;
}

// As in the real provider: sdk/go/common/util/retry.
const retryFirstMs = 100;
const retryGrowth = 1.5;
const retryLongestMs = 5000;

/** A connection is lost after 4 unanswered keepalive requests, 15 s apart. (The real provider waits forever.) */
const keepalive = { keepaliveInterval: 15_000, keepaliveCountMax: 4 };
/** Time limit of SSH handshake and login, after the TCP connection is made. */
const handshakeMs = 120_000;

const unlimited = -1;

function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The key in a format that ssh2 reads: PKCS#8, which TLS tools write, is converted to PKCS#1 or SEC 1. */
function readablePrivateKey(key: string, passphrase?: string): { privateKey: string; passphrase?: string } {
  if (!/BEGIN (ENCRYPTED )?PRIVATE KEY/.test(key)) {
    return { privateKey: key, passphrase };
  }
  const parsed = createPrivateKey({ key, passphrase });
  const type = parsed.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1';
  return { privateKey: parsed.export({ type, format: 'pem' }).toString() };
}

function authentication(host: HostInputs): ConnectConfig {
  const agent = host.agentSocketPath ?? process.env.SSH_AUTH_SOCK;
  const config: ConnectConfig = {};
  const methods: ('publickey' | 'password' | 'keyboard-interactive' | 'agent')[] = [];
  if (host.privateKey !== undefined) {
    let key: ReturnType<typeof readablePrivateKey>;
    try {
      key = readablePrivateKey(host.privateKey, host.privateKeyPassword);
      const parsed = utils.parseKey(key.privateKey, key.passphrase);
      if (parsed instanceof Error) {
        throw parsed;
      }
    } catch (error) {
      const hint = 'give an OpenSSH or PEM private key, and privateKeyPassword if it is encrypted';
      throw new Error(`connection.privateKey cannot be read (${(error as Error).message}): ${hint}`);
    }
    Object.assign(config, key);
    methods.push('publickey');
  }
  if (host.password !== undefined) {
    config.password = host.password;
    config.tryKeyboard = true;
    methods.push('password', 'keyboard-interactive');
  }
  // Go's client does not ask the agent if there is a private key: it tries the method `publickey` once.
  if (agent && host.privateKey === undefined) {
    config.agent = agent;
    methods.push('agent');
  }
  return { ...config, authHandler: methods };
}

function hostKeyCheck(host: HostInputs, onMismatch: (text: string) => void): ConnectConfig {
  if (host.hostKey === undefined) {
    return {};
  }
  const expected = utils.parseKey(host.hostKey);
  if (expected instanceof Error) {
    throw new Error(
      `failed to parse host key: ${expected.message}: give connection.hostKey as "TYPE BASE64"`,
    );
  }
  // An RSA host key has several signature algorithms.
  const signatures =
    expected.type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [expected.type];
  return {
    algorithms: { serverHostKey: signatures as ServerHostKeyAlgorithm[] },
    hostVerifier: (key: Buffer) => {
      const wanted = expected.getPublicSSH();
      if (wanted.equals(key)) {
        return true;
      }
      onMismatch(
        `ssh: host key mismatch: it has ${fingerprint(key)}, connection.hostKey is ${fingerprint(wanted)}`,
      );
      return false;
    },
  };
}

/** Logs in over a stream to the host's SSH port. */
async function login(
  host: HostInputs,
  sock: Duplex,
  config: ConnectConfig,
  signal: AbortSignal,
): Promise<Client> {
  let mismatch: string | undefined;
  const client = new Client();
  const aborted = abortion(signal);
  try {
    await Promise.race([
      aborted.rejected,
      new Promise<void>((resolve, reject) => {
        client
          .once('ready', resolve)
          .on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
            finish(prompts.map(() => host.password ?? ''));
          })
          // Also handles errors after the login: they close the connection, and its users listen for the close.
          .on('error', (error: Error & ClientErrorExtensions) =>
            reject(new Error(mismatch ?? explain(error))),
          )
          .once('close', () =>
            reject(new Error(mismatch ?? 'ssh: handshake failed: the connection was closed')),
          )
          .connect({
            ...config,
            ...hostKeyCheck(host, (text) => (mismatch = text)),
            ...keepalive,
            username: host.user,
            readyTimeout: handshakeMs,
            sock,
          });
      }),
    ]);
    return client;
  } catch (error) {
    client.destroy();
    sock.destroy();
    throw error;
  } finally {
    aborted.release();
  }
}

function explain(error: Error & ClientErrorExtensions): string {
  if (error.level === 'client-authentication') {
    return 'ssh: handshake failed: ssh: unable to authenticate';
  }
  return `ssh: ${error.message}`;
}

function dialTcp(host: HostInputs, signal: AbortSignal): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: host.host, port: host.port });
    const fail = (error: Error): void => {
      socket.destroy();
      signal.removeEventListener('abort', onAbort);
      reject(error);
    };
    const onAbort = (): void => fail(reasonOf(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    socket.setTimeout(host.perDialTimeout * 1000, () => fail(new Error('i/o timeout')));
    socket.once('error', fail);
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', fail);
      socket.setTimeout(0).setNoDelay(true).setKeepAlive(true, keepalive.keepaliveInterval);
      resolve(socket);
    });
  });
}

function dialThrough(proxy: Client, host: HostInputs): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    proxy.forwardOut('127.0.0.1', 0, host.host, host.port, (error, stream) => {
      if (error) {
        reject(error);
      } else {
        resolve(stream);
      }
    });
  });
}

/** Repeats `attempt` until it succeeds, `limit` + 1 attempts have failed, or the operation has expired. */
async function retrying<T>(
  what: string,
  limit: number,
  operation: Operation,
  attempt: () => Promise<T>,
): Promise<T> {
  const { expired, log } = operation;
  for (let failures = 0, wait = retryFirstMs; ; wait = Math.min(wait * retryGrowth, retryLongestMs)) {
    if (expired.aborted) {
      throw reasonOf(expired);
    }
    try {
      return await attempt();
    } catch (error) {
      if (expired.aborted) {
        throw reasonOf(expired);
      }
      if (limit > unlimited && failures >= limit) {
        throw new Error(`after ${failures} failed attempts: ${(error as Error).message}`);
      }
      failures += 1;
      log.status(`${what} ${failures}/${limit === unlimited ? 'inf' : limit} failed: retrying`);
    }
    await sleep(wait, undefined, { signal: expired }).catch(() => undefined);
  }
}

/**
 * Connects as the real provider does: through `proxy` if given, with `dialErrorLimit` retries after any failure. (A host that
 * boots also refuses logins.)
 *
 * @throws Error that names the host and the last failure, never a key or a password
 */
export async function dial(inputs: ConnectionInputs, operation: Operation): Promise<Connection> {
  const { proxy } = inputs;
  const target = net.isIPv6(inputs.host)
    ? `[${inputs.host}]:${inputs.port}`
    : `${inputs.host}:${inputs.port}`;
  const config = authentication(inputs);
  const named = (error: unknown, prefix: string): Error => new Error(`${prefix}${(error as Error).message}`);

  if (!proxy) {
    const client = await retrying('Dial', inputs.dialErrorLimit, operation, async () => {
      return login(inputs, await dialTcp(inputs, operation.expired), config, operation.expired);
    }).catch((error: unknown) => {
      throw named(error, `connecting to ${inputs.user}@${target}: `);
    });
    return { client, close: () => client.end() };
  }

  let bastion: Client | undefined;
  try {
    const proxyConfig = authentication(proxy);
    const through = await retrying('Dial proxy', proxy.dialErrorLimit, operation, async () => {
      return login(proxy, await dialTcp(proxy, operation.expired), proxyConfig, operation.expired);
    });
    bastion = through;
    const client = await retrying('Dial from proxy', inputs.dialErrorLimit, operation, async () => {
      return login(inputs, await dialThrough(through, inputs), config, operation.expired);
    });
    client.once('close', () => through.end());
    return { client, close: () => client.end() };
  } catch (error) {
    bastion?.end();
    throw named(
      error,
      `connecting to ${inputs.user}@${target} by way of ${proxy.user}@${proxy.host}: proxy: `,
    );
  }
}
