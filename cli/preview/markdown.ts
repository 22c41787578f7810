import { type SiteWithLeavingNodes, leavingText } from '../leavingNodes';
import type { ResourceChange } from './resourceDiff';
import { isCanary, siteOfStack } from '../run/graph';
import { type Waves, waveWords } from '../run/waves';

/** Result of the preview of one stack. */
export type StackPreview =
  | { state: 'previewed'; changes: ResourceChange[] }
  | { state: 'failed'; reason: string }
  /** The stack does not exist yet, or builds on another stack that must be brought up first. */
  | { state: 'waits'; exists: boolean; waitsFor: string[] }
  /** The stack exists, but its site is no longer in the lab file. */
  | { state: 'left over' };

/** One row of the summary; `./dcn preview --json` prints a list of them. */
export interface PreviewReport {
  stack: string;
  preview: StackPreview;
  /** Number of its wave, the first is 1; only with `--canary` or `--wave`, of stacks of the lab file. */
  wave?: number;
  /** Nodes that leave the stack's site; only if there are any. */
  leaving?: SiteWithLeavingNodes;
}

/**
 * The previews of a lab's stacks as Markdown: a table, then for every stack that changes a folded block with the changed
 * lines.
 *
 * @param registering new stacks whose stores the control plane, which is up, gets by a deployment that no stack shows
 * @param dcn how the user calls `./dcn` for this lab
 */
export function previewMarkdown(
  lab: string,
  reports: PreviewReport[],
  registering: string[],
  dcn: string,
): string {
  const rows = reports.map(({ stack, preview }) => {
    const site = siteOfStack(lab, stack);
    return `| ${stack} | ${cell(inWords(site, preview, dcn))} |`;
  });
  const table = ['| stack | what `pulumi up` would do |', '| --- | --- |', ...rows].join('\n');
  const note =
    `The stores of ${registering.join(', ')} also change the control plane, though no stack shows it: its \`overcloud-stack\` and ` +
    '`overcloud-config` run again with all stores, once for those that come together, and its glance-api restarts.';
  return [
    `## Preview of lab ${lab}`,
    table,
    ...(registering.length > 0 ? [note] : []),
    ...reports.flatMap(({ leaving }) => (leaving ? [fenced('text', leavingText(leaving).split('\n'))] : [])),
    ...reports.flatMap(details),
  ].join('\n\n');
}

/** The waves in which `./dcn up` with the same options runs. */
export function wavesMarkdown({ options, nodes, waves }: Waves, dcn: string): string {
  const servers = new Map(nodes.filter(isCanary).map(({ name, title }) => [name, `then ${title}`]));
  return [
    `Waves of \`${[dcn, 'up', ...waveWords(options)].join(' ')}\`. Each starts when the wave before is done; a wave with a failure is the last:`,
    waves
      .map((names, index) => `${index + 1}. ${names.map((name) => servers.get(name) ?? name).join(', ')}`)
      .join('\n'),
  ].join('\n\n');
}

function inWords(site: string, preview: StackPreview, dcn: string): string {
  switch (preview.state) {
    case 'previewed':
      return countsOf(preview.changes);
    case 'failed':
      return `**failed**: ${preview.reason.split('\n').find((line) => line.trim()) ?? 'no message'}`;
    case 'waits': {
      const what = preview.exists ? 'not previewed' : 'does not exist yet';
      const remedy =
        preview.waitsFor.length > 0 ? `waits for ${preview.waitsFor.join(', ')}` : `\`${dcn} up\``;
      return `${what}: ${remedy}`;
    }
    case 'left over':
      return `its site is not in the lab file: \`${dcn} destroy ${site}\` removes it`;
  }
}

/** `1 to create, 2 to update`. */
function countsOf(changes: ResourceChange[]): string {
  const counts = (['create', 'update', 'replace', 'delete'] as const).flatMap((op) => {
    const count = changes.filter((change) => change.op === op).length;
    return count > 0 ? [`${count} to ${op}`] : [];
  });
  return counts.join(', ') || 'unchanged';
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function details({ stack, preview }: PreviewReport): string[] {
  if (preview.state === 'failed') {
    return [folded(`${stack}: failed`, [fenced('text', preview.reason.trim().split('\n'))])];
  }
  if (preview.state !== 'previewed' || preview.changes.length === 0) {
    return [];
  }
  const changed = preview.changes.filter(({ lines }) => lines.length > 0);
  return [
    folded(
      `${stack}: ${countsOf(preview.changes)}`,
      changed.map(({ name, op, lines }) => `#### ${name} (${op})\n\n${fenced('diff', lines)}`),
    ),
  ];
}

function folded(summary: string, parts: string[]): string {
  return ['<details>', `<summary>${summary}</summary>`, ...parts, '</details>'].join('\n\n');
}

/** A code block whose fence is longer than any fence in its lines. */
function fenced(language: string, lines: string[]): string {
  const ticks = lines.map((line) => /`{3,}/.exec(line)?.[0].length ?? 0);
  const fence = '`'.repeat(Math.max(3, ...ticks.map((count) => count + 1)));
  return [`${fence}${language}`, ...lines, fence].join('\n');
}
