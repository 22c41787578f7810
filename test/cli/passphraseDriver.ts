import { knownPassphrase, newPassphrase } from '../../cli/backup/passphrase';

/* Asks for the passphrase of a backup, in a process that a test gives a terminal, or none. Arguments: new or known, and a file. */
const [, , kind, file] = process.argv;
(kind === 'new' ? newPassphrase(file) : knownPassphrase(file))
  .then((passphrase) => console.log(`got ${JSON.stringify(passphrase)}`))
  .catch((error: unknown) => console.log((error as Error).message));
