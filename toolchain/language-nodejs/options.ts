/** `runtime: { options }` of Pulumi.yaml, for a Node program. */
export interface RuntimeOptions {
  /** Whether Pulumi's runner loads ts-node; false if the program has another loader. */
  typescript: boolean;
  /** Path of the tsconfig for ts-node. */
  tsconfig?: string;
  /** Arguments of node before the program's path. */
  nodeargs: string[];
}

/**
 * Reads the runtime options as Pulumi's language host does.
 *
 * @throws Error with the option's name, if its type is wrong
 */
export function parseRuntimeOptions(options: Record<string, unknown>): RuntimeOptions {
  const { typescript = true, tsconfig, nodeargs = '' } = options;
  if (typeof typescript !== 'boolean') {
    throw new Error('typescript option must be a boolean');
  }
  if (tsconfig !== undefined && typeof tsconfig !== 'string') {
    throw new Error('tsconfig option must be a string');
  }
  if (typeof nodeargs !== 'string') {
    throw new Error('nodeargs option must be a string');
  }
  return { typescript, ...(tsconfig === undefined ? {} : { tsconfig }), nodeargs: splitWords(nodeargs) };
}

/**
 * Splits a command line into words as a shell does: at blanks outside single and double quotes. After a backslash, outside
 * single quotes, the next character stands for itself.
 *
 * @throws Error if a quote is not closed
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (char === '\\' && quote !== "'" && at + 1 < line.length) {
      word = (word ?? '') + line.charAt(++at);
    } else if (quote) {
      if (char === quote) {
        quote = '';
      } else {
        word += char;
      }
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) {
        words.push(word);
      }
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote) {
    throw new Error(`nodeargs: the quote ${quote} is not closed: ${line}`);
  }
  return word === undefined ? words : [...words, word];
}
