/** What `kit status --json` says, as far as it is checked. */
export interface Status {
  jobs: { job: string; state: string; reason: string | null }[];
  stores: { store: string; included: boolean }[];
  announcements: { site: string; why: string }[];
  locks: { lock: string; holder: string }[];
}

const sorted = (names: Iterable<string>): string => [...names].sort().join(', ');

/**
 * What of a lab at rest does not hold in the kit's view, a sentence for each: no lock or announcement is left, the jobs of sites that
 * stand have succeeded, those of other sites are gone, and the control plane has the registered stores.
 *
 * @param sites those that stand
 * @param stores ids of the stores that must be registered
 */
export function unrest(status: Status, sites: string[], stores: string[]): string[] {
  const { jobs, stores: registered, announcements, locks } = status;
  const ids = registered.map(({ store }) => store);
  return [
    ...announcements.map(({ site, why }) => `site ${site} is announced: ${why}`),
    ...locks.map(({ lock, holder }) => `lock ${lock} is held by ${holder}`),
    ...jobs
      .filter(({ job, state }) => !mayBe(job, state, sites))
      .map(({ job, state, reason }) => `job ${job} is ${state}${reason === null ? '' : `: ${reason}`}`),
    ...(sorted(ids) === sorted(stores)
      ? []
      : [`registered are the stores ${sorted(ids)}, wanted are ${sorted(stores)}`]),
    ...registered.filter(({ included }) => !included).map(({ store }) => `store ${store} is not included`),
  ];
}

function mayBe(job: string, state: string, sites: string[]): boolean {
  const [site = ''] = job.split('/');
  // After an update that has failed, none may be needed any more.
  return job === 'stores/update'
    ? ['succeeded', 'failed'].includes(state)
    : state === (sites.includes(site) ? 'succeeded' : 'gone');
}

/** What the record of a job's run says, as far as it is checked. */
export interface Run {
  number: number;
  kind: string;
  state: string;
  revision: string;
  stores: unknown;
  digests: unknown;
  begin: string;
  end: string | null;
}

/**
 * Runs of a lab at rest, a sentence for each, that are still on record as under way though another followed, or that did the work of the
 * successful run before them once more. The record of the latest run may say so after a kill: the kit sees that its processes are gone.
 *
 * @param jobs the runs of each job, oldest first
 */
export function needlessRuns(jobs: Record<string, Run[]>): string[] {
  return Object.entries(jobs).flatMap(([job, runs]) => [
    ...runs
      .slice(0, -1)
      .filter(({ state }) => ['starting', 'waiting', 'running'].includes(state))
      .map(({ number, state }) => `job ${job}: run ${number} is on record as ${state}`),
    ...runs
      .slice(1)
      .filter((run, index) => repeats(job, runs[index] as Run, run))
      .map(({ number }) => `job ${job}: run ${number} repeats the success of run ${number - 1}`),
  ]);
}

/** An update of the control plane has the same document each time. */
const repeats = (job: string, before: Run, after: Run): boolean =>
  job !== 'stores/update' && before.state === 'succeeded' && workOf(before) === workOf(after);

const workOf = ({ kind, state, revision, stores, digests }: Run): string =>
  JSON.stringify([kind, state, revision, stores, digests]);
