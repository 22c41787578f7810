/**
 * Finds secrets in values of the lab file: by the key of a value, and by the form of a text. The words of keys cover the
 * parameters of tripleo-heat-templates with `hidden: true`, and hiera keys such as `keystone::admin_password`. Not among them:
 * SSLCertificate, which is public, and paths.
 */

/** Place of a secret in a value, and a message that says why it is one. */
export interface Secret {
  at: (string | number)[];
  message: string;
}

const byName = 'has the name of a secret, and many people can read this file, previews and state';
const byText = (what: string): string =>
  `has ${what}, and many people can read this file, previews and state`;

const secretWord =
  /(password|passwd|passphrase|secret|cookie|requirepass|apikey|authkey|secretkey|privatekey)s?$|^(pass|tokens?|credentials?|pin|kek)$/;
/** Words before `key` in names of keys that are public, or keys of tables. */
const harmlessKeys = /^(public|authorized|host|known|trusted|gpg|sort|primary|foreign|partition|routing)$/;
/** Names without such a word: SwiftHashPrefix, BarbicanPkcs11CryptoLogin, NeutronBigswitchRestproxyServerAuth. */
const secretEnd = /\b(hash (path )?(prefix|suffix)|crypto (plugin )?login|restproxy server auth)$/;
/** Last words that do not change the meaning of the word before: `ca_private_key_data`. */
const carriers = /^(data|value|content|base64|string)$/;

const hidden = '[hidden]';

type Kind = 'key' | 'secret' | 'none';

/** Whether values with this name are secrets, or keys: secrets unless they are paths or public keys. */
function kindOf(name: string): Kind {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
  while (words.length > 1 && carriers.test(words.at(-1)!)) {
    words.pop();
  }
  const last = (words.at(-1) ?? '').replace(/\d+$/, '');
  if (secretWord.test(last) || secretEnd.test(words.join(' '))) {
    return 'secret';
  }
  const before = words.at(-2);
  return /^keys?$/.test(last) && before !== undefined && !harmlessKeys.test(before) ? 'key' : 'none';
}

/** Whether a value cannot be a secret, whatever its name: a switch, nothing, a look-up in hiera. */
function isHarmless(value: unknown, kind: Kind): boolean {
  switch (typeof value) {
    case 'string':
      return (
        value === '' ||
        /^%\{[^}]*\}$/.test(value) ||
        (kind === 'key' && /^(\/\S*$|(ssh|ecdsa|sk-ssh)-\S+ AAAA)/.test(value))
      );
    case 'number':
      return kind === 'key';
    case 'object':
      return value === null || Object.values(value).every((inner) => isHarmless(inner, kind));
    default:
      return true;
  }
}

const isSecret = (name: string, value: unknown): boolean => {
  const kind = kindOf(name);
  return kind !== 'none' && !isHarmless(value, kind);
};

const assignment = /([A-Za-z_][\w.-]*)=([^\s'"&;,]+)/g;
const contents: [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, 'a private key'],
  [/(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{38}==(?![A-Za-z0-9+/=])/, 'a key of Ceph'],
  [/\bgAAAA[A-Za-z0-9_-]{20,}/, 'a token'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/?#@:]*:(?!%\{)[^\s/?#@]+@/i, 'a password in a URL'],
];

/** The message for a text that has a secret; undefined: it has none. */
export function secretInText(text: string): string | undefined {
  const found = secretByForm(text);
  if (found) {
    return found;
  }
  for (const [, name, value] of text.matchAll(assignment)) {
    if (isAssigned(text, name!, value!)) {
      return byText(`a value for ${name}`);
    }
  }
  return undefined;
}

/** Whether a text with `name=value` has a secret there: by the name, or the signature of a URL. */
function isAssigned(text: string, name: string, value: string): boolean {
  const signed = text.includes('://') && /(^|[-_])sig(nature)?$/i.test(name);
  return signed || (kindOf(name) === 'secret' && !isHarmless(value, 'secret'));
}

function secretByForm(text: string): string | undefined {
  const found = contents.find(([pattern]) => pattern.test(text))?.[1];
  return found && byText(found);
}

/** An assignment of bash, with the value in double quotes, in single quotes or without. What a value has is searched, too. */
const bashAssignment = /([A-Za-z_][\w.-]*)=(?="([^"]*)"|'([^']*)'|([^\s'"&;,]+))/g;
/** The begin of a value that bash gets from a variable, an argument or a command. */
const expansion = /^(\$[\w({@*#?]|`)/;

/**
 * The message for a bash script that has a secret, by its assignments, by the names of lines of a YAML text in it, or by its text;
 * undefined: it has none.
 */
export function secretInScript(script: string): string | undefined {
  for (const [, name, double, single, bare] of script.matchAll(bashAssignment)) {
    const value = single ?? double ?? bare;
    const expanded = single === undefined && expansion.test(value!);
    if (!expanded && isAssigned(script, name!, value!)) {
      return byText(`a value for ${name}`);
    }
  }
  const named = [...script.matchAll(line)].some(
    ([, name, value]) => !expansion.test(value!) && isSecret(name!, value),
  );
  // A password of a URL from a variable is none.
  return named ? byName : secretByForm(script.replace(/:\$[^\s/?#@]+@/g, '@'));
}

/** A line `name: value` of a YAML text, unless Jinja gives the value. */
const line = /^[-\s]*['"]?([A-Za-z_][\w:.-]*)['"]?\s*:\s+(?!['"]?\{[{%])['"]?([^\s'"#][^'"\n]*)/gm;

/** The message for a template of a YAML text that has a secret, by the names of its lines or by its text; undefined: it has none. */
export function secretInTemplate(text: string): string | undefined {
  const named = [...text.matchAll(line)].some(([, name, value]) => isSecret(name!, value));
  return named ? byName : secretInText(text);
}

/** All secrets in a value, by keys and by texts at every depth. Of a mapping whose key is a secret's name, only the key. */
export function secretsIn(value: unknown): Secret[] {
  if (typeof value === 'string') {
    const message = secretInText(value);
    return message ? [{ at: [], message }] : [];
  }
  return entriesOf(value).flatMap(([key, inner]): Secret[] =>
    typeof key === 'string' && isSecret(key, inner)
      ? [{ at: [key], message: byName }]
      : secretsIn(inner).map(({ at, message }) => ({ at: [key, ...at], message })),
  );
}

/** The value of a key with `[hidden]` in place of each secret, for messages. */
export function withoutSecrets(value: unknown, key?: string | number): unknown {
  const named = typeof key === 'string' && isSecret(key, value);
  if (named || (typeof value === 'string' && secretInText(value))) {
    return hidden;
  }
  if (Array.isArray(value)) {
    return value.map((inner) => withoutSecrets(inner));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withoutSecrets(inner, name)]),
  );
}

function entriesOf(value: unknown): [string | number, unknown][] {
  if (Array.isArray(value)) {
    return value.map((inner, position) => [position, inner]);
  }
  return typeof value === 'object' && value !== null ? Object.entries(value) : [];
}
