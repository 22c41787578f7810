import type { LabPlan } from '../model';

/** One Pulumi stack of a lab and the stacks that must stand before it. */
export interface StackNode {
  name: string;
  title: string;
  /** Stacks that must be up before this one begins. */
  needs: string[];
  /** Stacks that run side by side with this one, whose program waits for them where it reads their outputs. */
  joins: string[];
}

/**
 * The stacks of a lab in an order in which they can be brought up: what sites share, the control plane, every edge
 * site, the images. Stacks that do not need one another may run side by side (design: order across sites).
 */
export function stacksOf(plan: LabPlan): StackNode[] {
  const controlPlane = `${plan.lab}-control-plane`;
  const edges = plan.sites.filter((site) => site.kind === 'edge').map((site) => `${plan.lab}-${site.name}`);
  return [
    { name: plan.lab, title: 'what the sites share', needs: [], joins: [] },
    { name: controlPlane, title: 'control plane', needs: [plan.lab], joins: [] },
    ...edges.map((name) => ({ name, title: 'edge site', needs: [plan.lab], joins: [controlPlane] })),
    { name: `${plan.lab}-images`, title: 'images', needs: [controlPlane, ...edges], joins: [] },
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
