import type { Numbering } from '../../addresses';
import { type SubnetValues, segmentsOf } from '../../networks';
import type { NetworkName, SubnetPlan } from '../../types';
import { labPath } from '../findings';
import type { Path } from '../locate';
import type { ResolvedLab, ResolvedNode, ResolvedSite } from '../resolve';

/** A segment of a site with its values and nodes in the lab file. */
export interface WrittenSegment {
  /** As messages name it: `dcn0`, `rack r1 of dcn0`. */
  title: string;
  /** Place in the file of its subnets' values. */
  at: Path;
  subnets: SubnetPlan[];
  /** The subnets as the file has them. */
  written: Partial<Record<NetworkName, SubnetValues & { vip?: string }>>;
  nodes: ResolvedNode[];
}

/** The segments of a site: its own, then its racks. */
export function writtenSegments(site: ResolvedSite): WrittenSegment[] {
  const { name, nodes, written } = site;
  return segmentsOf(site).map(({ rack, subnets }) => ({
    subnets,
    nodes: nodes.filter((node) => node.rack === rack),
    ...(rack === undefined
      ? { title: name, at: labPath('sites', name, 'networks'), written: written.networks }
      : {
          title: `rack ${rack} of ${name}`,
          at: labPath('sites', name, 'racks', rack, 'networks'),
          written: written.racks[rack]?.networks ?? {},
        }),
  }));
}

/**
 * The numbering plans of those networks whose subnet a site or rack does not write itself.
 * @param names the networks of the site or rack
 */
export function numberedOf(
  { networks }: ResolvedLab,
  names: NetworkName[],
  written: { networks: WrittenSegment['written'] },
): Numbering[] {
  return names.flatMap((name) => (written.networks[name]?.cidr ? [] : (networks[name]?.numbering ?? [])));
}

/** The segments of all sites. */
export function allSegments({ sites }: ResolvedLab): WrittenSegment[] {
  return sites.flatMap(writtenSegments);
}
