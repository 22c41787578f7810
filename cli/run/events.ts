import * as fs from 'node:fs';

/** What the engine says of a resource that a step is about; secrets come masked. */
export interface StepState {
  custom?: boolean;
  inputs?: Record<string, unknown>;
}

/** A step of the engine, about one resource. */
export interface StepMetadata {
  op: string;
  urn: string;
  type: string;
  old?: StepState | null;
  new?: StepState | null;
  /** Inputs that differ. */
  diffs?: string[];
}

/** One line of the engine's event log, as far as the display reads it (apitype/events.go of the CLI). */
export interface EngineEvent {
  timestamp: number;
  resourcePreEvent?: { metadata: StepMetadata };
  resOutputsEvent?: { metadata: StepMetadata };
  resOpFailedEvent?: { metadata: StepMetadata };
  diagnosticEvent?: { urn?: string; message: string; severity: string; ephemeral?: boolean };
  summaryEvent?: { resourceChanges: Record<string, number>; durationSeconds: number };
}

/** Text of a diagnostic without the engine's colour marks and trailing space. */
export function plain(message: string): string {
  return message.replace(/<\{%[^%]*%\}>/g, '').trimEnd();
}

/** What an event tells of an error, if it is about one. */
export function errorTexts({ diagnosticEvent }: EngineEvent): string[] {
  if (diagnosticEvent?.severity !== 'error' || !diagnosticEvent.message.trim()) {
    return [];
  }
  const text = plain(diagnosticEvent.message);
  return [cloudError(diagnosticEvent.urn ?? '', text) ?? text];
}

/** What a cloud refused for a resource of its own: its provider says that twice, and each time with the whole request. */
function cloudError(urn: string, text: string): string | undefined {
  const [, said] = /"message": "([^"]+)"/.exec(text) ?? [];
  return said && urn.includes('$openstack:') ? `${urn.split('::').at(-1)}: ${said}` : undefined;
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
