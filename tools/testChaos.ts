/**
 * Strikes verbs of a lab on the sandbox with faults (test/chaos), at N random moments: `npm run test:chaos -- --points N --seed S`.
 */
import { Command } from 'commander';
import { number, runTests, seedOption } from './randomTests';

const { points, seed } = new Command('npm run test:chaos --')
  .option('--points <number>', 'how many moments', number(/^[1-9]\d*$/, 'a whole number, 1 or more'), 20)
  .addOption(seedOption('which moments'))
  .parse()
  .opts<{ points: number; seed: number }>();

void runTests(['chaos'], { DCN_CHAOS_POINTS: String(points), DCN_CHAOS_SEED: String(seed) });
