import { forEachAtMost } from '../../lib/forEachAtMost';

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('all items are worked on, so many at a time', async () => {
  let [now, most] = [0, 0];
  const done: number[] = [];
  await forEachAtMost([1, 2, 3, 4, 5], 2, async (item) => {
    most = Math.max(most, (now += 1));
    await soon();
    now -= 1;
    done.push(item);
  });
  expect([most, done]).toEqual([2, [1, 2, 3, 4, 5]]);
});

test('after a failure no other item starts, and those that have started end', async () => {
  const events: string[] = [];
  const work = async (item: number): Promise<void> => {
    events.push(`+${item}`);
    await soon();
    if (item === 1) {
      throw new Error('first');
    }
    await soon();
    events.push(`-${item}`);
  };
  await expect(forEachAtMost([1, 2, 3, 4], 2, work)).rejects.toThrow('first');
  expect(events).toEqual(['+1', '+2', '-2']);
});
