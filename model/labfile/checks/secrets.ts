import type { Value } from '../explain';
import { type Finding, labPath } from '../findings';
import { secretInText, secretsIn } from '../secrets';

const toUndercloud =
  'Put it into a file of mode 0600 on the undercloud, and list the file under environments';
const toFile = 'Fetch the file to this machine, and write source: { file: … }';
const toPrivateFile = 'Put it into a file that only you may read, and take it out here';

/**
 * Finds secrets: among the parameters of sites by key and by text, in all other values by text. Findings have no value, because
 * messages would show the secret.
 * @param bare the lab's values as the file has them, valid or not
 */
export function checkSecrets(bare: Value): Finding[] {
  return walk(bare, []);
}

function walk(value: Value, at: (string | number)[]): Finding[] {
  if (at.length === 3 && at[0] === 'sites' && at[2] === 'parameters') {
    return secretsIn(value).map((secret) => ({
      at: labPath(...at, ...secret.at),
      message: secret.message,
      remedy: toUndercloud,
    }));
  }
  if (typeof value === 'string') {
    const message = secretInText(value);
    const remedy = at[0] === 'images' && at.at(-1) === 'url' ? toFile : toPrivateFile;
    return message ? [{ at: labPath(...at), message, remedy }] : [];
  }
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Array.isArray(value)
    ? value.flatMap((inner, position) => walk(inner, [...at, position]))
    : Object.entries(value).flatMap(([key, inner]) => walk(inner, [...at, key]));
}
