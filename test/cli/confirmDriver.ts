import { confirm } from '../../cli/confirm';

/* Asks for the name that the first argument is, in a process that a test gives a terminal, or none. */
confirm(process.argv[2] ?? '')
  .then(() => console.log('goes on'))
  .catch((error: unknown) => console.log((error as Error).message));
