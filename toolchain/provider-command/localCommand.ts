import { spawn } from 'node:child_process';
import type { Operation } from './operation';
import { reasonOf } from './operation';
import { type CommandOutput, type Logging, OutputCollector, previousOutput } from './output';
import { goQuote } from './text';

/** The inputs of `local.Command` that say how it runs. */
export interface LocalCommandInputs {
  interpreter?: string[];
  dir?: string;
  environment?: Record<string, string>;
  addPreviousOutputInEnv?: boolean;
  stdin?: string;
  logging?: Logging;
}

/** How long a command may take to end by itself after an interrupt, in milliseconds. */
const terminationGraceMs = 5000;

/**
 * Runs one command on this machine, by default through `/bin/sh -c`, in `dir` or the project's folder.
 * @throws Error with the command, why it failed and all it had printed, in the real provider's form.
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
  child.stdin.on('error', () => undefined); // it may end without reading its input
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
