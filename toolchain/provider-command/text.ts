/** Secrets shorter than this are not looked for in texts: they would blank out ordinary words. */
const shortestMasked = 6;
const shortestMaskedLine = 20;

/**
 * The text in Go's quotes (`%q`), as the real provider shows a command that failed: `\n`, `\t`, `\"`, `\\`, other control
 * characters as `\x1b`, the rest as it is.
 */
export function goQuote(text: string): string {
  const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' };
  // eslint-disable-next-line no-control-regex -- control characters are what is quoted
  const quoted = text.replace(/["\\\x00-\x1f\x7f]/g, (char) => {
    return short[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
  return `"${quoted}"`;
}

/** Returns a function that puts `[secret]` in the place of these strings, of their quoted form and of their longer lines. */
export function masking(secrets: readonly string[]): (text: string) => string {
  const known = secrets
    .map((secret) => secret.trim())
    .filter((secret) => secret.length >= shortestMasked)
    .flatMap((secret) => [secret, goQuote(secret).slice(1, -1), ...secret.split('\n').filter(isTelling)])
    .sort((a, b) => b.length - a.length);
  return (text) => known.reduce((masked, secret) => masked.replaceAll(secret, '[secret]'), text);
}

/** Whether one line of a secret (of a key, say) gives something away by itself. */
function isTelling(line: string): boolean {
  return line.length >= shortestMaskedLine;
}

/** Go's `strings.TrimSuffix(text, "\n")`: one line end less. */
export function trimNewline(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}
