import width from 'string-width';
import { printableName } from './printable';

/** A cell of a table. The items of a list share lines as long as the lines stay short; an empty list is `-`. */
export type Cell = string | number | readonly string[];

/** Widest table, in columns of a terminal. */
export const tableColumns = 120;
/** Longest line of a list that has several items, in columns. */
const listColumns = 40;

/**
 * A table for a terminal, a pipe or a file: frame of box-drawing characters, no colours. A table of more than
 * `tableColumns` becomes several tables, one below the other, each with the key columns and some of the other columns;
 * only a key and a single cell that need more make a wider table. It is made without a package, because cli-table3 takes
 * time quadratic in the number of rows, and tables may have thousands.
 *
 * @param rows cells of a row from the left; a row may be shorter than `head`
 * @param compact no lines between the rows
 * @param keys how many columns from the left say what a row is about
 */
export function table(head: string[], rows: Cell[][], { compact = false, keys = 1 } = {}): string {
  const cells = [head, ...rows].map((row) =>
    head.map((_, column) => linesOf(row[column] ?? '').map(printableName)),
  );
  const widths = head.map((_, column) =>
    Math.max(...cells.flatMap((row) => (row[column] as string[]).map(columns))),
  );
  return parts(widths, keys)
    .map((part) =>
      frame(
        cells.map((row) => part.map((column) => row[column] as string[])),
        part.map((column) => widths[column] as number),
        compact,
      ),
    )
    .join('\n');
}

/** The lines of a cell. */
function linesOf(cell: Cell): string[] {
  if (typeof cell === 'string' || typeof cell === 'number') {
    return [String(cell)];
  }
  const lines: string[] = [];
  cell.forEach((item, index) => {
    const text = index < cell.length - 1 ? `${item},` : item;
    const line = lines.at(-1);
    if (line !== undefined && columns(line) + 1 + columns(text) <= listColumns) {
      lines[lines.length - 1] = `${line} ${text}`;
    } else {
      lines.push(text);
    }
  });
  return lines.length > 0 ? lines : ['-'];
}

/** The columns of each part of a table: the key columns, then as many of the others as fit. */
function parts(widths: number[], keys: number): number[][] {
  const keyColumns = widths.slice(0, keys).map((_, column) => column);
  const found = [[...keyColumns]];
  widths.slice(keys).forEach((_, index) => {
    const part = found.at(-1) as number[];
    const wider = [...part, keys + index];
    if (part.length > keys && frameColumns(wider.map((column) => widths[column] as number)) > tableColumns) {
      found.push([...keyColumns, keys + index]);
    } else {
      part.push(keys + index);
    }
  });
  return found;
}

function frameColumns(widths: number[]): number {
  return widths.reduce((sum, count) => sum + count + 3, 1);
}

/** Draws rows, the first of which is the head. @param rows lines of each cell */
function frame(rows: string[][][], widths: number[], compact: boolean): string {
  const line = (left: string, middle: string, right: string): string =>
    left + widths.map((count) => '─'.repeat(count + 2)).join(middle) + right;
  const between = line('├', '┼', '┤');
  const [headLines, ...rowLines] = rows.map((row) => {
    const height = Math.max(...row.map((lines) => lines.length));
    return Array.from({ length: height }, (_, number) => {
      const texts = row.map((lines, column) => padded(lines[number] ?? '', widths[column] as number));
      return `│ ${texts.join(' │ ')} │`;
    });
  }) as [string[], ...string[][]];
  return [
    line('┌', '┬', '┐'),
    ...headLines,
    ...rowLines.flatMap((lines, index) => (compact && index > 0 ? lines : [between, ...lines])),
    line('└', '┴', '┘'),
  ].join('\n');
}

function padded(text: string, count: number): string {
  return text + ' '.repeat(count - columns(text));
}

/** Width of a text in columns of a terminal. */
function columns(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : width(text);
}
