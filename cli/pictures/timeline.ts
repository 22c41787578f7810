import { duration } from '../run/duration';
import type { Ending, PartSpan, RunRecord, Span, StepSpan } from '../run/record';
import { type Box, element, line, picture, rect, text, textWidth } from './svg';

/** One row of a timeline: a part of a run, or a step of the part above it. */
export interface TimelineRow extends Span {
  label: string;
  isPart: boolean;
  ending: Ending;
  waits: StepSpan['waits'];
  /** What stands after the bar. */
  note: string;
}

const notes: Record<Ending, string> = {
  done: '',
  failed: ' FAILED',
  interrupted: ' interrupted',
  'not begun': '',
  unknown: ' not seen to end',
};

/** The rows of a run: each part in the order in which they began, its steps below it likewise. */
export function timelineRows({ lab, parts }: RunRecord): TimelineRow[] {
  return parts
    .toSorted((a, b) => a.begin - b.begin)
    .flatMap((part) => [
      { ...part, label: part.name, isPart: true, waits: [], note: noteOf(part) },
      ...part.steps.map((step) => ({
        ...step,
        label: shortName(lab, part.name, step.name),
        isPart: false,
        note: noteOf(step),
      })),
    ]);
}

function noteOf(span: PartSpan | StepSpan): string {
  if (span.ending === 'not begun') {
    return `not begun: ${'because' in span ? span.because : ''}`;
  }
  return `${duration((span.end - span.begin) / 1000)}${notes[span.ending]}`;
}

/** `dcn0-ceph-deploy` of `dev-dcn0` is `ceph-deploy` below it. */
function shortName(lab: string, part: string, step: string): string {
  const site = `${part.slice(lab.length + 1)}-`;
  return part.startsWith(`${lab}-`) && step.startsWith(site) ? step.slice(site.length) : step;
}

/** What a timeline is of, in one line. */
export function timelineTitle({ lab, verb, begin, end }: RunRecord): string {
  const moment = `${new Date(begin).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return `${verb} of lab ${lab}: began ${moment}, took ${duration((end - begin) / 1000)}`;
}

const marks = { runs: '█', waits: '░', failed: '▓' };

/** A run as bars of text, `columns` wide at most where names leave room for it. */
export function timelineText(run: RunRecord, columns: number): string {
  const rows = timelineRows(run);
  const label = (row: TimelineRow): string => (row.isPart ? row.label : `  ${row.label}`);
  const labels = Math.max(0, ...rows.map((row) => label(row).length));
  const noteWidth = Math.max(
    0,
    ...rows.filter(({ ending }) => ending !== 'not begun').map(({ note }) => note.length),
  );
  const width = Math.max(20, columns - labels - noteWidth - 3);
  const lines = rows.map((row) => {
    const bar = row.ending === 'not begun' ? '' : barOf(run, row, width);
    return `${label(row).padEnd(labels)}  ${row.ending === 'not begun' ? '' : `${bar.padEnd(width)} `}${row.note}`.trimEnd();
  });
  const legend = [
    `${marks.runs} runs`,
    `${marks.waits} waits for a lock or for others`,
    `${marks.failed} failed`,
  ];
  return [timelineTitle(run), '', ...lines, '', legend.join('   ')].join('\n');
}

/** At least one cell wide, and never beyond `width`. */
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

const margin = 24;
const rowHeight = 22;
const barHeight = 12;
const chartWidth = 760;
const head = 92;

/** A placed row of the picture: where its label, its bar and its note are. */
export interface PlacedRow {
  row: TimelineRow;
  label: Box;
  bar: Box;
  note: Box;
}

/** Places the rows of a run, one below the other, none of whose boxes meet. */
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
    const length = row.ending === 'not begun' ? 0 : Math.max(3, (row.end - row.begin) * scale);
    const begin = row.ending === 'not begun' ? 0 : (row.begin - run.begin) * scale;
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
    ...(row.ending === 'not begun' ? [] : [rect(bar, fill, 2)]),
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
    ['interrupted', 'interrupted or not seen to end'],
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

/** `0:00`, `4:30`, `1:02:00`: minutes and seconds since the beginning. */
function clock(seconds: number): string {
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A round distance between ticks, so that there are between four and a dozen or so. */
export function tickSeconds(seconds: number): number {
  const round = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
  return round.find((step) => seconds / step <= 12) ?? Math.ceil(seconds / 12 / 3600) * 3600;
}
