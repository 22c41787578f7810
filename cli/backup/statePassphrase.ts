import { createDecipheriv, pbkdf2Sync } from 'node:crypto';
import * as fs from 'node:fs';
import type { StackState } from './stackStates';

/** A passphrase of the state, and where it is. */
export interface StatePassphrase {
  text: string;
  place: string;
}

/**
 * The passphrase that Pulumi takes from its environment: the variable before the file (pulumi/pkg/secrets/passphrase/manager.go).
 *
 * @throws Error if the file cannot be read
 */
export function passphraseIn(env: NodeJS.ProcessEnv): StatePassphrase {
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: file = '' } = env;
  return text === undefined
    ? { text: fs.readFileSync(file, 'utf8').trim(), place: file }
    : { text, place: 'PULUMI_CONFIG_PASSPHRASE' };
}

/** A line if the passphrase does not open stacks, or cannot be read. Stacks whose key is in a cloud need none. */
export function passphraseFaults(
  states: Map<string, StackState>,
  passphrase: () => StatePassphrase,
): string[] {
  const salts = [...states].flatMap(([stack, { salt }]) => (salt === undefined ? [] : [{ stack, salt }]));
  if (salts.length === 0) {
    return [];
  }
  try {
    const { text, place } = passphrase();
    const isOpened = new Map(
      [...new Set(salts.map(({ salt }) => salt))].map((salt) => [salt, isPassphraseOf(text, salt)]),
    );
    const closed = salts.filter(({ salt }) => !isOpened.get(salt)).map(({ stack }) => stack);
    return closed.length === 0 ? [] : [wrongText(place, closed)];
  } catch (error) {
    return [`passphrase of the state: ${(error as Error).message}. Name a file that you may read`];
  }
}

const wrongText = (place: string, [first, ...others]: string[]): string =>
  `passphrase of the state: ${place} does not open stack ${first}${others.length > 0 ? ` and ${others.length} more` : ''}: set ` +
  'PULUMI_CONFIG_PASSPHRASE_FILE to the file with the passphrase that the stacks were made with';

/**
 * Whether a passphrase is that of a stack.
 *
 * @param salt Pulumi's `encryptionsalt`, `v1:SALT:v1:NONCE:TEXT`: TEXT is the word "pulumi", encrypted by AES-256-GCM with the key that
 * PBKDF2 derives from passphrase and salt (pulumi/sdk/go/common/resource/config/crypt.go)
 */
function isPassphraseOf(passphrase: string, salt: string): boolean {
  const [, keySalt, , nonce, encrypted] = salt.split(':').map((part) => Buffer.from(part, 'base64'));
  if (!keySalt || !nonce || !encrypted) {
    return false;
  }
  const key = pbkdf2Sync(passphrase, keySalt, 1_000_000, 32, 'sha256');
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAuthTag(encrypted.subarray(-16));
  try {
    return (
      Buffer.concat([decipher.update(encrypted.subarray(0, -16)), decipher.final()]).toString() === 'pulumi'
    );
  } catch {
    return false;
  }
}
