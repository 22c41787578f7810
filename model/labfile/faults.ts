import { distance as editDistance } from 'fastest-levenshtein';
import { UserError } from '../../lib/userError';

/** One thing wrong with a lab file. */
export interface Fault {
  /** Path in the file, for example `glance-dcn:sites.dcn0.nodes.oc0-ceph-4`. */
  path: string;
  /** Line in the file, where known. */
  line?: number;
  /** The value at the path. */
  value?: unknown;
  message: string;
  /** What to write instead. */
  remedy: string;
}

/** A lab file that cannot be used; `message` lists every fault. */
export class LabFileError extends UserError {
  constructor(
    readonly lab: string,
    readonly faults: Fault[],
  ) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
    super([`The lab file of ${lab} has ${count}; nothing was touched.`, ...faults.map(describe)].join('\n'));
    this.name = 'LabFileError';
  }
}

function describe(fault: Fault): string {
  const place = fault.line === undefined ? fault.path : `line ${fault.line}, ${fault.path}`;
  const value = fault.value === undefined ? '' : ` (it is ${show(fault.value)})`;
  const end = fault.remedy.endsWith('?') ? '' : '.';
  return `  ${place}: ${fault.message}${value}. ${fault.remedy}${end}`;
}

/** A value as the file has it, short enough for one line of a message. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** The candidate nearest to a misspelt word, if one is near enough to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      [best, bestDistance] = [candidate, distance];
    }
  }
  return best;
}
