import * as fs from 'node:fs';
import * as path from 'node:path';
import { recordFile } from '../../cli/run/record';
import { projectRoot } from '../../lib/paths';
import { tableColumns } from '../../lib/table';
import { castText } from './cast';
import { record } from './record';

/** The terminal of the recording: as wide as the widest table. */
export const recordedTerminal = { columns: tableColumns, rows: 28, secondsBetweenScreens: 4 };

/**
 * `npm run recording`: records `./dcn up` as docs/up.cast and its record as docs/timeline.jsonl, from which `npm run docs` draws
 * docs/up.svg and docs/timeline.svg.
 */
async function main(): Promise<void> {
  const cast = await record('./dcn up', recordedTerminal);
  const docs = (file: string): string => path.join(projectRoot, 'docs', file);
  fs.writeFileSync(docs('up.cast'), castText(cast));
  fs.copyFileSync(recordFile('dev'), docs('timeline.jsonl'));
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
