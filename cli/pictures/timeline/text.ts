import type { RunRecord } from '../../run/record';
import { type TimelineRow, timelineRows, timelineTitle } from './rows';

const marks = { runs: '█', waits: '░', failed: '▓' };

/** A run as bars of text. @param columns greatest width, unless long names need more */
export function timelineText(run: RunRecord, columns: number): string {
  const rows = timelineRows(run);
  const label = (row: TimelineRow): string => (row.isPart ? row.label : `  ${row.label}`);
  const labels = Math.max(0, ...rows.map((row) => label(row).length));
  const noteWidth = Math.max(
    0,
    ...rows.filter(({ ending }) => ending !== 'not started').map(({ note }) => note.length),
  );
  const width = Math.max(20, columns - labels - noteWidth - 3);
  const lines = rows.map((row) => {
    const bar = row.ending === 'not started' ? '' : barOf(run, row, width);
    return `${label(row).padEnd(labels)}  ${row.ending === 'not started' ? '' : `${bar.padEnd(width)} `}${row.note}`.trimEnd();
  });
  const legend = [
    `${marks.runs} runs`,
    `${marks.waits} waits for a lock or for others`,
    `${marks.failed} failed`,
  ];
  return [timelineTitle(run), '', ...lines, '', legend.join('   ')].join('\n');
}

/** A row's bar: at least one cell, at most `width` cells. */
function barOf(run: RunRecord, row: TimelineRow, width: number): string {
  const scale = width / Math.max(1, run.end - run.begin);
  const cell = (moment: number): number => Math.floor((moment - run.begin) * scale);
  const first = Math.min(cell(row.begin), width - 1);
  const after = Math.min(Math.max(first + 1, Math.round((row.end - run.begin) * scale)), width);
  const cells = Array.from({ length: after - first }, (_, index) => {
    const middle = run.begin + (first + index + 0.5) / scale;
    return row.waits.some(({ begin, end }) => begin <= middle && middle < end) ? marks.waits : marks.runs;
  });
  if (row.ending === 'failed') {
    cells[cells.length - 1] = marks.failed;
  }
  return ' '.repeat(first) + cells.join('');
}
