/** What Heat reads from the value of a boolean parameter (oslo.utils strutils.bool_from_string, strict); undefined: Heat refuses it. */
export function heatBoolean(value: unknown): boolean | undefined {
  const word = String(value).trim();
  if (/^(t|true|y|yes|on|1)$/i.test(word)) {
    return true;
  }
  return /^(f|false|n|no|off|0)$/i.test(word) ? false : undefined;
}
