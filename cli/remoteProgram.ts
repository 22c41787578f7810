import type { Client } from 'ssh2';
import { withoutMarks } from '../kit/marks';
import { UserError } from '../lib/userError';

/** What reads a program's output while it runs, and what can stop it. */
export interface ProgramOptions {
  /** Gets each line of the program's standard error. */
  onLine?: (line: string) => void;
  /** Gets the program's standard output as it comes; the result then has an empty text. */
  onOutput?: (text: string) => void;
  /**
   * Keeps the program's standard input open until `stop` is aborted. A program that must not outlive its caller treats the end of
   * its input as an interruption; the call then waits until the program has cleaned up.
   */
  stop?: AbortSignal;
}

/** A program that has ended. */
export interface EndedProgram {
  /** Undefined: a signal ended the program, or the connection ended. */
  code: number | undefined;
  stdout: string;
  /** Lines of standard error that are not empty. */
  lines: string[];
}

/**
 * Runs a program of the kit over a connection, and waits for its end.
 *
 * @param label the program in messages
 * @throws UserError if the server does not start the program
 */
export async function runProgram(
  client: Client,
  label: string,
  command: string,
  stdin: string,
  { onLine, onOutput, stop }: ProgramOptions = {},
): Promise<EndedProgram> {
  return new Promise<EndedProgram>((resolve, reject) => {
    // Throws at once if the connection has ended. All listeners are set in the callback: a packet can hold the whole life of a program.
    client.exec(command, (error, channel) => {
      if (error) {
        reject(error);
        return;
      }
      const interrupt = (): void => void channel.end();
      stop?.addEventListener('abort', interrupt);
      let stdout = '';
      let rest = '';
      const lines: string[] = [];
      // The decoder of a stream joins the bytes of a character that arrive in two parts.
      channel.setEncoding('utf8').on('data', onOutput ?? ((text: string) => (stdout += text)));
      channel.stderr.setEncoding('utf8').on('data', (text: string) => {
        const parts = (rest + text).split('\n');
        rest = parts.pop() as string;
        for (const line of parts.map(withoutMarks)) {
          lines.push(line);
          onLine?.(line);
        }
      });
      channel.on('close', (code?: number | null) => {
        stop?.removeEventListener('abort', interrupt);
        resolve({ code: code ?? undefined, stdout, lines: [...lines, rest].filter(Boolean) });
      });
      if (stop) {
        channel.write(`${stdin}\n...\n`);
      } else {
        channel.end(stdin);
      }
    });
  }).catch((error: Error) => {
    throw new UserError(`${label}: ${error.message}. Run the command again.`);
  });
}
