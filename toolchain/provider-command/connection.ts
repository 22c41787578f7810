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

/** How to reach one host, as a program gives it (defaults filled in by checkInputs). */
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

/** An SSH connection that can run commands and copy files; `close` also ends the one to its proxy. */
export interface Connection {
  client: Client;
  close(): void;
}

// The real provider's pace: sdk/go/common/util/retry.
const retryFirstMs = 100;
const retryGrowth = 1.5;
const retryLongestMs = 5000;

/** A peer that is silent this long is taken for gone (the real provider waits for ever): 4 questions, 15 s apart. */
const keepalive = { keepaliveInterval: 15_000, keepaliveCountMax: 4 };
/** How long a host that took the TCP connection may take to greet and log us in. */
const handshakeMs = 120_000;

const unlimited = -1;

function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The key in a form that ssh2 reads: PKCS#8 (what TLS tools write) becomes the older form of its kind. */
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
  // The SSH protocol tries each method once: with a key of its own, Go's client never comes to ask the agent.
  if (agent && host.privateKey === undefined) {
    config.agent = agent;
    methods.push('agent');
  }
  return { ...config, authHandler: methods };
}

function hostKeyCheck(host: HostInputs, tell: (mismatch: string) => void): ConnectConfig {
  if (host.hostKey === undefined) {
    return {};
  }
  const expected = utils.parseKey(host.hostKey);
  if (expected instanceof Error) {
    throw new Error(
      `failed to parse host key: ${expected.message}: give connection.hostKey as "TYPE BASE64"`,
    );
  }
  // One key type stands for several signatures: an RSA host key signs with SHA-2 nowadays.
  const signatures =
    expected.type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [expected.type];
  return {
    algorithms: { serverHostKey: signatures as ServerHostKeyAlgorithm[] },
    hostVerifier: (key: Buffer) => {
      const wanted = expected.getPublicSSH();
      if (wanted.equals(key)) {
        return true;
      }
      tell(
        `ssh: host key mismatch: it has ${fingerprint(key)}, connection.hostKey is ${fingerprint(wanted)}`,
      );
      return false;
    },
  };
}

/** Logs in over a stream that already reaches the host. */
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
          // Stays for the connection's life: an error after login also closes it, which is what its users watch.
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

/** Tries until it works, `limit` tries have failed and one more, or the operation is over. */
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
 * Connects as the real provider does: `dialErrorLimit` further tries after a failure (of whatever kind: a host that still
 * boots refuses logins too), one hop through `proxy` where given.
 * @throws Error that names the host and the last failure, never a key or a password.
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
