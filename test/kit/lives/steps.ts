import * as fc from 'fast-check';
import type { Fault } from './forkedUndercloud';
import type { Life } from './life';
import { sites } from './resources';
import { sleep } from '../undercloud';

/** What happens to a lab. */
export type Step =
  | { do: 'up'; fault: Fault | null }
  | { do: 'add'; site: string }
  | { do: 'change'; site: string; key: boolean }
  | { do: 'destroy'; site: string; fault: Fault | null }
  | { do: 'destroy all'; fault: Fault | null }
  | { do: 'lose'; site: string; fault: Fault | null }
  | { do: 'want'; image: string; sites: string[] }
  | { do: 'drop'; image: string }
  | { do: 'save'; image: string; store: string }
  | { do: 'copy'; image: string; store: string; fault: Fault | null }
  | { do: 'remove'; image: string; store: string; fault: Fault | null }
  | { do: 'clone'; image: string; store: string }
  | { do: 'unclone' }
  | { do: 'glance'; call: string; statuses: number[]; done: boolean }
  | { do: 'import'; store: string; becomes: 'stuck' | 'failing' | 'well' }
  | { do: 'clock'; seconds: number }
  | { do: 'wait'; hours: number }
  | { do: 'fate'; how: 'kill' | 'fail' | 'late' | 'orphan'; pattern: string }
  | { do: 'kill'; what: 'supervisors' | 'all' | 'pulumi'; after: number }
  | { do: 'restart' }
  | { do: 'both'; steps: [Step, Step] };

/** Lets a fault befall the processes that start from now on, until the returned function is called. */
export type Strike = (fault: Fault) => () => void;

const stores = ['central', ...sites];
const labImages = ['lab-a', 'lab-b'];
const images = [...labImages, 'vm-a', 'vm-b'];

const site = fc.constantFrom(...sites);
const store = fc.constantFrom(...stores);
const image = fc.constantFrom(...images);

/** A fault of processes with one of these roles; in three of four cases none. */
const faultOf = (...roles: string[]): fc.Arbitrary<Fault | null> =>
  fc.option(
    fc.record({
      role: fc.constantFrom(...roles),
      at: fc.integer({ min: 1, max: 40 }),
      kind: fc.constantFrom('kill' as const, 'kill' as const, 'full' as const, 'io' as const),
    }),
    { freq: 2 },
  );

const jobs = [
  'stores/update',
  ...['network-provision', 'overcloud-stack', 'overcloud-config'].map((step) => `control-plane/${step}`),
  ...sites.map((name) => `${name}/overcloud-stack`),
];
const upFault = faultOf(
  'job run',
  'stores register',
  'stores update',
  'images ensure',
  'site restore',
  ...jobs,
);
const destroyFault = faultOf('job undo', 'stores withdraw', 'stores update', 'site close', ...jobs);

