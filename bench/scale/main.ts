import { Command } from 'commander';
import { table } from '../../lib/table';
import { atLeastOne } from '../../lib/numberOption';
import { criticalMinutes } from './durations';
import { sum } from './memory';
import { type Cost, ScaleLab } from './scaleLab';

/*
 * `npm run bench -- scale`: `./dcn` for labs of many sites on a simulated undercloud. Real: ./dcn, pulumi, the programs, the kit, its jobs
 * and locks, SSH. Simulated: `openstack`, which sleeps (durations.ts), the hosts, Neutron, Keystone and Glance (the stand-ins of the tests).
 * The records and stacks of a lab that is only read are copies of one site's.
 */

const columns = [
  'command',
  'time (s)',
  'processor (s)',
  'memory (MiB)',
  'pulumi at once',
  'SSH at once',
  'of them not logged in',
  'control-plane deploys',
];

function row(title: string, { seconds, processor, memory, counts }: Cost): string[] {
  return [
    title,
    seconds.toFixed(1),
    processor.toFixed(1),
    sum(memory).toFixed(0),
    String(memory.pulumi.count),
    String(counts.most.open),
    String(counts.most.strangers),
    String(counts.deploys),
  ];
}

/** Runs commands one after the other, and prints what each took. */
async function measure(
  lab: ScaleLab,
  commands: [title: string, before: () => void, ...words: string[]][],
): Promise<void> {
  const rows: string[][] = [];
  for (const [title, before, ...words] of commands) {
    before();
    const cost = await lab.dcn(...words);
    rows.push(row(title, cost));
    console.error(`bench: ${title}: ${rows.at(-1)?.slice(1).join(', ')} ${JSON.stringify(cost.memory)}`);
  }
  console.log(table(columns, rows));
  const { records, state } = lab.sizes();
  console.log(
    `records on the undercloud: ${records.toFixed(1)} MiB; Pulumi's state and history: ${state.toFixed(1)} MiB`,
  );
}

const nothing = (): void => undefined;

/** A lab that is brought up, changed and shrunk. @param up words of `./dcn` that bring it up */
async function live(sites: number, faster: number, up: string[]): Promise<void> {
  const critical = (criticalMinutes(sites) * 60) / faster;
  console.log(
    `${sites} sites brought up, TripleO ${faster} times faster than life; critical path: ${critical.toFixed(0)} s`,
  );
  const lab = await ScaleLab.open(faster);
  let kit = 0;
  try {
    lab.write(sites);
    const last = Array.from({ length: Math.min(10, sites - 1) }, (_, index) => `dcn${sites - index}`);
    await measure(lab, [
      ['plan', nothing, 'plan'],
      ['up', nothing, ...up],
      ['up, no change', nothing, ...up],
      ['status', nothing, 'status'],
      ['up, one more site', () => lab.write(sites + 1), ...up],
      ['up, a parameter changed at all sites', () => lab.write(sites + 1, 8192), ...up],
      [`destroy of ${last.length} sites`, nothing, 'destroy', ...last, '--yes'],
    ]);
  } finally {
    kit = await lab.close();
  }
  console.log(`processor time of the kit and the simulation: ${kit.toFixed(0)} s`);
}

/** A lab whose records and stacks are copies of one site's. */
async function readOnly(sites: number): Promise<void> {
  console.log(`${sites} sites that are only read; their records, stacks and stores are copies of one site's`);
  const lab = await ScaleLab.open(600);
  try {
    lab.write(1);
    await lab.dcn('up');
    lab.write(2);
    await measure(lab, [['preview of one site, the lab has 2', nothing, 'preview', 'scale-dcn0']]);
    await lab.grow(sites);
    await measure(lab, [
      ['plan', nothing, 'plan'],
      ['preview of one site', nothing, 'preview', 'scale-dcn0'],
      ['status', nothing, 'status'],
      ['status --json', nothing, 'status', '--json'],
      ['images, 100 in all stores', nothing, 'images'],
      ['images --name', nothing, 'images', '--name', 'image-7'],
      ['log', nothing, 'log'],
    ]);
  } finally {
    await lab.close();
  }
}

/** `npm run bench -- scale`. */
export function scaleCommand(): Command {
  const each = (text: string, others: number[] | undefined): number[] => [
    ...(others ?? []),
    atLeastOne(text),
  ];
  return new Command('scale')
    .description('labs of many sites on a simulated undercloud')
    .option('--sites <number>', 'sites of a lab that is brought up; can be repeated (default: 10)', each)
    .option('--read <number>', 'sites of a lab that is only read; can be repeated (default: 1000)', each)
    .option('--faster <number>', 'how many times faster than life TripleO is', atLeastOne, 60)
    .option('--window <number>', 'how many stacks run at once (default: as of ./dcn)', atLeastOne)
    .action(async (options: { sites?: number[]; read?: number[]; faster: number; window?: number }) => {
      const up = ['up', ...(options.window ? ['--parallel', String(options.window)] : [])];
      for (const count of options.read ?? [1000]) {
        await readOnly(count);
      }
      for (const count of options.sites ?? [10]) {
        await live(count, options.faster, up);
      }
    });
}
