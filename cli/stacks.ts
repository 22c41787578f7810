import { makersOf } from '../components/jobDocument';
import type { LabPlan, SiteKind } from '../model';

/** One Pulumi stack of a lab and the stacks that must stand before it. */
export interface StackNode {
  name: string;
  title: string;
  /** Stacks that must be up before this one begins. */
  needs: string[];
  /** Stacks that run side by side with this one, whose program waits for them where it reads their outputs. */
  joins: string[];
}

const titles: Record<SiteKind, string> = {
  'external-ceph': 'external Ceph',
  'control-plane': 'control plane',
  central: 'central site',
  edge: 'edge site',
};

/**
 * The stacks of a lab in an order in which they can be brought up: what sites share, the sites, the images. Stacks that
 * do not need one another may run side by side; a site joins those that make files for it.
 */
export function stacksOf(plan: LabPlan): StackNode[] {
  const nameOf = (site: string) => `${plan.lab}-${site}`;
  return [
    { name: plan.lab, title: 'what the sites share', needs: [], joins: [] },
    ...plan.sites.map(({ name, kind, steps }) => ({
      name: nameOf(name),
      title: titles[kind],
      needs: [plan.lab],
      joins: makersOf(steps).map(nameOf),
    })),
    {
      name: nameOf('images'),
      title: 'images',
      needs: plan.sites.filter(({ store }) => store).map(({ name }) => nameOf(name)),
      joins: [],
    },
  ];
}

/** What became of one stack of a run. */
export type StackOutcome =
  { state: 'done' } | { state: 'failed'; error: Error } | { state: 'not begun'; because: string };

/**
 * Schedules `work` for stacks: the function it gives runs one of them, each once, as soon as all that it needs is
 * done, so that asking for all of them at once runs side by side what nothing orders. A failure keeps back only those
 * that need the failed one.
 *
 * @param reverse take the stacks down: a stack begins when all that need it are done.
 */
export function scheduleStacks(
  stacks: StackNode[],
  work: (stack: StackNode) => Promise<void>,
  reverse = false,
): (name: string) => Promise<StackOutcome> {
  const before = (stack: StackNode): string[] =>
    reverse
      ? stacks.filter(({ needs, joins }) => [...needs, ...joins].includes(stack.name)).map(({ name }) => name)
      : stack.needs;
  const running = new Map<string, Promise<StackOutcome>>();
  const start = async (stack: StackNode): Promise<StackOutcome> => {
    for (const name of before(stack)) {
      const outcome = await run(name);
      if (outcome.state !== 'done') {
        return { state: 'not begun', because: `${name} is not ${reverse ? 'destroyed' : 'up'}` };
      }
    }
    try {
      await work(stack);
      return { state: 'done' };
    } catch (error) {
      return { state: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
    }
  };
  const run = (name: string): Promise<StackOutcome> => {
    const stack = stacks.find((candidate) => candidate.name === name);
    if (!stack) {
      return Promise.resolve({ state: 'done' });
    }
    const outcome = running.get(name) ?? start(stack);
    running.set(name, outcome);
    return outcome;
  };
  return run;
}
