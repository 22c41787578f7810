import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import type { OperationLog } from './operation';
import { trimNewline } from './text';

export type Logging = 'stdout' | 'stderr' | 'stdoutAndStderr' | 'none';

/** What a command left behind: each stream less its last line end. */
export interface CommandOutput {
  stdout: string;
  stderr: string;
}

/** Collects a command's two streams, and shows their lines as they come where `logging` (default: both) says so. */
export class OutputCollector {
  private readonly texts = { stdout: '', stderr: '' };
  private combined = '';

  constructor(
    private readonly log: OperationLog,
    private readonly logging: Logging = 'stdoutAndStderr',
  ) {}

  /** Takes all that a stream gives from now on. */
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

  /** Both streams in the order they came: what an error message shows. */
  all(): string {
    return this.combined;
  }

  output(): CommandOutput {
    return { stdout: trimNewline(this.texts.stdout), stderr: trimNewline(this.texts.stderr) };
  }
}

/** The previous run's output, as the environment variables that the next run of a command sees. */
export function previousOutput(previous: Partial<CommandOutput> | undefined): Record<string, string> {
  return {
    ...(previous?.stdout ? { PULUMI_COMMAND_STDOUT: previous.stdout } : {}),
    ...(previous?.stderr ? { PULUMI_COMMAND_STDERR: previous.stderr } : {}),
  };
}
