import type { LabContext } from '../context';
import type { StackNode } from './stacks';

/**
 * How many commands a stack consists of when it is up, after what the plan says: for "… to go" only. Undefined if its site
 * is not in the plan.
 */
export function commandsOf(context: LabContext, stack: StackNode): number | undefined {
  const { plan } = context;
  const site = plan.sites.find(({ name }) => name === stack.site);
  if (site) {
    const readiness = 1;
    // An edge site announces its store before it registers it.
    const store = site.store ? (site.kind === 'edge' ? 2 : 1) : 0;
    const cache = site.cache ? 1 : 0;
    const hosts = context.lab.provisioner === 'sandbox' ? site.nodes.length : 1;
    return hosts + readiness + site.steps.length + store + cache;
  }
  if (stack.name === plan.lab) {
    return 2;
  }
  return stack.name === `${plan.lab}-images` ? plan.images.length : undefined;
}
