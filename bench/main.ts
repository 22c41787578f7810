import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Argument, Command } from 'commander';
import { table } from '../lib/table';
import { numberOption } from '../lib/numberOption';
import { copiesOnLab } from './copies';
import { directSites } from './directSites';
import { labRatios } from './lab';
import { lists } from './lists';
import type { Figures } from './measure';
import { model } from './model';
import { scaleCommand } from './scale/main';
import { sixSites } from './sites';
import { starts } from './starts';

/*
 * `npm run bench`: what the program costs, as ratios to the same work by hand, from one run on one machine. `npm run bench -- PART…`
 * measures these parts only; the parts `copies` and `scale` run only if they are named, since each takes an hour.
 */

/** @param directory that is empty, and removed at the end @param mib size of the image that is copied */
type Part = (directory: string, mib: number) => Figures[] | Promise<Figures[]> | AsyncGenerator<Figures>;

/** In the order in which they run. */
const parts: Record<string, Part> = {
  starts,
  model,
  lists,
  'direct-sites': (_, mib) => directSites(mib),
  lab: labRatios,
  sites: sixSites,
  copies: (_, mib) => copiesOnLab(mib),
};
const unnamed = Object.keys(parts).filter((part) => part !== 'copies');

async function run(named: string[], { mib }: { mib: number }): Promise<void> {
  const wanted = named.length > 0 ? named : unnamed;
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-bench-lab-'));
  process.env.GLANCE_DCN_STATE = path.join(directory, 'state');
  try {
    for (const [name, measure] of Object.entries(parts).filter(([part]) => wanted.includes(part))) {
      console.error(`bench: ${name}`);
      for await (const { columns, rows } of await measure(directory, mib)) {
        console.log(table(columns, rows));
      }
    }
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

const bench = new Command('npm run bench --')
  .addArgument(new Argument('[part...]', 'parts to measure').choices(Object.keys(parts)))
  .option(
    '--mib <number>',
    'size of the image that is copied',
    numberOption(/^(6[4-9]|[7-9]\d|[1-9]\d{2,})$/, 'a whole number, 64 or more'),
    1024,
  )
  .action(run)
  .addCommand(scaleCommand());

void bench.parseAsync();
