import { structuredPatch } from 'diff';
import { stringify } from 'yaml';
import type { StepMetadata } from '../run/events';

/** Keys that mark the engine's serialized secrets and assets (sdk/go/common/resource/sig of the CLI). */
const mark = '4dabf18193072939515e22adb298388d';
const secretMark = '1b47061264138c4ac30d75fd1eb44270';
/** Stands for a value that is unknown in a preview. */
const unknownMark = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';

/** The change of one resource in a preview. */
export interface ResourceChange {
  /** Logical name: `dcn0-overcloud-stack`. */
  name: string;
  op: 'create' | 'update' | 'replace' | 'delete';
  /** A diff: lines that begin with `+`, `-` or a space, and `@@ … @@` lines with the keys above a change. */
  lines: string[];
}

/** The change in a step of a preview; undefined for a step that changes nothing in the program. */
export function resourceChange(step: StepMetadata): ResourceChange | undefined {
  const { op } = step;
  if (op !== 'create' && op !== 'update' && op !== 'replace' && op !== 'delete') {
    return undefined;
  }
  const before = op === 'create' ? {} : inputsOf(step.old);
  const after = op === 'delete' ? {} : inputsOf(step.new);
  return { name: step.urn.split('::').pop() as string, op, lines: changedLines(before, after, step) };
}

/** Inputs for display: secrets masked as Pulumi masks them, files by their digests. */
function inputsOf(state: StepMetadata['old']): Record<string, unknown> {
  return displayed(state?.custom ? (state.inputs ?? {}) : {}) as Record<string, unknown>;
}

function displayed(value: unknown): unknown {
  if (value === unknownMark) {
    return '[not known yet]';
  }
  if (Array.isArray(value)) {
    return value.map(displayed);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries = value as Record<string, unknown>;
  if (entries[mark] === secretMark) {
    return '[secret]';
  }
  if (entries[mark] !== undefined) {
    return `[files ${String(entries.hash).slice(0, 12)}]`;
  }
  return Object.fromEntries(
    Object.entries(entries)
      .filter(([key]) => !key.startsWith('__'))
      .map(([key, inner]) => [key, displayed(inner)]),
  );
}

function changedLines(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  { op, diffs }: StepMetadata,
): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(
    // The document comes first.
    (one, other) => Number(other === 'stdin') - Number(one === 'stdin') || (one < other ? -1 : 1),
  );
  return keys.flatMap((key) => {
    const [old, now] = [textOf(key, before[key]), textOf(key, after[key])];
    if (old !== now) {
      return patch(old, now);
    }
    return op === 'update' && diffs?.includes(key) ? [`! ${key}: a secret in it changes`] : [];
  });
}

/** The kit's document unchanged, any other input as YAML. */
function textOf(key: string, value: unknown): string {
  if (value === undefined || value === null) {
    return '';
  }
  return key === 'stdin' && typeof value === 'string'
    ? value
    : stringify({ [key]: value }, { lineWidth: 0, blockQuote: 'literal' });
}

function patch(before: string, after: string): string[] {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 3 });
  const [from, to] = [before.split('\n'), after.split('\n')];
  return hunks.flatMap(({ oldStart, newStart, lines }) => {
    const first = lines.findIndex((line) => /^[+-]/.test(line));
    const keys = lines[first]?.startsWith('+')
      ? enclosing(to, newStart - 1 + first)
      : enclosing(from, oldStart - 1 + first);
    const shownLines = lines.filter((line) => !line.startsWith('\\'));
    return before && after && keys ? [`@@ ${keys} @@`, ...shownLines] : shownLines;
  });
}

/** The keys above a line of a YAML text: `files › dcn0/glance.yaml`. */
function enclosing(lines: string[], line: number): string {
  const keys: string[] = [];
  let indent = indentOf(lines[line] ?? '');
  for (let above = line - 1; above >= 0 && indent > 0; above -= 1) {
    const text = lines[above] as string;
    const key = /^ *(?:- )*([^\s#-][^:]*):(?: |$)/.exec(text)?.[1];
    if (text.trim() && indentOf(text) < indent) {
      indent = indentOf(text);
      if (key) {
        keys.unshift(key.replace(/^["']|["']$/g, ''));
      }
    }
  }
  return keys.join(' › ');
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}
