import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../lib/paths';
import { largeLab } from './largeLab';
import { type Figures, median } from './measure';

const rounds = 9;

const columns = ['processor time', 'min (s)', 'median (s)', 'against node -e 0'];

/**
 * Processor time (user and system) of short commands, against a Node with an empty program: one row per command. The
 * commands take turns, so that the machine's load is the same for all.
 *
 * @param directory where the lab file of 1,000 sites is written
 */
export async function starts(directory: string): Promise<Figures[]> {
  const large = path.join(directory, 'Pulumi.large.yaml');
  fs.writeFileSync(large, largeLab(1000));
  const commands = [
    ['node', '-e', '0'],
    ['./dcn', '--help'],
    ['./dcn', 'plan'],
    ['./dcn', '--lab', large, 'plan'],
  ];
  const times = commands.map((): number[] => []);
  for (let round = -1; round < rounds; round += 1) {
    for (const [index, command] of commands.entries()) {
      const time = await processorSeconds(command);
      if (round >= 0) {
        times[index]?.push(time); // the first round fills the caches
      }
    }
  }
  const idle = median(times[0] as number[]);
  const rows = commands.map((command, index) => {
    const own = times[index] as number[];
    const title = command.join(' ').replace(large, 'Pulumi.large.yaml (1,000 sites)');
    const ratio = (median(own) / idle).toFixed(1);
    return [title, Math.min(...own).toFixed(2), median(own).toFixed(2), `× ${ratio}`];
  });
  return [{ columns, rows }];
}

/** Processor time of a command and its children, by bash's `time`. */
async function processorSeconds(command: string[]): Promise<number> {
  const script = 'TIMEFORMAT="%U %S"; time "$@" >/dev/null';
  const { stderr } = await execa('bash', ['-c', script, 'bash', ...command], { cwd: projectRoot });
  return stderr
    .split(' ')
    .map(Number)
    .reduce((sum, part) => sum + part);
}
