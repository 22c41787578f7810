import width from 'string-width';

/** A cell of a table. */
export type Cell = string | number;

/**
 * A table for a terminal, a pipe or a file: frame of box-drawing characters, no colours. It is made without a package,
 * because cli-table3 takes time quadratic in the number of rows, and tables may have thousands.
 *
 * @param rows cells of a row from the left; a row may be shorter than `head`
 * @param compact no lines between the rows
 */
export function table(head: string[], rows: Cell[][], { compact = false } = {}): string {
  const texts = [head, ...rows].map((row) => head.map((_, column) => String(row[column] ?? '')));
  const widths = head.map((_, column) => Math.max(...texts.map((row) => columns(row[column] as string))));
  const line = (left: string, middle: string, right: string): string =>
    left + widths.map((count) => '─'.repeat(count + 2)).join(middle) + right;
  const between = line('├', '┼', '┤');
  const [headLine, ...rowLines] = texts.map((row) => {
    const cells = row.map((text, column) => text + ' '.repeat((widths[column] as number) - columns(text)));
    return `│ ${cells.join(' │ ')} │`;
  });
  return [
    line('┌', '┬', '┐'),
    headLine,
    ...rowLines.flatMap((row, index) => (compact && index > 0 ? [row] : [between, row])),
    line('└', '┴', '┘'),
  ].join('\n');
}

/** Width of a text in columns of a terminal. */
function columns(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : width(text);
}
