import * as fc from 'fast-check';
import { type StackNode, leftStacks, stacksOf } from '../../cli/run/graph';
import { Interrupted, type ScheduleOptions, type StackOutcome, runStacks } from '../../cli/run/schedule';
import type { LabContext } from '../../cli/context';
import { stacksOfSites } from '../../cli/commands/destroy';
import { parseLab, planLab } from '../../model';
import { cacheText, devText, multistoreText } from '../model/labs';

const stacksOfLab = (name: string, text: string) => stacksOf(planLab(parseLab(name, text)));

/** Runs all stacks. @returns starts (`+name`) and ends (`-name`, `!name`) in order, and the outcomes by name */
async function runAll(
  stacks: StackNode[],
  work: (name: string) => Promise<void>,
  options: ScheduleOptions & { stop?: AbortSignal } = {},
): Promise<{ events: string[]; outcomes: Record<string, StackOutcome> }> {
  const events: string[] = [];
  const outcomes: Record<string, StackOutcome> = {};
  await runStacks(
    stacks,
    async ({ name }) => {
      events.push(`+${name}`);
      await work(name);
    },
    ({ name }, outcome) => {
      events.push(`${outcome.state === 'done' ? '-' : '!'}${name}`);
      outcomes[name] = outcome;
    },
    options,
  );
  return { events, outcomes };
}
const states = (outcomes: Record<string, StackOutcome>): Record<string, string> =>
  Object.fromEntries(Object.entries(outcomes).map(([name, { state }]) => [name, state]));
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('stacks of a lab', () => {
  const stacks = stacksOfLab('dev', devText);

  it('has this order: shared resources, control plane, edges, images', () => {
    expect(stacks.map(({ name, needs, joins }) => [name, needs, joins])).toEqual([
      ['dev', [], []],
      ['dev-control-plane', ['dev'], []],
      ['dev-dcn0', ['dev'], ['dev-control-plane']],
      ['dev-dcn1', ['dev'], ['dev-control-plane']],
      ['dev-images', ['dev', 'dev-control-plane', 'dev-dcn0', 'dev-dcn1'], []],
    ]);
  });

  it('orders external Ceph before the control plane, and the central site beside the edges', () => {
    const others = stacksOfLab('m', multistoreText);
    expect(others.map(({ name, needs, joins }) => [name, needs, joins])).toEqual([
      ['m', [], []],
      ['m-external-ceph', ['m'], []],
      ['m-control-plane', ['m'], ['m-external-ceph']],
      ['m-central', ['m'], ['m-control-plane', 'm-external-ceph']],
      ['m-dcn0', ['m'], ['m-control-plane', 'm-external-ceph']],
      ['m-dcn1', ['m'], ['m-control-plane', 'm-external-ceph']],
      ['m-images', ['m', 'm-control-plane', 'm-dcn0', 'm-dcn1'], []],
    ]);
  });

  it('orders sites with caches before the images', () => {
    const images = stacksOfLab('c', cacheText).at(-1);
    expect(images).toMatchObject({
      name: 'c-images',
      needs: ['c', 'c-control-plane', 'c-central', 'c-dcn0', 'c-dcn1'],
    });
  });

  it('destroys external Ceph after all sites that use it', async () => {
    const { events } = await runAll(stacksOfLab('m', multistoreText), soon, { reverse: true });
    const started = events.filter((event) => event.startsWith('+'));
    expect(started.slice(-3)).toEqual(['+m-control-plane', '+m-external-ceph', '+m']);
  });

  it('runs sites side by side, each stack once, after the stacks that it needs', async () => {
    const { events } = await runAll(stacks, soon);
    expect(events).toEqual([
      ...['+dev', '-dev', '+dev-control-plane', '+dev-dcn0', '+dev-dcn1'],
      ...['-dev-control-plane', '-dev-dcn0', '-dev-dcn1', '+dev-images', '-dev-images'],
    ]);
  });

  it('runs one stack after the other with parallel 1, first the stacks that others wait for', async () => {
    const { events } = await runAll(stacks, soon, { parallel: 1 });
    expect(events.filter((event) => event.startsWith('+'))).toEqual([
      ...['+dev', '+dev-control-plane', '+dev-dcn0', '+dev-dcn1', '+dev-images'],
    ]);
    expect(events.map((event) => event[0]).join('')).toBe('+-'.repeat(5));
  });

  it('destroys in reverse order', async () => {
    const { events } = await runAll(stacks, soon, { reverse: true, parallel: 1 });
    expect(events.filter((event) => event.startsWith('-'))).toEqual([
      ...['-dev-images', '-dev-dcn1', '-dev-dcn0', '-dev-control-plane', '-dev'],
    ]);
  });

  it('does not start stacks that need a failed one, and runs the others', async () => {
    const { outcomes } = await runAll(stacks, async (name) => {
      await soon();
      if (name === 'dev-dcn0') {
        throw new Error('no');
      }
    });
    expect(states(outcomes)).toEqual({
      dev: 'done',
      'dev-control-plane': 'done',
      'dev-dcn0': 'failed',
      'dev-dcn1': 'done',
      'dev-images': 'not started',
    });
    expect(outcomes['dev-images']).toEqual({ state: 'not started', because: 'dev-dcn0 is not up' });
  });

  it('starts no site after the control plane has failed', async () => {
    const { outcomes } = await runAll(
      stacks,
      async (name) => {
        await soon();
        if (name === 'dev-control-plane') {
          throw new Error('no');
        }
      },
      { parallel: 1 },
    );
    expect(outcomes['dev-dcn1']).toEqual({ state: 'not started', because: 'dev-control-plane is not up' });
  });

  it('starts no other stack after an interruption, and waits for the running ones', async () => {
    const stop = new AbortController();
    const { events, outcomes } = await runAll(
      stacks,
      async (name) => {
        await soon();
        if (name === 'dev-control-plane') {
          stop.abort();
          throw new Interrupted();
        }
      },
      { stop: stop.signal, parallel: 2 },
    );
    expect(states(outcomes)).toEqual({
      dev: 'done',
      'dev-control-plane': 'interrupted',
      'dev-dcn0': 'done',
      'dev-dcn1': 'not started',
      'dev-images': 'not started',
    });
    expect(events).not.toContain('+dev-dcn1');
    expect(outcomes['dev-dcn1']).toEqual({ state: 'not started', because: 'the run was interrupted' });
  });

  it('destroys stacks that are not in the lab file any more, before the stacks that they build on', async () => {
    const plan = planLab(parseLab('dev', devText));
    const existing = [
      'dev-dcn7',
      'dev',
      'dev-control-plane',
      'dev-dcn0',
      'other',
      'other-dcn0',
      'dev-images',
    ];
    expect(leftStacks(plan, existing)).toEqual(['dev-dcn7']);
    const left = stacksOf(plan, ['dev-dcn7']).filter(({ name }) => existing.includes(name));
    const { events } = await runAll(left, soon, { reverse: true });
    expect(events.filter((event) => event.startsWith('-'))).toEqual([
      ...['-dev-images', '-dev-dcn7', '-dev-dcn0', '-dev-control-plane', '-dev'],
    ]);
  });

  it('destroys the sites that the user names, and refuses a site on which others build', () => {
    const context = { name: 'dev', isInProject: true } as LabContext;
    const chosen = (...sites: string[]) => stacksOfSites(context, stacks, sites).map(({ name }) => name);
    expect(chosen('dcn1', 'dcn0')).toEqual(['dev-dcn0', 'dev-dcn1']);
    expect(chosen('control-plane', 'dcn0', 'dcn1')).toEqual(['dev-control-plane', 'dev-dcn0', 'dev-dcn1']);
    expect(() => chosen('control-plane', 'dcn0', 'dcn9', 'images')).toThrow(
      'site control-plane: dcn1 builds on it. Destroy all of them with it, or the whole lab: ./dcn destroy.\n' +
        'site dcn9: there is no stack dev-dcn9. Sites with a stack: control-plane, dcn0, dcn1.\n' +
        'site images: there is no stack dev-images. Sites with a stack: control-plane, dcn0, dcn1.',
    );
    expect(() => stacksOfSites(context, [], ['dcn9'])).toThrow('Sites with a stack: none.');
  });

  it('destroys the existing stacks of an incomplete lab', async () => {
    const { events } = await runAll(
      stacks.filter(({ name }) => name !== 'dev-images' && name !== 'dev-dcn1'),
      soon,
      { reverse: true },
    );
    expect(events.filter((event) => event.startsWith('-'))).toEqual([
      ...['-dev-dcn0', '-dev-control-plane', '-dev'],
    ]);
  });
});

