import { setTimeout as sleep } from 'node:timers/promises';
import { showWork } from '../../cli/run/display';

/* Shows a piece of work, in a process that a test gives a terminal. The arguments are its events, two seconds apart. */
void showWork([
  {
    title: 'work',
    run: async ({ event }) => {
      for (const line of process.argv.slice(2)) {
        event(line);
        await sleep(2000);
      }
    },
  },
]);
