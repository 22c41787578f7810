/**
 * Strikes verbs of a lab on the sandbox with faults (test/chaos), at N random moments: `npm run test:chaos -- --points N --seed S`.
 */
import { Command } from 'commander';
import execa from 'execa';
import { projectRoot } from '../lib/paths';

async function main(): Promise<void> {
  const { points, seed } = new Command('npm run test:chaos --')
    .option('--points <number>', 'how many moments', '20')
    .option('--seed <number>', 'which moments', String(Date.now() % 1_000_000))
    .parse()
    .opts<{ points: string; seed: string }>();
  if (!/^[1-9]\d*$/.test(points) || !/^\d+$/.test(seed)) {
    throw new Error(`--points ${points} --seed ${seed}: write whole numbers, at least 1 point`);
  }
  const { failed } = await execa('npx', ['jest', '--selectProjects', 'chaos', '--runInBand'], {
    cwd: projectRoot,
    env: { DCN_CHAOS_POINTS: points, DCN_CHAOS_SEED: seed },
    stdio: 'inherit',
    reject: false,
  });
  process.exitCode = failed ? 1 : 0;
}

void main();
