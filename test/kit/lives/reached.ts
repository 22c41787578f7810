import * as fs from 'node:fs';
import { filesUnder } from '../../../lib/filesUnder';
import { type Run, type Status, needlessRuns, unrest } from '../atRest';
import { type Life, Violation } from './life';

async function status(life: Life): Promise<Status & { imports: string[] | null }> {
  const { stdout, code } = await life.kit(['status', '--json']);
  if (code !== 0) {
    throw new Violation('kit status fails');
  }
  return JSON.parse(stdout) as Status & { imports: string[] | null };
}

/** Fails with each thing that is other than it should be. */
function refuse(what: string, faults: string[]): void {
  if (faults.length > 0) {
    throw new Violation(`${what}:\n${faults.join('\n')}`);
  }
}

const sorted = (names: Iterable<string>): string => [...names].sort().join(', ');

/** @throws Violation unless one `up` without any fault reaches the plan */
export async function checkUpReachesPlan(life: Life): Promise<void> {
  if (!(await life.up())) {
    throw new Violation('the last up fails');
  }
  const now = await status(life);
  const stores = ['central', ...life.sites.keys()];
  const standing = ['control-plane', ...life.sites.keys()];
  refuse('after the last up', [
    ...unrest(now, standing, stores),
    ...needlessRuns(runsOf(life)),
    ...(now.imports ?? ['Glance does not answer']),
    ...(sorted(life.glance.stores) === sorted(stores)
      ? []
      : [`Glance has the stores ${sorted(life.glance.stores)}, wanted are ${sorted(stores)}`]),
    ...[...life.images].flatMap(([name, sites]) => imageFaults(life, name, sites)),
    ...life.glance
      .names()
      .flatMap((name) =>
        life.glance.lacking(name).map((store) => `image ${name}: is listed at ${store} without data`),
      ),
  ]);
  life.checkAlways();
}

/** The runs of all jobs on record, oldest first. */
function runsOf({ here }: Life): Record<string, Run[]> {
  const jobs: Record<string, Run[]> = {};
  for (const file of filesUnder(here.path('dcn/dev/jobs'))) {
    const [, job] = /\/jobs\/([^/]+\/[^/]+)\/runs\/\d+\.json$/.exec(file) ?? [];
    if (job !== undefined) {
      (jobs[job] ??= []).push(JSON.parse(fs.readFileSync(file, 'utf8')) as Run);
    }
  }
  Object.values(jobs).forEach((runs) => runs.sort((a, b) => a.number - b.number));
  return jobs;
}

/** An image of the lab file is active, and in each of its stores but those that an operator has emptied. */
function imageFaults(life: Life, name: string, sites: Set<string>): string[] {
  const wanted = ['central', ...[...sites].filter((site) => life.sites.has(site))];
  const missing = wanted.filter(
    (store) => !life.glance.where(name)?.includes(store) && !life.removed.has(`${name}@${store}`),
  );
  return [
    ...(life.glance.property(name, 'status') === 'active' ? [] : [`image ${name} is not active`]),
    ...missing.map((store) => `image ${name} has no copy at ${store}`),
  ];
}

/** @throws Violation unless one `destroy` without any fault leaves nothing */
export async function checkDestroyReachesNothing(life: Life): Promise<void> {
  if (!(await life.destroyAll())) {
    throw new Violation('the last destroy fails');
  }
  const now = await status(life);
  refuse('after the last destroy', [
    ...unrest(now, [], []),
    ...(life.glance.down ? [] : ['the control plane answers']),
    ...filesUnder(life.here.lab())
      .filter((file) => /\.(reserved|work|new|part)(\/|$)/.test(file))
      .map((file) => `${file} is left`),
  ]);
  life.checkAlways();
}