const single = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('up' as const), fault: upFault }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), site }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('change' as const), site, key: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('destroy' as const), site, fault: destroyFault }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('destroy all' as const),
      fault: faultOf('images remove-all', 'stores withdraw', 'job undo', ...jobs),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('lose' as const),
      site,
      fault: faultOf('stores forget', 'site close', 'stores update', ...jobs),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('want' as const),
      image: fc.constantFrom(...labImages),
      sites: fc.subarray(sites),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('drop' as const), image: fc.constantFrom(...labImages) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('save' as const), image: fc.constantFrom('vm-a', 'vm-b'), store }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('copy' as const), image, store, fault: faultOf('images copy') }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('remove' as const),
      image,
      store,
      fault: faultOf('images remove'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clone' as const), image, store }) },
  { weight: 1, arbitrary: fc.constant({ do: 'unclone' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('glance' as const),
      call: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'tokens', 'import', '.'),
      // 0: the connection breaks; -1: no answer.
      statuses: fc.array(fc.constantFrom(503, 503, 409, 500, 0, -1), { minLength: 1, maxLength: 4 }),
      done: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('import' as const),
      store,
      becomes: fc.constantFrom('stuck' as const, 'failing' as const, 'well' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('clock' as const),
      seconds: fc.constantFrom(-90000, -60, 60, 4000, 90000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), hours: fc.constantFrom(1, 3) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('fate' as const),
      how: fc.constantFrom('kill' as const, 'fail' as const, 'late' as const, 'orphan' as const),
      pattern: fc.constantFrom(
        '*',
        '*control-plane*',
        '*--stack-only',
        '*--config-download-only',
        '*delete*',
        '*export*',
        '*dcn1*',
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('kill' as const),
      what: fc.constantFrom('supervisors' as const, 'all' as const, 'pulumi' as const),
      after: fc.integer({ min: 0, max: 500 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
) as fc.Arbitrary<Step>;

/** One step, or two side by side. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: single },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('both' as const), steps: fc.tuple(single, single) }) },
);

/** The steps of a life; most lives begin with an up that no fault befalls. */
export const anyLife: fc.Arbitrary<Step[]> = fc
  .tuple(
    fc.constantFrom<Step[]>(
      [{ do: 'up', fault: null }],
      [
        { do: 'add', site: 'dcn1' },
        { do: 'up', fault: null },
      ],
      [],
    ),
    fc.array(anyStep, { minLength: 1, maxLength: 25, size: 'max' }),
  )
  .map(([first, later]) => [...first, ...later]);

/** Plays a step. A verb that fails is no violation: it says so, and the next steps go on from there. */
export async function play(life: Life, step: Step, strike: Strike): Promise<void> {
  life.trace.push(JSON.stringify(step));
  if (step.do === 'both') {
    await Promise.all(step.steps.map((one) => play(life, one, strike)));
    return;
  }
  const endStrike = 'fault' in step && step.fault ? strike(step.fault) : () => undefined;
  try {
    await act(life, step);
  } finally {
    endStrike();
  }
}

async function act(life: Life, step: Exclude<Step, { do: 'both' }>): Promise<void> {
  const { here, glance } = life;
  switch (step.do) {
    case 'up':
      await life.up();
      return;
    case 'add':
      if (!life.sites.has(step.site) && !life.lost.has(step.site)) {
        life.sites.set(step.site, 1);
        here.write('unreachable', '');
      }
      return;
    case 'change':
      life.change(step.site, step.key);
      return;
    case 'destroy':
      if (life.sites.has(step.site)) {
        await life.destroySite(step.site);
      }
      return;
    case 'destroy all':
      await life.destroyAll();
      return;
    case 'lose':
      if (life.sites.has(step.site)) {
        await life.lose(step.site);
      }
      return;
    case 'want':
      life.images.set(step.image, new Set(step.sites));
      return;
    case 'drop':
      life.images.delete(step.image);
      return;
    case 'save':
      life.save(step.image, step.store);
      return;
    case 'copy':
      await life.copy(step.image, step.store);
      return;
    case 'remove':
      await life.removeCopy(step.image, step.store);
      return;
    case 'clone':
      life.clone(step.image, step.store);
      return;
    case 'unclone':
      life.unclone();
      return;
    case 'glance':
      glance.outages.push({ call: new RegExp(step.call), statuses: [...step.statuses], done: step.done });
      return;
    case 'import':
      glance.stuck.delete(step.store);
      glance.failing.delete(step.store);
      if (step.becomes !== 'well') {
        glance[step.becomes].add(step.store);
      }
      return;
    case 'clock':
      here.write('step', String(step.seconds));
      return;
    case 'wait':
      life.wait(step.hours);
      return;
    case 'fate':
      here.write('fate', `${step.how} ${step.pattern}`);
      return;
    case 'kill':
      await sleep(step.after / 1000);
      ({
        supervisors: () => here.killSupervisors(),
        all: () => here.kill(),
        pulumi: () => life.killPulumi(),
      })[step.what]();
      return;
    case 'restart':
      life.restart();
  }
}
