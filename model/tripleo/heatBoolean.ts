const words: [boolean, RegExp][] = [
  [true, /^(t|true|y|yes|on|1)$/i],
  [false, /^(f|false|n|no|off|0)$/i],
];

/** What Heat reads from the value of a boolean parameter (oslo.utils strutils.bool_from_string, strict); undefined: Heat refuses it. */
export function heatBoolean(value: unknown): boolean | undefined {
  if (typeof value !== 'boolean' && typeof value !== 'number' && typeof value !== 'string') {
    return undefined;
  }
  const text = String(value).trim();
  return words.find(([, word]) => word.test(text))?.[0];
}
