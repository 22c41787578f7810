import { type StackNode, isCanary } from './graph';

/** The result of one stack of a run. */
export type StackOutcome =
  | { state: 'done' }
  | { state: 'failed'; error: Error }
  /** The user interrupted it. */
  | { state: 'interrupted' }
  | { state: 'not started'; because: string };

/** Result of one stack of a run, or of the servers at its canary. */
export interface StackReport {
  stack: string;
  outcome: StackOutcome;
  /** How long it ran; 0 if it did not start. */
  seconds: number;
  /** Lines about what was done, for people. */
  notes?: string[];
}

/** States of a run's stacks by name; a stack that is not in the map waits. */
export type StackStates = ReadonlyMap<string, StackOutcome['state'] | 'running'>;

/** In which order stacks run, and how many at once. */
export interface ScheduleOptions {
  /** Destroys the stacks: a stack starts when all stacks that need or join it are done. */
  reverse?: boolean;
  /** How many may run at once. A stack counts from its start to its end, not while it waits to start. */
  parallel?: number;
}

/** Options of a run. */
export interface ScheduleRunOptions<Node> extends ScheduleOptions {
  stop?: AbortSignal;
  /** Gets the stacks that have not run yet and could start if they had a place, each time when that may have changed. */
  onQueue?: (stacks: Node[]) => void;
}

/**
 * Decides how a run continues: which stacks start now, in the order of `stacks`, and which cannot start any more, with the
 * reason. A stack that is not in `stacks` counts as done.
 *
 * A stack starts only after the stacks that it joins: its program waits for them, and with `parallel` 1 they could not start.
 */
export function nextStacks<Node extends StackNode>(
  stacks: Node[],
  states: StackStates,
  { reverse = false, parallel = Infinity }: ScheduleOptions = {},
): { start: Node[]; giveUp: { stack: Node; because: string }[] } {
  const now = new Map(states);
  const start: Node[] = [];
  const giveUp: { stack: Node; because: string }[] = [];
  const byName = new Map(stacks.map((stack) => [stack.name, stack]));
  const above = reverse ? dependents(stacks) : undefined;
  let running = [...now.values()].filter((state) => state === 'running').length;
  const are = (names: string[], ...wanted: string[]): boolean =>
    names.every((name) => !byName.has(name) || wanted.includes(now.get(name) ?? ''));
  for (const stack of inOrder(stacks, reverse)) {
    if (now.has(stack.name)) {
      continue;
    }
    const needs = above ? (above.get(stack.name) ?? []) : stack.needs;
    const joins = reverse ? [] : stack.joins;
    const blocker = [...needs, ...joins].find((name) =>
      ['failed', 'interrupted', 'not started'].includes(now.get(name) ?? ''),
    );
    if (blocker) {
      now.set(stack.name, 'not started');
      giveUp.push({ stack, because: `${blocker} is not ${goalOf(byName.get(blocker), reverse)}` });
    } else if (are(needs, 'done') && are(joins, 'done', 'running') && running < parallel) {
      running += 1;
      now.set(stack.name, 'running');
      start.push(stack);
    }
  }
  return { start, giveUp };
}

/** What becomes of a stack, or of a canary by its servers, that comes to its end, for messages. */
function goalOf(node: StackNode | undefined, reverse: boolean): string {
  if (reverse) {
    return 'destroyed';
  }
  return node && isCanary(node) ? 'proven' : 'up';
}

function inOrder<Node>(stacks: Node[], reverse: boolean): Node[] {
  return reverse ? stacks.toReversed() : stacks;
}

/** The stacks that need or join each stack, by its name; a stack without any is not in the map. */
function dependents(stacks: StackNode[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, needs, joins } of stacks) {
    for (const other of [...needs, ...joins]) {
      const above = found.get(other);
      if (above) {
        above.push(name);
      } else {
        found.set(other, [name]);
      }
    }
  }
  return found;
}

/** Thrown by work that the user interrupted. */
export class Interrupted extends Error {}

/** Thrown by work that has left its place to another stack, and is to be done again. */
export class Postponed extends Error {}

/**
 * Runs `work` for all stacks, each as soon as it may start. A failure stops only the stacks that need the failed stack;
 * after `stop` is aborted, no other stack starts. Postponed stacks run again after all others have started.
 *
 * @param stacks in an order in which they can be brought up, also with `reverse`
 * @param work throws Interrupted if the user interrupted it, Postponed after `leavesPlace` has said so: work that only waits asks it
 *   whether to leave its place to a stack that has not started yet. With `parallel` 1 it never is: one stack is complete before the next starts
 * @param onOutcome called for each stack as soon as its outcome is known
 */
export async function runStacks<Node extends StackNode>(
  stacks: Node[],
  work: (stack: Node, leavesPlace: () => boolean) => Promise<void>,
  onOutcome: (stack: Node, outcome: StackOutcome) => void,
  { stop, onQueue, ...options }: ScheduleRunOptions<Node> = {},
): Promise<void> {
  const states = new Map<string, StackOutcome['state'] | 'running'>();
  const running = new Map<string, Promise<void>>();
  const postponed = new Set<string>();
  /** Stacks that have been told to leave their places, and still run. */
  const leaving = new Set<string>();
  const inTurn = (): Node[] => [
    ...stacks.filter(({ name }) => !postponed.has(name)),
    ...stacks.filter(({ name }) => postponed.has(name)),
  ];
  const queue = (): Node[] =>
    nextStacks(stacks, states, { ...options, parallel: Infinity }).start.filter(
      ({ name }) => !postponed.has(name),
    );
  const joined = new Set(stacks.flatMap(({ joins }) => joins));
  const leavesPlace = ({ name }: Node): boolean => {
    // Programs of stacks that run may wait for a joined stack.
    const leaves = options.parallel !== 1 && !joined.has(name) && queue().length > leaving.size;
    if (leaves) {
      leaving.add(name);
    }
    return leaves;
  };
  const settle = (stack: Node, outcome: StackOutcome): void => {
    running.delete(stack.name);
    states.set(stack.name, outcome.state);
    onOutcome(stack, outcome);
  };
  while (states.size < stacks.length || running.size > 0) {
    if (stop?.aborted) {
      stacks
        .filter(({ name }) => !states.has(name))
        .forEach((stack) =>
          settle(
            stack,
            postponed.has(stack.name)
              ? { state: 'interrupted' }
              : { state: 'not started', because: 'the run was interrupted' },
          ),
        );
    }
    const { start, giveUp } = nextStacks(inTurn(), states, options);
    giveUp.forEach(({ stack, because }) => settle(stack, { state: 'not started', because }));
    for (const stack of start) {
      states.set(stack.name, 'running');
      running.set(
        stack.name,
        work(stack, () => leavesPlace(stack))
          .then(
            () => settle(stack, { state: 'done' }),
            (error: unknown) => {
              if (error instanceof Postponed) {
                postponed.add(stack.name);
                running.delete(stack.name);
                states.delete(stack.name);
              } else {
                settle(stack, outcomeOf(error));
              }
            },
          )
          .finally(() => leaving.delete(stack.name)),
      );
    }
    onQueue?.(queue());
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
