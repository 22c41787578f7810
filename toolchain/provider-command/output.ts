import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import type { OperationLog } from './operation';
import { trimNewline } from './text';

export type Logging = 'stdout' | 'stderr' | 'stdoutAndStderr' | 'none';

/** A command's output streams, each without its last newline. */
export interface CommandOutput {
  stdout: string;
  stderr: string;
}

/** Collects a command's output, and logs the lines of the streams that `logging` names (default: both). */
export class OutputCollector {
  private readonly texts = { stdout: '', stderr: '' };
  private combined = '';

  constructor(
    private readonly log: OperationLog,
    private readonly logging: Logging = 'stdoutAndStderr',
  ) {}

  /** Collects a stream until it ends. */
  read(stream: Readable, name: keyof CommandOutput): void {
    const shown = this.logging === name || this.logging === 'stdoutAndStderr';
    const decoder = new StringDecoder('utf8');
    let line = '';
    stream.on('data', (chunk: Buffer) => {
      const text = decoder.write(chunk);
      this.texts[name] += text;
      this.combined += text;
      if (!shown) {
        return;
      }
      const lines = (line + text).split('\n');
      line = lines.pop() ?? '';
      for (const complete of lines) {
        this.log.status(complete);
      }
    });
    stream.on('end', () => {
      if (shown && line) {
        this.log.status(line);
      }
    });
  }

  /** Both streams in the order of arrival, for error messages. */
  all(): string {
    return this.combined;
  }

  output(): CommandOutput {
    return { stdout: trimNewline(this.texts.stdout), stderr: trimNewline(this.texts.stderr) };
  }
}

/** Environment variables with the output of the previous run of a command. */
export function previousOutput(previous: Partial<CommandOutput> | undefined): Record<string, string> {
  return {
    ...(previous?.stdout ? { PULUMI_COMMAND_STDOUT: previous.stdout } : {}),
    ...(previous?.stderr ? { PULUMI_COMMAND_STDERR: previous.stderr } : {}),
  };
}
