import { controlPlane } from './names';
import type { LabPlan, SitePlan } from './types';

/** The document of `kit adoption begin`: the sites, and what must stand of each. */
export interface AdoptionDocument {
  sites: {
    site: string;
    /** TripleO's stack; absent: the site is a cluster that exists already. */
    stack?: string;
    /** Whether the stack has an overcloud. */
    overcloud: boolean;
    /** Id of the store that Glance must have; absent: the site has none. */
    store?: string;
  }[];
}

/** Whether a site has a stack of TripleO's in the lab: a cluster that exists already has none. */
export const hasStack = ({ steps }: SitePlan): boolean =>
  steps.some(({ name }) => name === 'network-provision');

/** The document of a lab's adoption. */
export function adoptionDocument({ sites }: LabPlan): AdoptionDocument {
  return {
    sites: sites.map((site) => ({
      site: site.name,
      ...(hasStack(site) && { stack: site.stack }),
      overcloud: site.steps.some(({ name }) => name === 'overcloud-stack'),
      ...(site.store && (site.kind === 'edge' || site.name === controlPlane) && { store: site.store.id }),
    })),
  };
}
