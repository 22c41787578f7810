import { UserError, errorText } from '../lib/userError';
import { createProgram } from './program';

createProgram()
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${errorText(error)}\n`);
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
  });
