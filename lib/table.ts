import Table from 'cli-table3';

/** A cell of a table. */
export type Cell = string | number;

/**
 * A table for a terminal, a pipe or a file: frame of box-drawing characters, no colours.
 *
 * @param compact no lines between the rows
 */
export function table(head: string[], rows: Cell[][], { compact = false } = {}): string {
  const result = new Table({ head, style: { head: [], border: [], compact } });
  result.push(...rows);
  return result.toString();
}
