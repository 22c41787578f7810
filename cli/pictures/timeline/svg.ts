import type { RunRecord } from '../../run/record';
import { type Box, element, line, picture, rect, text, textWidth } from '../svg';
import { type PlacedRow, margin, placeTimeline, rowHeight } from './layout';
import { timelineTitle } from './rows';

const styles = {
  heading: 'font-size:18px;font-weight:600;fill:#1f2933',
  small: 'font-size:12px;fill:#52606d',
  part: 'font-size:13px;font-weight:600;fill:#1f2933',
  step: 'font-size:12px;fill:#3e4c59',
  band: 'fill:#f2f5f8',
  grid: 'stroke:#d9e0e6;stroke-width:1',
  whole: 'fill:#b9cbe0',
  done: 'fill:#2f6fa8',
  failed: 'fill:#c0392b',
  interrupted: 'fill:#d98e04',
  unknown: 'fill:#d98e04',
  waits: 'fill:url(#waiting);stroke:#8895a3;stroke-width:0.5',
};
const hatching = element('defs', {}, [
  element(
    'pattern',
    { id: 'waiting', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    [
      element('rect', { width: 6, height: 6, fill: '#eef1f4' }),
      element('rect', { width: 2.5, height: 6, fill: '#a9b4bf' }),
    ],
  ),
]);

/** A run as an SVG picture. */
export function timelineSvg(run: RunRecord): string {
  const { rows, chart, width, height } = placeTimeline(run);
  const seconds = (run.end - run.begin) / 1000;
  const step = tickSeconds(seconds);
  const ticks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
  const at = (second: number): number => chart.x + (seconds > 0 ? (second / seconds) * chart.width : 0);
  const bottom = chart.y + chart.height;
  return picture({ width, height }, styles, timelineTitle(run), [
    hatching,
    text(margin, margin + 16, timelineTitle(run), 'heading'),
    ...legend(margin, margin + 40),
    ...rows
      .filter(({ row }) => row.isPart)
      .map(({ label }) =>
        rect({ x: margin - 8, y: label.y - 3, width: width - 2 * margin + 16, height: rowHeight }, 'band', 3),
      ),
    ...ticks.flatMap((second) => [
      line(at(second), chart.y - 4, at(second), bottom, 'grid'),
      text(at(second), chart.y - 8, clock(second), 'small', 'middle'),
    ]),
    ...rows.flatMap((placed) => drawRow(placed, run, chart)),
  ]);
}

function drawRow({ row, label, bar, note }: PlacedRow, run: RunRecord, chart: Box): string[] {
  const base = label.y + 12.5;
  const scale = chart.width / Math.max(1, run.end - run.begin);
  const right = bar.x + bar.width;
  const waits = row.waits.map(({ begin, end }) => {
    const x = Math.max(bar.x, chart.x + (begin - run.begin) * scale);
    return { ...bar, x, width: Math.max(0, Math.min(right, chart.x + (end - run.begin) * scale) - x) };
  });
  const fill = row.isPart && row.ending === 'done' ? 'whole' : row.ending;
  return [
    text(label.x, base, row.label, row.isPart ? 'part' : 'step'),
    ...(row.ending === 'not started' ? [] : [rect(bar, fill, 2)]),
    ...waits.filter(({ width }) => width > 0).map((box) => rect(box, 'waits', 2)),
    text(note.x, base, row.note, 'small'),
  ];
}

function legend(x: number, y: number): string[] {
  const entries: [string, string][] = [
    ['whole', 'stack or other part'],
    ['done', 'step'],
    ['waits', 'waits for a lock or for others'],
    ['failed', 'failed'],
    ['interrupted', 'interrupted, or end unknown'],
  ];
  const widths = entries.map(([, label]) => 18 + textWidth(label, 12) + 18);
  return entries.flatMap(([style, label], index) => {
    const left = x + widths.slice(0, index).reduce((sum, width) => sum + width, 0);
    return [
      rect({ x: left, y: y - 10, width: 12, height: 12 }, style, 2),
      text(left + 18, y, label, 'small'),
    ];
  });
}

/** Time since the start of the run: `0:00`, `4:30`, `1:02:00`. */
function clock(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Seconds between the ticks of an axis: a round number that gives about four to twelve ticks. */
export function tickSeconds(seconds: number): number {
  const round = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
  return round.find((step) => seconds / step <= 12) ?? Math.ceil(seconds / 12 / 3600) * 3600;
}
