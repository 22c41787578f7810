/**
 * Strikes verbs of a lab on the sandbox with faults (test/chaos), at N random moments: `npm run test:chaos -- --points N --seed S`. However
 * the tests end, a table of all points follows, with those that were not reached.
 */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Command } from 'commander';
import { reportOf } from '../test/chaos/report';
import { atLeastOne } from '../lib/numberOption';
import { runTests, seedOption } from './randomTests';

const { points, seed } = new Command('npm run test:chaos --')
  .option('--points <number>', 'how many moments', atLeastOne, 20)
  .addOption(seedOption('which moments'))
  .parse()
  .opts<{ points: number; seed: number }>();

void chaos();

async function chaos(): Promise<void> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'chaos-'));
  const record = path.join(directory, 'record.json');
  try {
    await runTests(['chaos'], {
      DCN_CHAOS_POINTS: String(points),
      DCN_CHAOS_SEED: String(seed),
      DCN_CHAOS_RECORD: record,
    });
    process.stdout.write(reportOf(seed, record));
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
}
