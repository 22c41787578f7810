import * as z from 'zod';

/** Lengths of what follows the type in the blob of a public key: one of each part; undefined: any length (RFC 8709, 5656, 4253). */
const parts: Record<string, (number | undefined)[]> = {
  'ssh-ed25519': [32],
  'ecdsa-sha2-nistp256': ['nistp256'.length, 65],
  'ecdsa-sha2-nistp384': ['nistp384'.length, 97],
  'ecdsa-sha2-nistp521': ['nistp521'.length, 133],
  'ssh-rsa': [undefined, undefined],
};

const pattern = new RegExp(`^(${Object.keys(parts).join('|')}) [A-Za-z0-9+/]+={0,2}$`);

/** Whether a text is a whole public key of an SSH host. */
export function isHostKey(text: string): boolean {
  return pattern.test(text) && isWhole(text);
}

/** A public key of an SSH host, `<type> <base64>`, of a type that OpenSSH makes for hosts, and whole. */
export function hostKey(): z.ZodString {
  return z
    .string()
    .refine(
      isHostKey,
      'is not a whole public host key of type ed25519, ecdsa or rsa',
    )
    .meta({
      pattern: pattern.source,
      patternErrorMessage:
        'Write all that `ssh-keyscan -t ed25519 HOST` prints after the name, such as ssh-ed25519 AAAA…',
    });
}

/** Whether the blob of a key has the type that its name says, and the parts of this type to the last byte. */
function isWhole(key: string): boolean {
  const [type = '', base64 = ''] = key.split(' ');
  const blob = Buffer.from(base64, 'base64');
  const found = partsOf(blob);
  const lengths = [type.length, ...parts[type]!];
  return (
    blob.toString('base64') === base64 &&
    found?.length === lengths.length &&
    found[0]!.toString() === type &&
    found.every((part, index) => part.length === (lengths[index] ?? part.length))
  );
}

/** The parts of a blob, each after its length in four bytes; undefined: the blob ends within a part. */
function partsOf(blob: Buffer): Buffer[] | undefined {
  const found: Buffer[] = [];
  for (let rest = blob; rest.length > 0; ) {
    const end = rest.length < 4 ? Infinity : 4 + rest.readUInt32BE();
    if (end > rest.length) {
      return undefined;
    }
    found.push(rest.subarray(4, end));
    rest = rest.subarray(end);
  }
  return found;
}
