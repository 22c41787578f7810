import { segmentsOf } from './networks';
import type { ExistingNetworksPlan, PublicTlsPlan, SitePlan, SubnetPlan } from './types';

/** The document of `kit site check`: what a site needs of the undercloud, and the names that it takes there. */
export interface SiteDocument {
  site: string;
  /** TripleO's stack of the site. */
  stack: string;
  /** The gateway is compared for ctlplane alone: TripleO changes that of its own subnets. */
  subnets: (Pick<SubnetPlan, 'network' | 'networkName' | 'name' | 'cidr' | 'gateway'> & { rack?: string })[];
  /** What Neutron must have as the lab file has it; absent: nothing. */
  existing?: ExistingNetworksPlan;
  /** Environment files of the operator, which must be there; absent: none. */
  environments?: string[];
  /** TLS of the public end points, which clients must accept; absent: plain http. */
  publicTls?: PublicTlsPlan;
}

/** The document of a site. */
export function siteDocument(site: SitePlan): SiteDocument {
  const { name, stack, existing, environments, publicTls } = site;
  const wanted = ({ network, networkName, name: subnet, cidr, gateway }: SubnetPlan) => ({
    network,
    ...(networkName !== undefined && { networkName }),
    name: subnet,
    cidr,
    ...(network === 'ctlplane' && { gateway }),
  });
  const subnets = segmentsOf(site).flatMap(({ rack, subnets: own }) =>
    own.map((subnet) => ({ ...wanted(subnet), ...(rack !== undefined && { rack }) })),
  );
  return {
    site: name,
    stack,
    subnets,
    ...(existing && { existing }),
    ...(environments && { environments }),
    ...(publicTls && { publicTls }),
  };
}
