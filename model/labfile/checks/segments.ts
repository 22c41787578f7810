import type { Numbering } from '../../addresses';
import type { SubnetValues } from '../../networks';
import type { NetworkName, SiteSubnetPlan, SubnetPlan } from '../../types';
import { labPath } from '../findings';
import type { Path } from '../locate';
import type { ResolvedLab, ResolvedNode, ResolvedSite } from '../resolve';

/** The subnets that some nodes of a site have in common, one for each network: the site's own, or those of a rack. */
export interface Segment {
  /** As messages name it: `dcn0`, `rack r1 of dcn0`. */
  title: string;
  /** Place in the file of its subnets' values. */
  at: Path;
  subnets: (SubnetPlan | SiteSubnetPlan)[];
  /** The subnets as the file has them. */
  written: Partial<Record<NetworkName, SubnetValues & { vip?: string }>>;
  nodes: ResolvedNode[];
}

/** The segments of a site: its own, then its racks. */
export function segmentsOf({ name, subnets, racks, nodes, written }: ResolvedSite): Segment[] {
  const within = (rack?: string) => nodes.filter((node) => node.rack === rack);
  return [
    {
      title: name,
      at: labPath('sites', name, 'networks'),
      subnets,
      written: written.networks,
      nodes: within(),
    },
    ...racks.map((rack) => ({
      title: `rack ${rack.name} of ${name}`,
      at: labPath('sites', name, 'racks', rack.name, 'networks'),
      subnets: rack.subnets,
      written: rack.written.networks,
      nodes: within(rack.name),
    })),
  ];
}

/**
 * The numbering plans of those networks whose subnet a site or rack does not write itself.
 * @param names the networks of the site or rack
 */
export function numberedOf(
  { networks }: ResolvedLab,
  names: NetworkName[],
  written: { networks: Segment['written'] },
): Numbering[] {
  return names.flatMap((name) => (written.networks[name]?.cidr ? [] : (networks[name]?.numbering ?? [])));
}

/** The segments of all sites. */
export function allSegments({ sites }: ResolvedLab): Segment[] {
  return sites.flatMap(segmentsOf);
}
