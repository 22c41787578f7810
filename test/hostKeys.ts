import * as crypto from 'node:crypto';

/** A whole public ed25519 key as a host has it, another one for each name: `ssh-ed25519 AAAA…`. */
export function hostKeyOf(host: string): string {
  const key = crypto.createHash('sha256').update(host).digest();
  return publicKey('ssh-ed25519', key);
}

/** A public key of a type, with the given parts after the type in its blob. */
export function publicKey(type: string, ...parts: (Buffer | string)[]): string {
  const blob = [type, ...parts].map((part) => {
    const bytes = Buffer.from(part as string);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  return `${type} ${Buffer.concat(blob).toString('base64')}`;
}
