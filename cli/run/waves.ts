import { quote } from '../../lib/quote';
import { UserError } from '../../lib/userError';
import { type CanaryNode, type StackNode, isCanary } from './graph';
import type { StackReport } from './schedule';

/*
 * Waves of an `up`: first the stacks that sites build on, then the canary and its servers, then the other sites in groups, then the images.
 * A wave only adds `needs` to stacks: the schedule (schedule.ts) runs the stacks as ever, in the window.
 */

/** Options of `dcn up` and `dcn preview` for waves; without any all sites come up side by side. */
export interface WaveOptions {
  /** The site that comes up and is proven by servers before the others. */
  canary?: string;
  /** The administrator asks for the canary's servers, in place of a tenant. */
  asAdmin?: boolean;
  /** How many of the other sites are in a group; absent: all of them. */
  wave?: number;
}

/** An `up` in waves. */
export interface Waves {
  options: WaveOptions;
  /** The stacks in an order in which they can be brought up, each needing the waves before its own, and the canary's servers. */
  nodes: (StackNode | CanaryNode)[];
  /** The names of the nodes of each wave that is not empty: what sites build on, the canary, the groups, the images. */
  waves: string[][];
  /** The names of the stacks of each group; a canary is none. */
  groups: string[][];
}

/**
 * Puts the stacks of a lab into waves. A site waits for the whole end of the stacks that it builds on (control plane, external Ceph): in
 * waves it runs beside no other wave.
 *
 * @param stacks those of `stacksOf`
 * @throws UserError for a canary on which other sites build, or that is no site of the lab
 */
export function inWaves(stacks: StackNode[], options: WaveOptions): Waves {
  const built = new Set(stacks.flatMap(({ joins }) => joins));
  const isBase = ({ name, site }: StackNode): boolean => site === 'control-plane' || built.has(name);
  const sites = stacks.filter((stack) => stack.site !== undefined && !isBase(stack));
  const first = stacks.filter((stack) => (stack.site ? isBase(stack) : stack.needs.length === 0));
  const last = stacks.filter((stack) => !stack.site && stack.needs.length > 0);
  const canary = options.canary === undefined ? undefined : canaryOf(options.canary, sites, first);
  const servers: CanaryNode[] = canary
    ? [
        {
          name: canaryName(canary.site as string),
          title: `servers at ${canary.site}`,
          needs: [canary.name],
          joins: [],
          canary: canary.name,
          asAdmin: options.asAdmin ?? false,
        },
      ]
    : [];
  const groups = chunks(
    sites.filter((stack) => stack !== canary),
    options.wave ?? sites.length,
  );
  const waves: (StackNode | CanaryNode)[][] = [
    first,
    ...(canary ? [[after([], canary), ...servers]] : []),
    ...groups.map((group, index) => group.map((stack) => after(groups[index - 1] ?? servers, stack))),
    last.map((stack) => after([...sites, ...servers], stack)),
  ].filter((wave) => wave.length > 0);
  return {
    options,
    nodes: waves.flat(),
    waves: waves.map(namesOf),
    groups: groups.map(namesOf),
  };
}

/** Name of the servers at a canary, in the schedule and in the record of a run. */
function canaryName(site: string): string {
  return `canary ${site}`;
}

/** A stack that needs all stacks of the wave before, and the whole end of those that it would run beside. */
function after(before: StackNode[], stack: StackNode): StackNode {
  return { ...stack, needs: [...new Set([...stack.needs, ...stack.joins, ...namesOf(before)])], joins: [] };
}

function namesOf(stacks: StackNode[]): string[] {
  return stacks.map(({ name }) => name);
}

function canaryOf(site: string, sites: StackNode[], first: StackNode[]): StackNode {
  const found = sites.find((stack) => stack.site === site);
  if (found) {
    return found;
  }
  const choice = `Name one of ${sites.map((stack) => stack.site).join(', ') || 'none: the lab has no other site'}.`;
  if (first.some((stack) => stack.site === site)) {
    throw new UserError(
      `--canary ${site}: the other sites build on it, so it always goes first, and a fault there is one of all sites. ${choice}`,
    );
  }
  throw new UserError(`--canary ${site}: no site of the lab file. ${choice}`);
}

function chunks<T>(items: T[], size: number): T[][] {
  const count = size > 0 ? Math.ceil(items.length / size) : 0;
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** The words of `dcn up` for waves. */
export function waveWords({ canary, asAdmin, wave }: WaveOptions): string[] {
  return [
    ...(canary === undefined ? [] : ['--canary', quote(canary), ...(asAdmin ? ['--as-admin'] : [])]),
    ...(wave === undefined ? [] : ['--wave', String(wave)]),
  ];
}

/**
 * The words of the command that goes on after an `up`: without the canary, if its servers have proven it in this run.
 *
 * @param words those of the run, with those of `waveWords`
 * @param isDone whether a stack, or the servers at a canary, came up in the run
 */
export function wordsToGoOn(words: string[], isDone: (name: string) => boolean): string[] {
  const at = words.indexOf('--canary');
  return at >= 0 && isDone(canaryName(words[at + 1] as string))
    ? words.toSpliced(at, words[at + 2] === '--as-admin' ? 3 : 2)
    : words;
}

/**
 * Where a run in waves that is not complete stopped, and the words of the command that goes on.
 *
 * @param all the words of the run
 */
export function stoppedWaves(
  { options, nodes, groups }: Waves,
  reports: StackReport[],
  all: string[],
): { said: string[]; words: string[] } {
  const stateOf = new Map(reports.map(({ stack, outcome }) => [stack, outcome.state]));
  const isDone = (name: string): boolean => stateOf.get(name) === 'done';
  const servers = nodes.find(isCanary);
  return { said: [...whereText(), ...sitesText()], words: wordsToGoOn(all, isDone) };

  function whereText(): string[] {
    const sites = new Set([...groups.flat(), servers?.canary]);
    const base = nodes.filter(({ name, site }) => site !== undefined && !sites.has(name));
    if (!base.every(({ name }) => isDone(name))) {
      return [`Stopped before the ${servers ? 'canary' : 'first group'}.`];
    }
    if (servers && !(isDone(servers.canary) && isDone(servers.name))) {
      return [`Stopped at the canary ${options.canary}.`];
    }
    const group = groups.findIndex((names) => !names.every(isDone));
    return group < 0 ? [] : [`Stopped in group ${group + 1} of ${groups.length}.`];
  }

  function sitesText(): string[] {
    const failedServers = servers && stateOf.get(servers.name) === 'failed' ? servers.canary : undefined;
    const wayOf = ({ name }: StackNode): string =>
      name === failedServers ? 'failed' : (stateOf.get(name) ?? 'not started');
    const lines = ['done', 'failed', 'interrupted', 'not started'].flatMap((state) => {
      const found = nodes.filter((node) => node.site !== undefined && wayOf(node) === state);
      return found.length > 0 ? [`${state}: ${found.map(({ site }) => site).join(', ')}`] : [];
    });
    return [`Sites ${lines.join('; ')}.`];
  }
}
