/** A recorded run of a command in a terminal: the screens that it showed, each with the seconds since the start. */
export interface Cast {
  columns: number;
  rows: number;
  /** Unix time of the start, in seconds. */
  startedAt: number;
  screens: Screen[];
}

export interface Screen {
  seconds: number;
  /** One for each row, with SGR sequences for colours; rows without text are empty. */
  lines: string[];
}

const firstRow = '\x1b[H\x1b[2J';

/** The text of an asciicast v2 file, which asciinema plays: each event draws the rows that have changed. */
export function castText({ columns, rows, startedAt, screens }: Cast): string {
  const header = { version: 2, width: columns, height: rows, timestamp: startedAt };
  const events = screens.map(({ seconds, lines }, index) => {
    const before = screens[index - 1]?.lines;
    const changed = lines.flatMap((line, row) =>
      before && before[row] === line ? [] : [`\x1b[${row + 1};1H\x1b[2K${line}\x1b[0m`],
    );
    return [seconds, 'o', `${before ? '' : firstRow}${changed.join('')}`];
  });
  return [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join('');
}

/**
 * Reads what `castText` has written.
 * @throws if the file has other events than those
 */
export function readCast(text: string): Cast {
  const [head, ...events] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const { width, height, timestamp } = head as { width: number; height: number; timestamp: number };
  let lines = Array<string>(height).fill('');
  const screens = (events as [number, string, string][]).map(([seconds, kind, output]) => {
    lines = [...lines];
    const rest = output
      .replace(firstRow, '')
      // eslint-disable-next-line no-control-regex
      .replace(/\x1b\[(\d+);1H\x1b\[2K(.*?)\x1b\[0m(?=\x1b\[\d+;1H|$)/g, (_, row: string, line: string) => {
        lines[Number(row) - 1] = line;
        return '';
      });
    if (kind !== 'o' || rest !== '') {
      throw new Error(
        `the recording has an event at ${seconds} s that npm run recording does not write: ${rest}`,
      );
    }
    return { seconds, lines };
  });
  return { columns: width, rows: height, startedAt: timestamp, screens };
}
