import type { Value } from '../explain';
import { type Finding, labPath } from '../findings';
import { prefix } from '../schema';
import { own } from '../own';
import { secretInText, secretsIn } from '../secrets';

const toUndercloud =
  'Put it into a file of mode 0600 on the undercloud, and list the file under environments';
const toCeph = 'Take it out, and set it with `ceph config set` on a node of the cluster, which keeps it';
const toFile = 'Fetch the file to this machine, and write source: { file: … }';
const toPrivateFile = 'Put it into a file that only you may read, and take it out here';

/** Places of a site whose keys are not this project's, with the remedy for a secret there. */
const remedies = { parameters: toUndercloud, 'ceph.config': toCeph };

/**
 * Finds secrets: among the parameters of sites and the settings of their clusters by key and by text, in all other values by text. Findings have no value, because
 * messages would show the secret.
 * @param bare the lab's values as the file has them, valid or not
 */
export function checkSecrets(bare: Value): Finding[] {
  return walk(bare, []);
}

/**
 * Finds secrets among the values that Pulumi and its plugins read, such as `openstack:password`: in clear, that is, not those that
 * `pulumi config set --secret` has encrypted.
 * @param raw the content of the file
 */
export function checkOtherSecrets(raw: {
  config: Record<string, unknown>;
  environment?: unknown;
}): Finding[] {
  const others = Object.entries(raw.config).filter(
    ([key, value]) => key.includes(':') && !key.startsWith(prefix) && !isEncrypted(value),
  );
  const findings = (at: string, values: unknown): Finding[] =>
    secretsIn(values).map((secret) => ({
      at: [at, ...secret.at],
      message: secret.message,
      remedy: toPrivateFile,
    }));
  return [...findings('config', Object.fromEntries(others)), ...findings('environment', raw.environment)];
}

const isEncrypted = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).join() === 'secure';

function walk(value: Value, at: (string | number)[]): Finding[] {
  const byKey = at[0] === 'sites' ? own(remedies, at.slice(2).join('.')) : undefined;
  if (byKey !== undefined) {
    return secretsIn(value).map((secret) => ({
      at: labPath(...at, ...secret.at),
      message: secret.message,
      remedy: byKey,
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
