import type { LabContext } from './context';
import type { StackNode } from './stacks';

/** How many commands a stack consists of when it is up, after what the plan says: for "… to go" only. */
export function commandsOf(context: LabContext, stack: StackNode): number {
  const { plan } = context;
  const site = plan.sites.find((candidate) => stack.name === `${plan.lab}-${candidate.name}`);
  if (site) {
    const readiness = 1;
    const announcement = site.kind === 'edge' && site.store ? 1 : 0;
    const storeOrCache = 1;
    return site.nodes.length + readiness + announcement + site.steps.length + storeOrCache;
  }
  return stack.name === plan.lab ? 2 : plan.images.length;
}
