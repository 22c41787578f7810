import * as fc from 'fast-check';
import { TestUndercloud } from '../undercloud';
import { ForkedUndercloud, Zygote } from './forkedUndercloud';
import { Life } from './life';
import { checkDestroyReachesNothing, checkUpReachesPlan } from './reached';
import { type Step, type Strike, anyLife, play } from './steps';

/*
 * Random lives of a lab. `npm run test:lives` sets DCN_LIVES_SEED, which says which lives, and for how many seconds they go on:
 * DCN_LIVES_SECONDS in forks of one process, with faults at numbered writes, and DCN_LIVES_REAL_SECONDS in processes as on an
 * undercloud, at the kit's own pace, with kill -9 from outside.
 */

const seconds = Number(process.env.DCN_LIVES_SECONDS ?? 8);
const realSeconds = Number(process.env.DCN_LIVES_REAL_SECONDS ?? 0);
/** The short run always lives the same lives: it must not fail by chance for a change that has nothing to do with it. */
const seed = Number(process.env.DCN_LIVES_SEED ?? 1000);
/** Lives of one seed of fast-check; the next lives have the next seed. */
const livesOfSeed = 10;

jest.setTimeout((Math.max(seconds, realSeconds) * 2 + 900) * 1000);

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

/** Lives random lives for some time; a life that fails is made shorter for a quarter of the time. */
async function liveFor(limit: number, arrive: () => Place): Promise<void> {
  const done = { lives: 0, steps: 0, verbs: 0 };
  const end = Date.now() + limit * 1000;
  let until = end;
  const property = fc.asyncProperty(anyLife, async (steps) => {
    // fast-check's own time limit would leave the life under way to itself.
    if (Date.now() > until) {
      return;
    }
    try {
      const { calls } = await live(arrive(), steps);
      done.lives += 1;
      done.steps += steps.length;
      done.verbs += calls;
    } catch (error) {
      until = until === end ? Date.now() + limit * 250 : until;
      throw error;
    }
  });
  try {
    for (let next = seed; Date.now() < end; next += 1) {
      await fc.assert(property, { seed: next, numRuns: livesOfSeed });
    }
  } finally {
    console.log(`seed ${seed}: ${done.lives} lives, ${done.steps} steps, ${done.verbs} verbs of the kit`);
  }
}

test('whatever happens, one up reaches the plan, and one destroy leaves nothing', async () => {
  const zygote = await Zygote.start();
  try {
    await liveFor(seconds, () => {
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
    liveFor(realSeconds, () => {
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
