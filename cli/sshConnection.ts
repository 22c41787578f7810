import * as crypto from 'node:crypto';
import { Client, type ClientChannel, type ServerHostKeyAlgorithm } from 'ssh2';
import { UserError } from '../lib/userError';
import type { SshServer } from '../model';

/**
 * Connects to an SSH server and accepts only its known host key.
 *
 * @param label the server in messages: `undercloud`
 * @param remedy what the user does if the connection fails
 * @param through a forwarded connection to the server; absent: connects to the server's host and port
 * @throws UserError if the server does not answer, shows another host key, or refuses the private key
 */
export async function connect(
  label: string,
  server: SshServer,
  privateKey: Buffer,
  remedy: string,
  through?: ClientChannel,
): Promise<Client> {
  const client = new Client();
  await new Promise<void>((resolve, reject) => {
    client.once('ready', resolve).once('error', reject);
    client.connect({
      ...(through ? { sock: through } : { host: server.host, port: server.port }),
      username: server.user,
      privateKey,
      hostVerifier: (key: Buffer) => matches(server.hostKey, key),
      ...(server.hostKey && { algorithms: { serverHostKey: signatures(server.hostKey) } }),
      keepaliveInterval: 15_000,
      readyTimeout: 20_000,
    });
  }).catch((error: Error) => {
    throw unreachable(label, server, error, remedy);
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
      error ? reject(unreachable('undercloud', undercloud, error, remedy)) : resolve(channel),
    );
  });
}

function unreachable(
  label: string,
  { user, host, port }: SshServer,
  error: Error,
  remedy: string,
): UserError {
  return new UserError(`${label} ${user}@${host}:${port}: ${error.message}. ${remedy}`);
}

/** Signature algorithms of the known host key's type: makes a server that has keys of several types show this one. */
function signatures(hostKey: string): ServerHostKeyAlgorithm[] {
  const type = hostKey.split(' ')[0] as ServerHostKeyAlgorithm;
  return type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', type] : [type];
}

/** Whether the key that a server shows is the known one. */
function matches(expected: string | undefined, key: Buffer): boolean {
  if (!expected) {
    return false;
  }
  const blob = expected.split(' ').find((word) => word.startsWith('AAAA')) ?? '';
  const wanted = Buffer.from(blob, 'base64');
  return wanted.length === key.length && crypto.timingSafeEqual(wanted, key);
}
