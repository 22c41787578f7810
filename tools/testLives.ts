/**
 * Lives random lives of a lab (test/kit/lives) for some minutes: `npm run test:lives -- --minutes N --seed S`. The last quarter of the
 * time is for lives in processes as on an undercloud.
 */
import { Command } from 'commander';
import { numberOption } from '../lib/numberOption';
import { runTests, seedOption } from './randomTests';

const { minutes, seed } = new Command('npm run test:lives --')
  .option('--minutes <number>', 'how long', numberOption(/^(?=.*[1-9])\d+(\.\d+)?$/, 'a number above 0'), 10)
  .addOption(seedOption('which lives'))
  .parse()
  .opts<{ minutes: number; seed: number }>();
const seconds = minutes * 60;

void runTests(['parts', 'test/kit/lives'], {
  DCN_LIVES_SECONDS: String(seconds * 0.75),
  DCN_LIVES_REAL_SECONDS: String(seconds * 0.25),
  DCN_LIVES_SEED: String(seed),
});
