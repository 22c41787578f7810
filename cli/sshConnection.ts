import * as crypto from 'node:crypto';
import { Client, type ClientChannel, type ServerHostKeyAlgorithm } from 'ssh2';
import { UserError } from '../lib/userError';
import type { SshServer } from '../model';
import type { Remedies } from './provisioners';

/**
 * Connects to an SSH server and accepts only its known host key.
 *
 * @param label the server in messages: `undercloud`
 * @param through a forwarded connection to the server; absent: connects to the server's host and port
 * @throws UserError if the server does not answer, shows another host key, or refuses the private key
 */
export async function connect(
  label: string,
  server: SshServer,
  privateKey: Buffer,
  remedies: Remedies,
  through?: ClientChannel,
): Promise<Client> {
  const client = new Client();
  let shown: Buffer | undefined;
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve).once('error', reject);
    client.connect({
      ...(through ? { sock: through } : { host: server.host, port: server.port }),
      username: server.user,
      privateKey,
      hostVerifier: (key: Buffer) => {
        shown = key;
        return matches(server.hostKey, key);
      },
      ...(server.hostKey && { algorithms: { serverHostKey: signatures(server.hostKey) } }),
      keepaliveInterval: 15_000,
      readyTimeout: 20_000,
    });
  }).catch((error: Error & { level?: string }) => {
    if (shown && !matches(server.hostKey, shown)) {
      const keys = `it has the host key ${fingerprint(shown)}, and the known one is ${fingerprint(blobOf(server.hostKey))}`;
      throw unreachable(label, server, keys, remedies.otherHostKey);
    }
    const isRefused = error.level === 'client-authentication';
    throw unreachable(label, server, error.message, isRefused ? remedies.loginRefused : remedies.noAnswer);
  });
  return client;
}

/** Opens a connection from a bastion to the undercloud's SSH server. @throws UserError if the bastion cannot reach it */
export async function forward(
  bastion: Client,
  undercloud: SshServer,
  remedy: string,
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    bastion.forwardOut('127.0.0.1', 0, undercloud.host, undercloud.port, (error, channel) =>
      error ? reject(unreachable('undercloud', undercloud, error.message, remedy)) : resolve(channel),
    );
  });
}

function unreachable(
  label: string,
  { user, host, port }: SshServer,
  reason: string,
  remedy: string,
): UserError {
  return new UserError(`${label} ${user}@${host}:${port}: ${reason}. ${remedy}`);
}

/** Signature algorithms of the known host key's type: makes a server that has keys of several types show this one. */
function signatures(hostKey: string): ServerHostKeyAlgorithm[] {
  const type = hostKey.split(' ')[0] as ServerHostKeyAlgorithm;
  return type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', type] : [type];
}

/** Whether the key that a server shows is the known one. */
function matches(expected: string | undefined, key: Buffer): boolean {
  const wanted = blobOf(expected);
  return wanted.length === key.length && crypto.timingSafeEqual(wanted, key);
}

/** The bytes of a public key `ssh-ed25519 AAAA…`; none without a key. */
function blobOf(key = ''): Buffer {
  return Buffer.from(key.split(' ').find((word) => word.startsWith('AAAA')) ?? '', 'base64');
}

/** As `ssh-keygen -l` prints it; `unknown` of no key. */
function fingerprint(blob: Buffer): string {
  return blob.length > 0
    ? `SHA256:${crypto.createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
    : 'unknown';
}
