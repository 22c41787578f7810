import { type StackNode, scheduleStacks, stacksOf } from '../../cli/stacks';
import { parseLab, planLab } from '../../model';
import { devText, multistoreText } from '../model/labs';

const stacksOfLab = (name: string, text: string) => stacksOf(planLab(parseLab(name, text)));

async function runAll(
  stacks: StackNode[],
  work: (name: string) => Promise<void>,
  reverse = false,
): Promise<Record<string, string>> {
  const run = scheduleStacks(stacks, (stack) => work(stack.name), reverse);
  const outcomes = await Promise.all(
    stacks.map(async ({ name }) => [name, (await run(name)).state] as const),
  );
  return Object.fromEntries(outcomes);
}

describe('stacks of a lab', () => {
  const stacks = stacksOfLab('dev', devText);

  it('orders what sites share, control plane, edges, images', () => {
    expect(stacks.map(({ name, needs, joins }) => [name, needs, joins])).toEqual([
      ['dev', [], []],
      ['dev-control-plane', ['dev'], []],
      ['dev-dcn0', ['dev'], ['dev-control-plane']],
      ['dev-dcn1', ['dev'], ['dev-control-plane']],
      ['dev-images', ['dev-control-plane', 'dev-dcn0', 'dev-dcn1'], []],
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
      ['m-images', ['m-control-plane', 'm-dcn0', 'm-dcn1'], []],
    ]);
  });

  it('takes external Ceph down after all that live on it', async () => {
    const events: string[] = [];
    await runAll(stacksOfLab('m', multistoreText), async (name) => void events.push(name), true);
    expect(events.slice(-3)).toEqual(['m-control-plane', 'm-external-ceph', 'm']);
  });

  it('runs sites side by side, each stack once, after what it needs', async () => {
    const events: string[] = [];
    await runAll(stacks, async (name) => {
      events.push(`+${name}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      events.push(`-${name}`);
    });
    expect(events).toEqual([
      ...['+dev', '-dev', '+dev-control-plane', '+dev-dcn0', '+dev-dcn1'],
      ...['-dev-control-plane', '-dev-dcn0', '-dev-dcn1', '+dev-images', '-dev-images'],
    ]);
  });

  it('takes them down in reverse', async () => {
    const events: string[] = [];
    await runAll(stacks, async (name) => void events.push(name), true);
    expect(events).toEqual(['dev-images', 'dev-dcn0', 'dev-dcn1', 'dev-control-plane', 'dev']);
  });

  it('lets a failed site keep back only those that need it', async () => {
    const outcomes = await runAll(stacks, async (name) => {
      if (name === 'dev-dcn0') {
        throw new Error('no');
      }
    });
    expect(outcomes).toEqual({
      dev: 'done',
      'dev-control-plane': 'done',
      'dev-dcn0': 'failed',
      'dev-dcn1': 'done',
      'dev-images': 'not begun',
    });
  });

  it('takes down what is there of a lab that never came up whole', async () => {
    const events: string[] = [];
    await runAll(
      stacks.filter(({ name }) => name !== 'dev-images' && name !== 'dev-dcn1'),
      async (name) => void events.push(name),
      true,
    );
    expect(events).toEqual(['dev-dcn0', 'dev-control-plane', 'dev']);
  });
});
