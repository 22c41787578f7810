import * as path from 'node:path';
import { Option } from 'commander';
import execa from 'execa';
import { numberOption } from '../lib/numberOption';
import { projectRoot } from '../lib/paths';

/* For the tools that run tests with random inputs: their options, and the start of Jest. */

/** `--seed S`: the same seed gives the same inputs. @param of the inputs, for people */
export function seedOption(of: string): Option {
  return new Option('--seed <number>', of)
    .default(Date.now() % 1_000_000)
    .argParser(numberOption(/^\d+$/, 'a whole number'));
}

/** Runs tests one after the other; the tools exit as they do. @param selection project of Jest, and paths of tests */
export async function runTests(
  [project, ...files]: [string, ...string[]],
  env: Record<string, string>,
): Promise<void> {
  const jest = path.join(projectRoot, 'node_modules/.bin/jest');
  await runToItsEnd([jest, '--selectProjects', project, '--runInBand', ...files], env);
}

/**
 * Runs a command; this process fails if the command does. SIGINT and SIGTERM end the command, not this process, so that the caller
 * can print what the command has found.
 */
export async function runToItsEnd(
  [file, ...args]: [string, ...string[]],
  env: Record<string, string>,
): Promise<void> {
  const command = execa(file, args, { cwd: projectRoot, env, stdio: 'inherit', reject: false });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => command.kill(signal));
  }
  const { failed } = await command;
  process.exitCode = failed ? 1 : 0;
}
