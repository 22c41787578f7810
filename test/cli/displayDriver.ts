import { showWork } from '../../cli/run/display';

/* Shows a piece of work that ends at once, in a process that a test gives a terminal. */
void showWork([{ title: 'work', run: async () => undefined }]);
