/**
 * Lives random lives of a lab (test/kit/lives) for some minutes: `npm run test:lives -- --minutes N --seed S`. The last quarter of the
 * time is for lives in processes as on an undercloud.
 */
import { Command } from 'commander';
import execa from 'execa';
import { projectRoot } from '../lib/paths';

async function main(): Promise<void> {
  const { minutes, seed } = new Command('npm run test:lives --')
    .option('--minutes <number>', 'how long', '10')
    .option('--seed <number>', 'which lives', String(Date.now() % 1_000_000))
    .parse()
    .opts<{ minutes: string; seed: string }>();
  const seconds = Number(minutes) * 60;
  if (!(seconds > 0) || !/^\d+$/.test(seed)) {
    throw new Error(`--minutes ${minutes} --seed ${seed}: write a number above 0, and a whole number`);
  }
  const { failed } = await execa(
    'npx',
    ['jest', '--selectProjects', 'parts', '--runInBand', 'test/kit/lives'],
    {
      cwd: projectRoot,
      env: {
        DCN_LIVES_SECONDS: String(seconds * 0.75),
        DCN_LIVES_REAL_SECONDS: String(seconds * 0.25),
        DCN_LIVES_SEED: seed,
      },
      stdio: 'inherit',
      reject: false,
    },
  );
  process.exitCode = failed ? 1 : 0;
}

void main();
