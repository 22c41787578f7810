import { stacksAtOnce } from '../../cli/run/window';

const gib = 2 ** 30;

test.each([
  ['two cores stay below 2 GiB, however much memory there is', 2, 24 * gib, 14],
  ['more cores run more stacks', 16, 64 * gib, 112],
  ['half of the free memory is left to others', 16, 4 * gib, 14],
  ['with however little memory, four stacks run at once', 1, 0.1 * gib, 4],
])('%s', (_, cores, freeBytes, stacks) => {
  expect(stacksAtOnce({ cores, freeBytes })).toBe(stacks);
});
