/** Shorter secrets are not masked: they would hide ordinary words. */
const shortestMasked = 6;
const shortestMaskedLine = 20;

/**
 * Quotes a text as Go's `%q` does, for messages as in the real provider: `\n`, `\t`, `\"`, `\\`, other control characters as
 * `\x1b`.
 */
export function goQuote(text: string): string {
  const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' };
  // eslint-disable-next-line no-control-regex -- it quotes control characters
  const quoted = text.replace(/["\\\x00-\x1f\x7f]/g, (char) => {
    return short[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${quoted}"`;
}

/** A function that replaces these strings, their quoted forms and their long lines by `[secret]`. */
export function masking(secrets: readonly string[]): (text: string) => string {
  const known = secrets
    .map((secret) => secret.trim())
    .filter((secret) => secret.length >= shortestMasked)
    .flatMap((secret) => [secret, goQuote(secret).slice(1, -1), ...secret.split('\n').filter(isSecretLine)])
    .sort((a, b) => b.length - a.length);
  return (text) => known.reduce((masked, secret) => masked.replaceAll(secret, '[secret]'), text);
}

/** Whether one line of a secret, such as a key, is secret by itself. */
function isSecretLine(line: string): boolean {
  return line.length >= shortestMaskedLine;
}

/** Go's `strings.TrimSuffix(text, "\n")`. */
export function trimNewline(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}
