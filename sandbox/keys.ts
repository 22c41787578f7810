import * as fs from 'node:fs';
import type { SandboxPaths } from './paths';
import { undercloudName } from './plan';
import { run } from './run';

/** Creates the operator's and the undercloud's key pairs if they are missing. */
export async function ensureKeys(paths: SandboxPaths): Promise<void> {
  await ensureKey(paths.operatorKey, ['-t', 'ed25519', '-C', 'operator']);
  const rsa = ['-t', 'rsa', '-b', '3072', '-m', 'PEM'];
  await ensureKey(paths.undercloudKey, [...rsa, '-C', `stack@${undercloudName}`]);
}

async function ensureKey(file: string, kind: string[]): Promise<void> {
  if (fs.existsSync(file) && fs.existsSync(`${file}.pub`)) {
    return;
  }
  for (const half of [file, `${file}.pub`]) {
    fs.rmSync(half, { force: true });
  }
  await run('ssh-keygen', ['-q', ...kind, '-N', '', '-f', file]);
}

/** The public key beside a private one, as a line of authorized_keys. */
export function publicKey(file: string): string {
  return fs.readFileSync(`${file}.pub`, 'utf8').trim();
}
