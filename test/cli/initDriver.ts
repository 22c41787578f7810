import { init } from '../../cli/commands/init';

/* `dcn init` for the lab file that the first argument is, in a process that a test gives a terminal. */
init(process.argv[2] ?? '', {}).catch((error: unknown) => console.log((error as Error).message));
