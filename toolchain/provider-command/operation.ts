import type { EngineClient } from '@pulumi/pulumi/proto/engine_grpc_pb';
import { LogRequest, LogSeverity } from '@pulumi/pulumi/proto/engine_pb';

/** Context of one call of the engine. */
export interface Operation {
  /** Aborted when the user interrupts `pulumi`. */
  cancelled: AbortSignal;
  /** Aborted with `cancelled`, and when the resource's `customTimeouts` have passed. */
  expired: AbortSignal;
  log: OperationLog;
}

/** Messages about a resource, for the engine's display. */
export class OperationLog {
  private sent: Promise<void> = Promise.resolve();

  constructor(
    private readonly engine: EngineClient | undefined,
    private readonly urn: string,
    private readonly mask: (text: string) => string,
  ) {}

  /** A line of progress, shown in the resource's row until the next line. */
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

  /** Resolves when the engine has all messages so far. */
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
    // A message that the engine refuses does not fail the operation.
    this.sent = this.sent.then(() => new Promise((resolve) => engine.log(request, () => resolve())));
  }
}

/** A promise that rejects when the signal fires, to race against work that takes no signal. */
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

/** Why the signal fired, in the real provider's words. */
export function reasonOf(signal: AbortSignal): Error {
  const { reason } = signal as { reason: unknown };
  return new Error(
    reason instanceof DOMException && reason.name === 'TimeoutError'
      ? 'context deadline exceeded'
      : 'context canceled',
  );
}
