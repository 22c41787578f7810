import { printable } from '../lib/printable';
import { UserError, errorText } from '../lib/userError';
import { createProgram } from './program';

/** Exit code of shells for a program that SIGPIPE ended. */
const brokenPipeExitCode = 141;

// The reader of the output is gone (`dcn log … | head`). A run stops in an orderly way, as when the terminal is closed.
let isReaderGone = false;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') {
    throw error;
  }
  if (!isReaderGone) {
    isReaderGone = true;
    const isHandled = process.emit('SIGHUP', 'SIGHUP');
    if (!isHandled) {
      process.exit(brokenPipeExitCode);
    }
  }
});

createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${printable(errorText(error))}\n`);
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
  });
