import type { Fault } from './faults';
import type { LabText, Path } from './locate';
import { prefix } from './schema';
import { withoutSecrets } from './secrets';

/** A fault with its place as a path instead of a text. */
export interface Finding {
  at: Path;
  line?: number;
  value?: unknown;
  message: string;
  remedy: string;
}

/** Path in the file of a value of the lab: `labPath('sites', 'dcn0')`; without keys, the path of `config`. */
export function labPath(...path: Path): Path {
  const [key, ...rest] = path;
  return key === undefined ? ['config'] : ['config', `${prefix}${key}`, ...rest];
}

/** The fault of a finding, with its place in the text and without secrets in its value. */
export function toFault({ at, line, value, ...rest }: Finding, source: LabText): Fault {
  const lineNumber = line ?? source.lineOf(at);
  return {
    path: display(at),
    ...(lineNumber !== undefined && { line: lineNumber }),
    ...(value !== undefined && { value: withoutSecrets(value, at.at(-1)) }),
    ...rest,
  };
}

/** A path as text: `glance-dcn:sites.dcn0.environments[1]`. */
function display(at: Path): string {
  const [first, ...rest] = at[0] === 'config' && at.length > 1 ? at.slice(1) : at;
  if (first === undefined) {
    return 'the file';
  }
  return rest.reduce<string>(
    (text, segment) => (typeof segment === 'number' ? `${text}[${segment}]` : `${text}.${visible(segment)}`),
    visible(String(first)),
  );
}

/** A key as it is, or quoted if it would not be seen in a message. */
function visible(key: string): string {
  return /^\S+$/.test(key) ? key : JSON.stringify(key);
}
