import * as fc from 'fast-check';
import { TestUndercloud } from '../undercloud';
import { ForkedUndercloud, Zygote } from './forkedUndercloud';
import { Life } from './life';
import { addressOf, control, sites } from './resources';
import { openSshPort } from '../sshPort';
import { checkDestroyReachesNothing, checkUpReachesPlan } from './reached';
import { type Step, type Strike, anyLife, play } from './steps';

/*
 * Random lives of a lab. `npm run test:lives` sets DCN_LIVES_SEED, which says which lives, and for how many seconds they go on:
 * DCN_LIVES_SECONDS in forks of one process, with faults at numbered writes, and DCN_LIVES_REAL_SECONDS in processes as on an
 * undercloud, at the kit's own pace, with kill -9 from outside.
 */

/** How long a test lives: for a number of lives, or for some seconds, at the end of which no life begins. */
type Limit = { lives: number } | { seconds: number };

const { DCN_LIVES_SECONDS, DCN_LIVES_REAL_SECONDS, DCN_LIVES_SEED } = process.env;
/**
 * The short run lives the same lives each time, on machines of any speed: it must not fail by chance for a change that has nothing to do
 * with it.
 */
const limit: Limit = DCN_LIVES_SECONDS === undefined ? { lives: 3 } : { seconds: Number(DCN_LIVES_SECONDS) };
const realSeconds = Number(DCN_LIVES_REAL_SECONDS ?? 0);
const seed = Number(DCN_LIVES_SEED ?? 1000);
/** Lives of one seed of fast-check; the next lives have the next seed. */
const livesOfSeed = 10;
/** Lives at once: a life waits most of its time. */
const abreast = 12;
/** Seconds for which the short run makes a life shorter that fails. */
const shortSeconds = 8;

jest.setTimeout((Math.max('seconds' in limit ? limit.seconds : 0, realSeconds) * 2 + 900) * 1000);

/** Lives that have failed once; the short run lives them first. */
const known: [Step[]][] = [
  // The store is drained, and the update of the control plane without it fails.
  [
    [
      { do: 'up', fault: null },
      { do: 'fate', how: 'fail', pattern: '*--config-download-only' },
      { do: 'destroy', site: 'dcn0', fault: null },
    ],
  ],
  // Pulumi is killed, and the teardown that it has begun ends well.
  [
    [
      { do: 'up', fault: null },
      { do: 'fate', how: 'orphan', pattern: '*delete*' },
      { do: 'destroy', site: 'dcn0', fault: null },
    ],
  ],
  // `site close` is killed after it has set the inventory aside, and then the lab file changes what the hosts shall have.
  [
    [
      { do: 'up', fault: null },
      { do: 'destroy', site: 'dcn0', fault: { role: 'site close', at: 8, kind: 'kill' } },
      { do: 'change', site: 'dcn0', key: false },
    ],
  ],
  // A site is lost with the only copy of an image, and Glance refuses to delete the image.
  [
    [
      { do: 'up', fault: null },
      { do: 'save', image: 'vm-a', store: 'dcn0' },
      { do: 'glance', call: 'DELETE', statuses: [500], done: false },
      { do: 'lose', site: 'dcn0', fault: null },
    ],
  ],
  // An update of the control plane is killed between the space that it reserves for its outcome and its record.
  [
    [
      { do: 'up', fault: null },
      { do: 'destroy', site: 'dcn0', fault: { role: 'stores withdraw', at: 38, kind: 'kill' } },
    ],
  ],
];

let closePorts: (() => void)[] = [];
beforeAll(async () => {
  closePorts = await Promise.all([control, ...sites].map((site) => openSshPort(addressOf(site))));
});
afterAll(() => closePorts.forEach((close) => close()));

/** Where a life takes place. */
interface Place {
  here: TestUndercloud;
  strike: Strike;
  /** Seconds, as for Life. */
  patience: number;
}

/** Lives a life: some steps, then all faults end, then one up and one destroy. Fails with all that has happened. */
async function live({ here, strike, patience }: Place, steps: Step[]): Promise<Life> {
  const life = new Life(here, patience);
  await life.open();
  try {
    for (const step of steps) {
      await play(life, step, strike);
      life.checkAlways();
    }
    life.trace.push('all faults end');
    await life.heal();
    await checkUpReachesPlan(life);
    await checkDestroyReachesNothing(life);
  } catch (error) {
    throw new Error(`${(error as Error).stack}\n\n${life.trace.join('\n')}\n`);
  } finally {
    await life.close();
  }
  return life;
}

/** Lives random lives, some at once; a life that fails is made shorter for some time, with a limit of seconds for a quarter of them. */
async function liveFor(limit: Limit, arrive: () => Place): Promise<void> {
  const done = { lives: 0, steps: 0, verbs: 0 };
  let end = 'seconds' in limit ? Date.now() + limit.seconds * 1000 : Infinity;
  const shrinking = 'seconds' in limit ? limit.seconds / 4 : shortSeconds;
  const check = (parameters: fc.Parameters<[Step[]]>): Promise<void> => {
    let shorterUntil: number | undefined;
    const property = fc.asyncProperty(anyLife, async (steps) => {
      // fast-check's own time limit would leave the life under way to itself.
      if (Date.now() > (shorterUntil ?? end)) {
        return;
      }
      try {
        const { calls } = await live(arrive(), steps);
        done.lives += 1;
        done.steps += steps.length;
        done.verbs += calls;
      } catch (error) {
        shorterUntil ??= Date.now() + shrinking * 1000;
        end = 0;
        throw error;
      }
    });
    return fc.assert(property, parameters);
  };
  const line = async (first: number): Promise<void> => {
    for (let next = first; Date.now() < end; next += abreast) {
      await check({ seed: next, numRuns: livesOfSeed });
    }
  };
  const began = Date.now();
  try {
    if ('lives' in limit) {
      await check({ seed, numRuns: known.length + limit.lives, examples: known });
    } else {
      const ended = await Promise.allSettled(
        Array.from({ length: abreast }, (_, index) => line(seed + index)),
      );
      const failed = ended.find(({ status }) => status === 'rejected');
      if (failed) {
        throw (failed as PromiseRejectedResult).reason;
      }
    }
  } finally {
    const minutes = (Date.now() - began) / 60_000;
    console.log(
      `seed ${seed}: ${done.lives} lives, ${done.steps} steps (${Math.round(done.steps / minutes)} a minute), ` +
        `${done.verbs} verbs of the kit`,
    );
  }
}

test('whatever happens, one up reaches the plan, and one destroy leaves nothing', async () => {
  const zygote = await Zygote.start();
  try {
    await liveFor(limit, () => {
      const here = new ForkedUndercloud(zygote);
      const strike: Strike = (fault) => {
        here.fault = fault;
        return () => (here.fault = undefined);
      };
      return { here, strike, patience: 10 };
    });
  } finally {
    await zygote.close();
  }
});

if (realSeconds > 0) {
  test('the same with processes as on an undercloud', () =>
    liveFor({ seconds: realSeconds }, () => {
      const here = new TestUndercloud();
      const strike: Strike = ({ role, at }) => {
        // A supervisor's role is its job.
        const pattern = role.includes('/') ? /\0supervise\0/ : /\/kit\0(?!supervise)/;
        const timer = setTimeout(() => here.kill(pattern), at * 50);
        return () => clearTimeout(timer);
      };
      return { here, strike, patience: 40 };
    }));
}
