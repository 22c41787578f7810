import * as fs from 'node:fs';

/** A resource before or after a step; secrets are masked. */
export interface StepState {
  custom?: boolean;
  inputs?: Record<string, unknown>;
}

/** A step of the engine for one resource. */
export interface StepMetadata {
  op: string;
  urn: string;
  type: string;
  old?: StepState | null;
  new?: StepState | null;
  /** Inputs that differ. */
  diffs?: string[];
}

/** One line of the engine's event log, as far as it is read here (apitype/events.go of the CLI). */
export interface EngineEvent {
  timestamp: number;
  resourcePreEvent?: { metadata: StepMetadata };
  resOutputsEvent?: { metadata: StepMetadata };
  resOpFailedEvent?: { metadata: StepMetadata };
  diagnosticEvent?: { urn?: string; message: string; severity: string; ephemeral?: boolean };
  summaryEvent?: { resourceChanges: Record<string, number>; durationSeconds: number };
}

/** Text of a diagnostic without the engine's colour tags and trailing space. */
export function plain(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, '').trimEnd();
}

/** The error in an event; empty if the event is not an error. */
export function errorTexts({ diagnosticEvent }: EngineEvent): string[] {
  if (diagnosticEvent?.severity !== 'error' || !diagnosticEvent.message.trim()) {
    return [];
  }
  const text = plain(diagnosticEvent.message);
  return [cloudError(diagnosticEvent.urn ?? '', text) ?? text];
}

/** A cloud's own message for a resource that it refused: the provider repeats it with the whole request. */
function cloudError(urn: string, text: string): string | undefined {
  const [, message] = /"message": "([^"]+)"/.exec(text) ?? [];
  return message && urn.includes('$openstack:') ? `${urn.split('::').at(-1)}: ${message}` : undefined;
}

/** Reads an engine event log that is still being written: each `read` passes on the events since the last one. */
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
