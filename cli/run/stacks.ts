import { makersOf } from '../../model/jobDocument';
import type { LabPlan, SiteKind } from '../../model';

/** One Pulumi stack of a lab and the stacks that must stand before it. */
export interface StackNode {
  name: string;
  title: string;
  /** The site that it is the stack of, if it is one's. */
  site?: string;
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
 *
 * @param left stacks of sites that the lab file has no more, which can only be taken down
 */
export function stacksOf(plan: LabPlan, left: string[] = []): StackNode[] {
  const nameOf = (site: string) => `${plan.lab}-${site}`;
  return [
    { name: plan.lab, title: 'what the sites share', needs: [], joins: [] },
    ...plan.sites.map(({ name, kind, steps }) => ({
      name: nameOf(name),
      title: titles[kind],
      site: name,
      needs: [plan.lab],
      joins: makersOf(steps).map(nameOf),
    })),
    ...left.map((name) => ({
      name,
      title: 'not in the lab file',
      site: siteOfStack(plan.lab, name),
      needs: [plan.lab],
      joins: plan.sites.filter(({ kind }) => kind !== 'edge').map((site) => nameOf(site.name)),
    })),
    {
      name: nameOf('images'),
      title: 'images',
      needs: [
        ...plan.sites.filter(({ store, cache }) => store ?? cache).map(({ name }) => nameOf(name)),
        ...left,
      ],
      joins: [],
    },
  ];
}

/** The site that a stack of a lab is called after. */
export function siteOfStack(lab: string, stack: string): string {
  return stack.slice(lab.length + 1);
}

/** Stacks of the lab in the backend whose sites are not in the lab file: taken out of it, or called otherwise now. */
export function leftStacks(plan: LabPlan, existing: Iterable<string>): string[] {
  const known = new Set(stacksOf(plan).map(({ name }) => name));
  return [...existing].filter((name) => name.startsWith(`${plan.lab}-`) && !known.has(name)).sort();
}

/** What became of one stack of a run. */
export type StackOutcome =
  | { state: 'done' }
  | { state: 'failed'; error: Error }
  /** Ended because the user asked for it. */
  | { state: 'interrupted' }
  | { state: 'not begun'; because: string };

/** Where the stacks of a run are, by name; those that are not in it wait. */
export type StackStates = ReadonlyMap<string, StackOutcome['state'] | 'running'>;

/** In which order, and how many at once. */
export interface ScheduleOptions {
  /** Take the stacks down: a stack begins when all that need it or run side by side with it are done. */
  reverse?: boolean;
  /** How many may run at once. A stack counts from its beginning to its end, not while it waits to begin. */
  parallel?: number;
}

/**
 * What a run does next: the stacks that begin now, in the order of `stacks`, and those that never will, with the reason.
 * Of a stack that `stacks` does not have, all is taken to be well.
 *
 * A stack that runs side by side with others begins only after they have: where a limit leaves room for one, it must be
 * the one that the other waits for.
 */
export function nextStacks(
  stacks: StackNode[],
  states: StackStates,
  { reverse = false, parallel = Infinity }: ScheduleOptions = {},
): { begin: StackNode[]; giveUp: { stack: StackNode; because: string }[] } {
  const now = new Map(states);
  const begin: StackNode[] = [];
  const giveUp: { stack: StackNode; because: string }[] = [];
  const named = new Set(stacks.map(({ name }) => name));
  const is = (names: string[], ...wanted: string[]): boolean =>
    names.every((name) => !named.has(name) || wanted.includes(now.get(name) ?? ''));
  for (const stack of inOrder(stacks, reverse)) {
    if (now.has(stack.name)) {
      continue;
    }
    const needs = reverse ? dependents(stacks, stack) : stack.needs;
    const joins = reverse ? [] : stack.joins;
    const lost = [...needs, ...joins].find((name) =>
      ['failed', 'interrupted', 'not begun'].includes(now.get(name) ?? ''),
    );
    if (lost) {
      now.set(stack.name, 'not begun');
      giveUp.push({ stack, because: `${lost} is not ${reverse ? 'destroyed' : 'up'}` });
    } else if (is(needs, 'done') && is(joins, 'done', 'running') && countRunning(now) < parallel) {
      now.set(stack.name, 'running');
      begin.push(stack);
    }
  }
  return { begin, giveUp };
}

function inOrder(stacks: StackNode[], reverse: boolean): StackNode[] {
  return reverse ? stacks.toReversed() : stacks;
}

function dependents(stacks: StackNode[], stack: StackNode): string[] {
  return stacks
    .filter(({ needs, joins }) => [...needs, ...joins].includes(stack.name))
    .map(({ name }) => name);
}

function countRunning(states: StackStates): number {
  return [...states.values()].filter((state) => state === 'running').length;
}

/** That a piece of work ended because the user asked for it. */
export class Interrupted extends Error {}

/**
 * Runs `work` for all stacks, each as soon as it may begin, and gives what became of each. A failure keeps back only
 * those that need the failed one; once `stop` is aborted, nothing more begins.
 *
 * @param stacks in an order in which they can be brought up, for `reverse`, too
 * @param onOutcome told of each stack as soon as its outcome is known
 */
export async function runStacks(
  stacks: StackNode[],
  work: (stack: StackNode) => Promise<void>,
  onOutcome: (stack: StackNode, outcome: StackOutcome) => void,
  { stop, ...options }: ScheduleOptions & { stop?: AbortSignal } = {},
): Promise<void> {
  const states = new Map<string, StackOutcome['state'] | 'running'>();
  const running = new Map<string, Promise<void>>();
  const settle = (stack: StackNode, outcome: StackOutcome): void => {
    running.delete(stack.name);
    states.set(stack.name, outcome.state);
    onOutcome(stack, outcome);
  };
  while (states.size < stacks.length || running.size > 0) {
    if (stop?.aborted) {
      stacks
        .filter(({ name }) => !states.has(name))
        .forEach((stack) => settle(stack, { state: 'not begun', because: 'the run was interrupted' }));
    }
    const { begin, giveUp } = nextStacks(stacks, states, options);
    giveUp.forEach(({ stack, because }) => settle(stack, { state: 'not begun', because }));
    for (const stack of begin) {
      states.set(stack.name, 'running');
      running.set(
        stack.name,
        work(stack).then(
          () => settle(stack, { state: 'done' }),
          (error: unknown) => settle(stack, outcomeOf(error)),
        ),
      );
    }
    if (running.size > 0) {
      await Promise.race(running.values());
    }
  }
}

function outcomeOf(error: unknown): StackOutcome {
  if (error instanceof Interrupted) {
    return { state: 'interrupted' };
  }
  return { state: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
}
