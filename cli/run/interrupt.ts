import { setMaxListeners } from 'node:events';

/** Signals to a run that can be interrupted. */
export interface Interrupts {
  /** The user wants the run to stop in an orderly way. */
  stop: AbortSignal;
  /** The user wants the run to stop at once; the process exits as soon as all listeners have returned. */
  kill: AbortSignal;
}

/** SIGHUP: the terminal was closed, so that nobody can press Ctrl-C. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** Exit code of shells for a program that SIGINT ended. */
export const interruptedExitCode = 130;

/**
 * Runs `work` so that the first SIGINT (Ctrl-C), SIGTERM or SIGHUP aborts `stop` and does not end this process, and the
 * second one aborts `kill` and then ends the process.
 */
export async function interruptible<T>(work: (interrupts: Interrupts) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const kill = new AbortController();
  // One for each stack: Node would warn of a leak at the eleventh.
  setMaxListeners(Infinity, stop.signal, kill.signal);
  const onSignal = (): void => {
    if (!stop.signal.aborted) {
      stop.abort();
      return;
    }
    kill.abort();
    process.exit(interruptedExitCode);
  };
  signals.forEach((signal) => process.on(signal, onSignal));
  try {
    return await work({ stop: stop.signal, kill: kill.signal });
  } finally {
    signals.forEach((signal) => process.off(signal, onSignal));
  }
}
