import { filesUnder } from '../../../lib/filesUnder';
import { type Life, Violation } from './life';

/** What `kit status --json` says, as far as it is checked. */
interface Status {
  jobs: { job: string; state: string; reason: string | null }[];
  stores: { store: string; included: boolean }[];
  announcements: { site: string; why: string }[];
  locks: { lock: string; holder: string }[];
  imports: string[] | null;
}

async function status(life: Life): Promise<Status> {
  const { stdout, code } = await life.kit(['status', '--json']);
  if (code !== 0) {
    throw new Violation('kit status fails');
  }
  return JSON.parse(stdout) as Status;
}

/** Fails with each thing that is other than it should be. */
function refuse(what: string, faults: string[]): void {
  if (faults.length > 0) {
    throw new Violation(`${what}:\n${faults.join('\n')}`);
  }
}

const sorted = (names: Iterable<string>): string => [...names].sort().join(', ');

/** No process, lock or announcement is left of what has ended. */
function ended({ announcements, locks }: Status): string[] {
  return [
    ...announcements.map(({ site, why }) => `site ${site} is announced: ${why}`),
    ...locks.map(({ lock, holder }) => `lock ${lock} is held by ${holder}`),
  ];
}

/** @throws Violation unless one `up` without any fault reaches the plan */
export async function checkUpReachesPlan(life: Life): Promise<void> {
  if (!(await life.up())) {
    throw new Violation('the last up fails');
  }
  const now = await status(life);
  const stores = ['central', ...life.sites.keys()];
  const jobs = now.jobs.filter(({ job }) => job !== 'stores/update');
  const standing = ['control-plane', ...life.sites.keys()];
  refuse('after the last up', [
    ...ended(now),
    ...(now.imports ?? ['Glance does not answer']),
    ...(sorted(life.glance.stores) === sorted(stores)
      ? []
      : [`Glance has the stores ${sorted(life.glance.stores)}, wanted are ${sorted(stores)}`]),
    ...(sorted(now.stores.map(({ store }) => store)) === sorted(stores)
      ? []
      : [`registered are ${sorted(now.stores.map(({ store }) => store))}, wanted are ${sorted(stores)}`]),
    ...now.stores.filter(({ included }) => !included).map(({ store }) => `store ${store} is not included`),
    ...jobs
      .filter(
        ({ job, state }) => state !== (standing.includes(job.split('/')[0] as string) ? 'succeeded' : 'gone'),
      )
      .map(({ job, state, reason }) => `job ${job} is ${state}: ${reason}`),
    ...[...life.images].flatMap(([name, sites]) => imageFaults(life, name, sites)),
    ...life.glance
      .names()
      .flatMap((name) =>
        life.glance.lacking(name).map((store) => `image ${name}: is listed at ${store} without data`),
      ),
  ]);
  life.checkAlways();
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
    ...ended(now),
    ...now.stores.map(({ store }) => `store ${store} is registered`),
    ...now.jobs
      .filter(({ job, state }) => state !== 'gone' && job !== 'stores/update')
      .map(({ job, state, reason }) => `job ${job} is ${state}: ${reason}`),
    ...(life.glance.down ? [] : ['the control plane answers']),
    ...filesUnder(life.here.lab())
      .filter((file) => /\.(reserved|work|new|part)(\/|$)/.test(file))
      .map((file) => `${file} is left`),
  ]);
  life.checkAlways();
}
