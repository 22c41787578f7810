import * as fs from 'node:fs';

/** One line of the engine's event log, as far as the display reads it (apitype/events.go of the CLI). */
export interface EngineEvent {
  timestamp: number;
  resourcePreEvent?: { metadata: { op: string; urn: string; type: string } };
  resOutputsEvent?: { metadata: { op: string; urn: string; type: string } };
  resOpFailedEvent?: { metadata: { op: string; urn: string; type: string } };
  diagnosticEvent?: { urn?: string; message: string; severity: string; ephemeral?: boolean };
  summaryEvent?: { resourceChanges: Record<string, number>; durationSeconds: number };
}

/** Text of a diagnostic without the engine's colour marks and trailing space. */
export function plain(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, '').trimEnd();
}

/** Reads an engine event log that is still being written: each `read` hands on the events that came since the last. */
export class EventLog {
  private offset = 0;
  private rest = '';

  constructor(
    private readonly file: string,
    private readonly onEvent: (event: EngineEvent) => void,
  ) {}

  read(): void {
    if (!fs.existsSync(this.file)) {
      return;
    }
    const handle = fs.openSync(this.file, 'r');
    try {
      const size = fs.fstatSync(handle).size - this.offset;
      const buffer = Buffer.alloc(size);
      fs.readSync(handle, buffer, 0, size, this.offset);
      this.offset += size;
      this.rest += buffer.toString('utf8');
    } finally {
      fs.closeSync(handle);
    }
    const lines = this.rest.split('\n');
    this.rest = lines.pop() as string;
    for (const line of lines) {
      this.onEvent(JSON.parse(line) as EngineEvent);
    }
  }
}
