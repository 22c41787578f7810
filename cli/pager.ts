import { spawn } from 'node:child_process';

/** Exit code of a shell that does not find the program. */
const notFound = 127;
const notExecutable = 126;

/**
 * Prints a text. At a terminal with fewer lines the pager shows it, as with git: PAGER, or `less`. An empty PAGER, or `cat`, turns it off.
 */
export async function printPaged(text: string): Promise<void> {
  const { PAGER: pager = 'less' } = process.env;
  const { isTTY, rows } = process.stdout;
  if (
    !isTTY ||
    text.split('\n').length < rows ||
    ['', 'cat'].includes(pager) ||
    !(await isPaged(pager, text))
  ) {
    process.stdout.write(`${text}\n`);
  }
}

/** Shows a text in a pager, until the user leaves the pager; false if there is no such program. */
async function isPaged(pager: string, text: string): Promise<boolean> {
  // Ctrl-C is for the pager: it stops a search. Without this process it would lose the terminal to the shell.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  const child = spawn('/bin/sh', ['-c', pager], {
    stdio: ['pipe', 'inherit', 'inherit'],
    // S: lines that are wider than the terminal are cut, not folded. X: the text stays on the terminal.
    env: { LESS: 'FSX', ...process.env },
  });
  // The user leaves the pager before it has read all.
  child.stdin.on('error', ignore);
  child.stdin.end(`${text}\n`);
  const code = await new Promise((resolve) => child.on('close', resolve));
  process.off('SIGINT', ignore);
  return code !== notFound && code !== notExecutable;
}
