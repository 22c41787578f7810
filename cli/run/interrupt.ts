/** What a run that can be interrupted listens to. */
export interface Interrupts {
  /** The user wants the run to end in an orderly way. */
  stop: AbortSignal;
  /** The user wants it to end at once; the process exits as soon as all listeners have returned. */
  kill: AbortSignal;
}

/** SIGHUP: the terminal has gone, and nobody can press Ctrl-C any more. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** As a shell says it of a program that SIGINT ended. */
export const interruptedExitCode = 130;

/**
 * Runs `work` so that the first Ctrl-C (or TERM, or the end of the terminal) aborts `stop` in place of ending this
 * process, and the second one aborts `kill` and then ends it.
 */
export async function interruptible<T>(work: (interrupts: Interrupts) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const kill = new AbortController();
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
