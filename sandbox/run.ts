import execa from 'execa';
import { UserError } from '../lib/userError';

/** How to run a command. */
export interface RunOptions {
  /** Name of the command in errors; default: its whole argument list. */
  name?: string;
  input?: string;
  cwd?: string;
  env?: Record<string, string>;
  /** Called with each line of the command's output (both streams) as soon as it is written. */
  onLine?: (line: string) => void;
}

const keptLines = 12;

/**
 * Runs a command to its end; returns its standard output, trimmed.
 * @throws UserError that names the command and ends with the last lines of its output
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
  const last = (result.all ?? '').trim().split('\n').slice(-keptLines).join('\n');
  const how =
    result.exitCode === undefined ? (result as unknown as Error).message : `exit ${result.exitCode}`;
  throw new UserError(`${options.name ?? [file, ...args].join(' ')}: ${how}${last ? `\n${last}` : ''}`);
}

/** Whether a command succeeds; its output is discarded. */
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
