import type { EngineClient } from '@pulumi/pulumi/proto/engine_grpc_pb';
import { LogRequest, LogSeverity } from '@pulumi/pulumi/proto/engine_pb';

/** What one call of the engine gives to the code that serves it. */
export interface Operation {
  /** Aborted when the user interrupts `pulumi`: whatever runs ends now. */
  cancelled: AbortSignal;
  /** Aborted by that, or when the resource's `customTimeouts` have run out. */
  expired: AbortSignal;
  log: OperationLog;
}

/** Lines shown at one resource while it is worked on. */
export class OperationLog {
  private sent: Promise<void> = Promise.resolve();

  constructor(
    private readonly engine: EngineClient | undefined,
    private readonly urn: string,
    private readonly mask: (text: string) => string,
  ) {}

  /** A line of progress: shown in the resource's row of the display, not kept. */
  status(line: string): void {
    this.send(line, LogSeverity.INFO, true);
  }

  /** A message that stays on the screen. */
  warn(message: string): void {
    this.send(message, LogSeverity.WARNING, false);
  }

  error(message: string): void {
    this.send(message, LogSeverity.ERROR, false);
  }

  /** Resolves when all lines so far have reached the engine, in order. */
  flushed(): Promise<void> {
    return this.sent;
  }

  private send(message: string, severity: ReturnType<LogRequest['getSeverity']>, ephemeral: boolean): void {
    const { engine } = this;
    if (!engine) {
      return;
    }
    const request = new LogRequest();
    request.setUrn(this.urn);
    request.setSeverity(severity);
    request.setMessage(this.mask(message));
    request.setEphemeral(ephemeral);
    // A line that the engine does not take is no reason to fail the work it tells of.
    this.sent = this.sent.then(() => new Promise((resolve) => engine.log(request, () => resolve())));
  }
}

/** Rejects when the signal fires, so that work that knows no signals can be raced against it. */
export function abortion(signal: AbortSignal): { rejected: Promise<never>; release(): void } {
  let onAbort = (): void => undefined;
  const rejected = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(reasonOf(signal));
    if (signal.aborted) {
      onAbort();
    } else {
      signal.addEventListener('abort', onAbort, { once: true });
    }
  });
  rejected.catch(() => undefined);
  return { rejected, release: () => signal.removeEventListener('abort', onAbort) };
}

/** Why it fired, in the words the real provider uses. */
export function reasonOf(signal: AbortSignal): Error {
  const { reason } = signal as { reason: unknown };
  return new Error(
    reason instanceof DOMException && reason.name === 'TimeoutError'
      ? 'context deadline exceeded'
      : 'context canceled',
  );
}
