/**
 * Minutes of TripleO's verbs in the simulation, by the beginning of their words. `ceph deploy` and the stack phase: measured with
 * TripleO's own verbs on two cores (docs/how-it-works.md, "All of TripleO"). All others, the configuration phase above all, are
 * assumptions: no run on hardware has been measured.
 */
export const minutes: [words: RegExp, minutes: number][] = [
  [/^overcloud ceph deploy /, 6],
  [/^overcloud deploy .*--stack-only/, 3],
  [/^overcloud deploy .*--config-download-only/, 30],
  [/^overcloud node provision /, 5],
  [/^overcloud network /, 1],
];

/** Behaviour of the fake `openstack`: it sleeps as long as the verb takes, divided by `faster`. */
export function sleeps(faster: number): string {
  const cases = minutes.map(
    ([words, length]) =>
      `[[ $all =~ ${words.source.replaceAll(' ', '\\ ')} ]]; then sleep ${((length * 60) / faster).toFixed(3)}`,
  );
  return `if ${cases.join('\nelif ')}\nfi`;
}

const of = (words: string): number => minutes.find(([pattern]) => pattern.test(words))?.[1] ?? 0;
const stack = of('overcloud deploy --stack-only');
const config = of('overcloud deploy --config-download-only');

/**
 * Minutes that no schedule can undercut for a control plane and its edge sites, all new: the stack phases run one at a time, since an
 * undercloud has one ephemeral Heat; those of the edges wait for the control plane's export. The last edge site then has its
 * configuration phase, and one update of the control plane registers all stores.
 */
export function criticalMinutes(edges: number): number {
  const before =
    of('overcloud network provision') + of('overcloud node provision ') + of('overcloud ceph deploy ');
  return before + stack + config + edges * stack + config + (stack + config);
}
