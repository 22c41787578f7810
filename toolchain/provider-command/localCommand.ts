import { spawn } from 'node:child_process';
import type { Operation } from './operation';
import { reasonOf } from './operation';
import { type CommandOutput, type Logging, OutputCollector, previousOutput } from './output';
import { goQuote } from './text';

/** Inputs of `local.Command` for running a command. */
export interface LocalCommandInputs {
  interpreter?: string[];
  dir?: string;
  environment?: Record<string, string>;
  addPreviousOutputInEnv?: boolean;
  stdin?: string;
  logging?: Logging;
}

/** Time for a command to exit after SIGTERM, in milliseconds. */
const terminationGraceMs = 5000;

/**
 * Runs a command on this machine, by default with `/bin/sh -c`, in `dir` or the project's folder.
 *
 * @throws Error with the reason, the command and its output, as the real provider formats them
 */
export async function runLocally(
  command: string,
  inputs: LocalCommandInputs,
  previous: Partial<CommandOutput> | undefined,
  operation: Operation,
): Promise<CommandOutput> {
  const [program = '/bin/sh', ...args] = inputs.interpreter?.length ? inputs.interpreter : ['/bin/sh', '-c'];
  const child = spawn(program, [...args, command], {
    cwd: inputs.dir,
    env: {
      ...process.env,
      ...inputs.environment,
      ...(inputs.addPreviousOutputInEnv === false ? {} : previousOutput(previous)),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const collector = new OutputCollector(operation.log, inputs.logging);
  collector.read(child.stdout, 'stdout');
  collector.read(child.stderr, 'stderr');
  child.stdin.on('error', () => undefined); // it may exit without reading its input
  child.stdin.end(inputs.stdin ?? '');

  const { expired } = operation;
  const stop = (): void => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), terminationGraceMs).unref();
  };
  expired.addEventListener('abort', stop, { once: true });
  if (expired.aborted) {
    stop();
  }
  try {
    const failure = await new Promise<string | undefined>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => {
        resolve(code === 0 ? undefined : signal ? `signal: ${signal}` : `exit status ${code}`);
      });
    });
    if (failure !== undefined) {
      const why = expired.aborted ? reasonOf(expired).message : failure;
      throw new Error(`${why}: running ${goQuote(command)}:\n${collector.all()}`);
    }
    return collector.output();
  } finally {
    expired.removeEventListener('abort', stop);
    await operation.log.flushed();
  }
}
