import type { RunRecord } from '../../run/record';
import { type Box, textWidth } from '../svg';
import { type TimelineRow, timelineRows, timelineTitle } from './rows';

/** In pixels, as all sizes here. */
export const margin = 24;
export const rowHeight = 22;
const barHeight = 12;
const chartWidth = 760;
const head = 92;

/** A row of the picture: where its label, its bar and its note are. */
export interface PlacedRow {
  row: TimelineRow;
  label: Box;
  bar: Box;
  note: Box;
}

/** Lays the rows of a run out, one below the other; no two boxes overlap. */
export function placeTimeline(run: RunRecord): {
  rows: PlacedRow[];
  chart: Box;
  width: number;
  height: number;
} {
  const rows = timelineRows(run);
  const indent = (row: TimelineRow): number => (row.isPart ? 0 : 14);
  const widthOf = (row: TimelineRow): number => textWidth(row.label, row.isPart ? 13 : 12, row.isPart);
  const labels = Math.max(80, ...rows.map((row) => indent(row) + widthOf(row)));
  const chart = { x: margin + labels + 14, y: head, width: chartWidth, height: rows.length * rowHeight };
  const scale = chartWidth / Math.max(1, run.end - run.begin);
  const placed = rows.map((row, index) => {
    const y = head + index * rowHeight;
    const length = row.ending === 'not started' ? 0 : Math.max(3, (row.end - row.begin) * scale);
    const begin = row.ending === 'not started' ? 0 : (row.begin - run.begin) * scale;
    const x = chart.x + Math.min(begin, chartWidth - length);
    const bar = { x, y: y + (rowHeight - barHeight) / 2, width: length, height: barHeight };
    const note = { x: x + length + 6, y: y + 3, width: textWidth(row.note, 12), height: rowHeight - 6 };
    const label = { x: margin + indent(row), y: y + 3, width: widthOf(row), height: rowHeight - 6 };
    return { row, label, bar, note };
  });
  const right = Math.max(chart.x + chartWidth, ...placed.map(({ note }) => note.x + note.width));
  const titleRight = margin + textWidth(timelineTitle(run), 18, true);
  return {
    rows: placed,
    chart,
    width: Math.max(right, titleRight) + margin,
    height: head + chart.height + margin,
  };
}
