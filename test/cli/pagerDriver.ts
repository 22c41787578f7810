import { printPaged } from '../../cli/pager';

/* Prints as many lines as the first argument says, in a process that a test gives a terminal, or none. */
const lines = Array.from({ length: Number(process.argv[2]) }, (_, index) => `line ${index}`);
void printPaged(lines.join('\n')).then(() => console.log('goes on'));