/** Stacks that need and join earlier stacks, each with its number of turns and whether it fails. */
const runs = fc
  .array(fc.record({ needs: fc.nat(), joins: fc.nat(), turns: fc.nat(4), fails: fc.boolean() }), {
    minLength: 1,
    maxLength: 9,
  })
  .map((entries) => {
    const earlier = (bits: number, index: number): string[] =>
      Array.from({ length: index }, (_, other) => other)
        .filter((other) => (bits >> other) & 1)
        .map((other) => `s${other}`);
    const stacks = entries.map(({ needs, joins }, index) => {
      const needed = earlier(needs, index);
      const joined = earlier(joins, index).filter((name) => !needed.includes(name));
      return { name: `s${index}`, title: '', needs: needed, joins: joined };
    });
    return { stacks, turns: entries.map(({ turns }) => turns), fails: entries.map(({ fails }) => fails) };
  });

test('any stacks run within the limit, after the stacks that they need, beside those that they join, and all get an outcome', async () => {
  await fc.assert(
    fc.asyncProperty(
      runs,
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async ({ stacks, turns, fails }, parallel, reverse) => {
        const number = (name: string): number => Number(name.slice(1));
        const { events, outcomes } = await runAll(
          stacks,
          async (name) => {
            for (let turn = 0; turn < (turns[number(name)] as number); turn += 1) {
              await soon();
            }
            if (fails[number(name)]) {
              throw new Error(name);
            }
          },
          { parallel, reverse },
        );
        let running = 0;
        for (const event of events) {
          if (event.startsWith('+')) {
            running += 1;
          } else if (events.includes(`+${event.slice(1)}`)) {
            running -= 1;
          }
          expect(running).toBeLessThanOrEqual(parallel);
        }
        const at = (event: string): number => events.indexOf(event);
        for (const { name, needs, joins } of stacks) {
          const before = reverse
            ? stacks.filter((other) => [...other.needs, ...other.joins].includes(name)).map((s) => s.name)
            : needs;
          const beside = reverse ? [] : joins;
          const outcome = outcomes[name] as StackOutcome;
          if (outcome.state === 'not started') {
            expect(at(`+${name}`)).toBe(-1);
            expect([...before, ...beside].some((other) => outcomes[other]?.state !== 'done')).toBe(true);
          } else {
            expect(outcome.state).toBe(fails[number(name)] ? 'failed' : 'done');
            for (const other of before) {
              expect(outcomes[other]?.state).toBe('done');
              expect(at(`-${other}`)).toBeLessThan(at(`+${name}`));
            }
            for (const other of beside) {
              expect(at(`+${other}`)).toBeGreaterThanOrEqual(0);
              expect(at(`+${other}`)).toBeLessThan(at(`+${name}`));
            }
          }
        }
        expect(Object.keys(outcomes)).toHaveLength(stacks.length);
      },
    ),
  );
});

describe('a lab of 1,000 sites', () => {
  const control = { name: 'lab', title: '', needs: [], joins: [] };
  const sites = Array.from({ length: 1000 }, (_, site) => `lab-dcn${site}`);
  const stacks: StackNode[] = [
    control,
    ...sites.map((name) => ({ name, title: '', needs: ['lab'], joins: [] })),
    { name: 'lab-images', title: '', needs: ['lab', ...sites], joins: [] },
  ];

  it.each([false, true])(
    'runs in a window, and the schedule takes less than 2 s of the processor (reverse: %s)',
    async (reverse) => {
      const before = process.cpuUsage();
      const { events } = await runAll(stacks, soon, { parallel: 16, reverse });
      const { user, system } = process.cpuUsage(before);
      expect(events).toHaveLength(2 * stacks.length);
      expect((user + system) / 1e6).toBeLessThan(2);
    },
  );
});
