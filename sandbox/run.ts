import execa from 'execa';

/** Takes one line for the person who waits: what is being done now. */
export type Report = (line: string) => void;

/** What a command may be given beside its arguments. */
export interface RunOptions {
  /** What an error is to call the command; default: the whole of it. */
  name?: string;
  input?: string;
  cwd?: string;
  env?: Record<string, string>;
  /** Called with each line of the command's output (both streams) as it comes. */
  onLine?: (line: string) => void;
}

const keptLines = 12;

/**
 * Runs a command to its end; gives its standard output, trimmed.
 * @throws Error that names the command and ends with the last lines it wrote.
 */
export async function run(file: string, args: string[], options: RunOptions = {}): Promise<string> {
  const child = execa(file, args, {
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    cwd: options.cwd,
    env: options.env,
    all: true,
    reject: false,
  });
  if (options.onLine) {
    eachLine(child.all, options.onLine);
  }
  const result = await child;
  if (!result.failed) {
    return result.stdout.trim();
  }
  const said = (result.all ?? '').trim().split('\n').slice(-keptLines).join('\n');
  const how =
    result.exitCode === undefined ? (result as unknown as Error).message : `exit ${result.exitCode}`;
  throw new Error(`${options.name ?? [file, ...args].join(' ')}: ${how}${said ? `\n${said}` : ''}`);
}

/** Whether a command succeeds; what it writes is of no interest. */
export async function succeeds(file: string, args: string[]): Promise<boolean> {
  const result = await execa(file, args, { stdio: 'ignore', reject: false });
  return result.exitCode === 0;
}

function eachLine(stream: NodeJS.ReadableStream | undefined, onLine: (line: string) => void): void {
  let rest = '';
  stream?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  });
}
