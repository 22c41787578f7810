import { spawn } from 'node:child_process';
import { projectRoot } from '../../lib/paths';
import type { Cast } from './cast';
import { Screenshots } from './terminal';

/** How a run is recorded: the size of its terminal, and the time between two looks at the screen. */
export interface RecordingOptions {
  columns: number;
  rows: number;
  secondsBetweenScreens: number;
}

/**
 * Runs a line of bash in a terminal of `script` (util-linux), in the project's folder, shows its output, and takes a screen whenever
 * one has changed.
 * @throws if the command fails
 */
export async function record(
  command: string,
  { columns, rows, secondsBetweenScreens }: RecordingOptions,
): Promise<Cast> {
  const started = Date.now();
  const sized = `stty cols ${columns} rows ${rows}; ${command}`;
  const run = spawn('script', ['--quiet', '--flush', '--return', '--command', sized, '/dev/null'], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/bash' },
  });
  const terminal = new Screenshots(columns, rows);
  await terminal.write(`$ ${command}\r\n`);
  const cast: Cast = { columns, rows, startedAt: Math.floor(started / 1000), screens: [] };
  const take = (): void => {
    const lines = terminal.lines();
    if (lines.join('\n') !== cast.screens.at(-1)?.lines.join('\n')) {
      cast.screens.push({ seconds: Math.round((Date.now() - started) / 1000), lines });
    }
  };
  take();
  const timer = setInterval(take, secondsBetweenScreens * 1000);
  run.stdout.setEncoding('utf8');
  let written = Promise.resolve();
  run.stdout.on('data', (output: string) => {
    process.stdout.write(output);
    written = written.then(() => terminal.write(output));
  });
  const code = await new Promise<number | null>((resolve) => run.on('close', resolve));
  clearInterval(timer);
  await written;
  take();
  if (code !== 0) {
    throw new Error(
      `${command} ended with exit code ${code}: nothing was recorded. Run it again when it succeeds`,
    );
  }
  return cast;
}
