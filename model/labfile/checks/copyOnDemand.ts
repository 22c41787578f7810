import { type Finding, labPath } from '../findings';
import type { ResolvedLab } from '../resolve';

/** Refuses the key `copyOnDemand` in a lab whose sites have no stores. */
export function checkCopyOnDemand({ topology, copyOnDemand }: ResolvedLab): Finding[] {
  if (topology === 'multistore' || copyOnDemand === undefined) {
    return [];
  }
  const remedy = "Take it out: the only store is the control plane's Swift, and servers start from caches";
  return [
    { at: labPath('copyOnDemand'), value: copyOnDemand, message: 'is for the topology multistore', remedy },
  ];
}
