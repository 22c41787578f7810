import type { StackNode } from '../../cli/run/graph';
import { Interrupted, Postponed, nextStacks, runStacks } from '../../cli/run/schedule';

/* Stacks that wait: they take no place of the window, or leave it. */

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a stack that waits does not count as running: another stack starts', () => {
  const stacks = [
    { name: 'a', title: '', needs: [], joins: [] },
    { name: 'b', title: '', needs: ['a'], joins: [] },
    { name: 'c', title: '', needs: [], joins: [] },
  ];
  const { start } = nextStacks(stacks, new Map(), { parallel: 2 });
  expect(start.map(({ name }) => name)).toEqual(['a', 'c']);
});

describe('a stack that only waits', () => {
  const stacks = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, title: '', needs: [], joins: [] }));
  const last = { name: 'last', title: '', needs: ['a', 'b'], joins: [] };

  /** Runs the stacks; each asks twice whether to leave its place, and only a stack that is told so leaves its place. */
  async function run(nodes: StackNode[], parallel: number): Promise<{ events: string[]; most: number }> {
    const events: string[] = [];
    let [now, most] = [0, 0];
    await runStacks(
      nodes,
      async ({ name }, leavesPlace) => {
        events.push(`+${name}`);
        most = Math.max(most, (now += 1));
        await soon();
        const leaves = leavesPlace() || leavesPlace();
        await soon();
        now -= 1;
        if (leaves) {
          events.push(`~${name}`);
          throw new Postponed();
        }
      },
      ({ name }, { state }) => events.push(`${state === 'done' ? '-' : '!'}${name}`),
      { parallel },
    );
    return { events, most };
  }

  it('leaves its place to one that has not started, no more than there are, and runs again after those', async () => {
    const { events, most } = await run(stacks, 3);
    expect(most).toBe(3);
    expect(events.filter((event) => event.startsWith('~'))).toEqual(['~a', '~b']);
    expect(events.filter((event) => event.startsWith('+'))).toEqual([
      '+a',
      '+b',
      '+c',
      '+d',
      '+e',
      '+a',
      '+b',
    ]);
    expect(events.filter((event) => event.startsWith('-'))).toHaveLength(stacks.length);
  });

  it('keeps its place where none waits for one, or where the others need it', async () => {
    expect((await run([...stacks, last], 5)).events.filter((event) => event.startsWith('~'))).toEqual([]);
  });

  it('keeps its place where programs of others may wait for it', async () => {
    const joining = stacks.map((stack) => (stack.name === 'b' ? { ...stack, joins: ['a'] } : stack));
    const { events } = await run(joining, 3);
    expect(events.filter((event) => event.startsWith('~'))).toEqual(['~b', '~c']);
  });

  it('keeps its place where stacks run one after the other', async () => {
    const { events } = await run(stacks, 1);
    expect(events).toEqual(stacks.flatMap(({ name }) => [`+${name}`, `-${name}`]));
  });

  it('is not in the queue, nor is a stack that needs another one first', async () => {
    const queues: string[] = [];
    await runStacks(
      [...stacks, last],
      async (_, leavesPlace) => {
        await soon();
        if (leavesPlace()) {
          throw new Postponed();
        }
      },
      () => undefined,
      { parallel: 2, onQueue: (queue) => queues.push(queue.map(({ name }) => name).join('')) },
    );
    expect(queues[0]).toBe('cde');
    expect(queues.join('')).not.toMatch(/[ab]|last/);
    expect(queues.at(-1)).toBe('');
  });

  it('does not run again after an interruption', async () => {
    const stop = new AbortController();
    const outcomes: Record<string, string> = {};
    await runStacks(
      stacks,
      async ({ name }, leavesPlace) => {
        await soon();
        if (name === 'a' && leavesPlace()) {
          stop.abort();
          throw new Postponed();
        }
        throw new Interrupted();
      },
      ({ name }, { state }) => (outcomes[name] = state),
      { parallel: 2, stop: stop.signal },
    );
    expect(outcomes).toMatchObject({ a: 'interrupted', b: 'interrupted', c: 'not started' });
  });
});
