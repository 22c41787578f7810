import { type LabPlan, type SiteKind, makersOf, stackName } from '../../model';

/** One Pulumi stack of a lab, and the stacks that it depends on. */
export interface StackNode {
  name: string;
  title: string;
  /** The stack's site; absent: the stack has the resources that sites share, or the images. */
  site?: string;
  /** Stacks that must be up before this one starts. */
  needs: string[];
  /** Stacks whose outputs this stack's program reads. They may run side by side with this stack: the program waits for them. */
  joins: string[];
}

/** The servers at the canary of an `up` in waves, as a node beside the stacks. */
export interface CanaryNode extends StackNode {
  /** The canary's stack. */
  canary: string;
  /** The administrator asks for the servers, in place of a tenant. */
  asAdmin: boolean;
}

export function isCanary(node: StackNode): node is CanaryNode {
  return 'canary' in node;
}

const titles: Record<SiteKind, string> = {
  'external-ceph': 'external Ceph',
  'control-plane': 'control plane',
  central: 'central site',
  edge: 'edge site',
};

/**
 * The stacks of a lab in an order in which they can be brought up: shared resources, sites, images. No site needs
 * another site; a site joins the sites that generate files for it.
 *
 * @param left stacks of sites that are not in the lab file, which can only be destroyed
 */
export function stacksOf(plan: LabPlan, left: string[] = []): StackNode[] {
  const nameOf = (site: string) => stackName(plan.lab, site);
  return [
    { name: plan.lab, title: 'shared by the sites', needs: [], joins: [] },
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
        plan.lab,
        ...plan.sites.filter(({ store, cache }) => store ?? cache).map(({ name }) => nameOf(name)),
        ...left,
      ],
      joins: [],
    },
  ];
}

/** The site that a stack of a lab is named after. */
export function siteOfStack(lab: string, stack: string): string {
  return stack.slice(lab.length + 1);
}

/** Stacks of the lab in the backend whose sites are not in the lab file: removed from it, or renamed in it. */
export function leftStacks(plan: LabPlan, existing: Iterable<string>): string[] {
  const known = new Set(stacksOf(plan).map(({ name }) => name));
  return [...existing].filter((name) => name.startsWith(`${plan.lab}-`) && !known.has(name)).sort();
}
