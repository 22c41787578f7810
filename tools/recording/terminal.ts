import { Terminal } from '@xterm/headless';

/** A terminal without a window: takes the output of a program, and gives what would stand on the screen. */
export class Screenshots {
  private readonly terminal: Terminal;

  constructor(columns: number, rows: number) {
    this.terminal = new Terminal({ cols: columns, rows, allowProposedApi: true });
  }

  /** Resolves when the terminal has taken the output. */
  write(output: string): Promise<void> {
    return new Promise((resolve) => this.terminal.write(output, resolve));
  }

  /** The rows of the screen, with SGR sequences for the first 16 colours, bold and dim; without spaces at their ends. */
  lines(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, row) => this.line(active.viewportY + row));
  }

  private line(row: number): string {
    const line = this.terminal.buffer.active.getLine(row);
    const end = line?.translateToString(true).length ?? 0;
    let [text, style] = ['', ''];
    for (let column = 0; column < end; column++) {
      const cell = line?.getCell(column);
      if (!cell || cell.getWidth() === 0) {
        continue;
      }
      const colour = cell.getFgColor();
      const wanted = [
        ...(cell.isBold() ? [1] : []),
        ...(cell.isDim() ? [2] : []),
        ...(cell.isFgPalette() && colour < 16 ? [colour < 8 ? 30 + colour : 82 + colour] : []),
      ].join(';');
      if (wanted !== style) {
        text += `\x1b[${wanted ? `0;${wanted}` : '0'}m`;
        style = wanted;
      }
      text += cell.getChars() || ' ';
    }
    return text;
  }
}
