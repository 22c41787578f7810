import execa from 'execa';
import * as fs from 'node:fs';
import * as path from 'node:path';

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

/**
 * Runs `work` while holding a lock on `file` (flock(2)), which the kernel gives up when this process ends in any way.
 * `shared` locks keep out only exclusive ones. `onWait` is called once if somebody else holds it. An exclusive lock makes the
 * file; a shared one is of something that is there.
 * @throws Error with code ENOENT when a shared lock has no file
 */
export async function withLock<T>(
  file: string,
  mode: 'shared' | 'exclusive',
  work: () => Promise<T>,
  onWait: () => void = () => undefined,
): Promise<T> {
  const fd = await lock(file, mode, onWait);
  try {
    return await work();
  } finally {
    fs.closeSync(fd);
  }
}

/** The open, locked file. flock(1) locks the open file that it shares with us, so the lock outlives it. */
async function lock(file: string, mode: 'shared' | 'exclusive', onWait: () => void): Promise<number> {
  for (;;) {
    if (mode === 'exclusive') {
      fs.mkdirSync(path.dirname(file), { recursive: true });
    }
    const fd = fs.openSync(file, mode === 'exclusive' ? 'a' : 'r');
    const flock = (...options: string[]) =>
      execa('flock', [...options, `--${mode}`, '3'], {
        stdio: ['ignore', 'ignore', 'inherit', fd],
        reject: false,
      });
    const first = await flock('--nonblock');
    if (first.exitCode !== 0) {
      onWait();
      await flock();
    }
    if (isAt(fd, file)) {
      return fd;
    }
    fs.closeSync(fd); // its folder was removed while we waited: the lock we have is nobody's
  }
}

function isAt(fd: number, file: string): boolean {
  const now = fs.statSync(file, { throwIfNoEntry: false });
  return now?.ino === fs.fstatSync(fd).ino;
}
