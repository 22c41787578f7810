import type { Lab, LabSite } from '../lab';
import { segmentsOf } from '../networks';
import type { ExistingNetworksPlan } from '../types';
import { type NetworkEntry, networkEntries } from './networks';

/**
 * The networks and subnets that `network provision` of a site finds in Neutron and must leave as they are; undefined: the lab
 * makes all.
 * @param known the control plane, then the site if it is another: the sites of which network data has the subnets
 */
export function planExistingNetworks(lab: Lab, known: LabSite[]): ExistingNetworksPlan | undefined {
  const networks = networkEntries(lab, []).flatMap(({ network, existing, entry }, position) =>
    existing
      ? {
          network,
          name: entry.name_lower,
          existing,
          tripleoName: entry.name,
          mtu: entry.mtu,
          ...(entry.dns_domain !== undefined && { dnsDomain: entry.dns_domain }),
          tags: networkTags(entry, position),
        }
      : [],
  );
  const subnets = known.flatMap((site) =>
    segmentsOf(site).flatMap(({ rack, subnets: own }) =>
      own
        .filter(({ network }) => lab.networks[network]?.existing === 'subnets')
        .map(({ network, networkName, name, cidr, gateway, vlan, pools, routes }) => ({
          site: site.name,
          ...(rack !== undefined && { rack }),
          network,
          ...(networkName !== undefined && { networkName }),
          name,
          cidr,
          ...(gateway !== undefined && { gateway }),
          ...(vlan !== undefined && { vlan }),
          pools,
          routes,
        })),
    ),
  );
  return networks.length > 0 ? { networks, subnets } : undefined;
}

/** The tags that `network provision` gives a network, and takes all others away (tripleo_composable_network.py). */
function networkTags(
  { name, service_net_map_replace: replaced, vip }: NetworkEntry,
  position: number,
): string[] {
  return [
    `tripleo_network_name=${name}`,
    `tripleo_net_idx=${position}`,
    ...(replaced === undefined ? [] : [`tripleo_service_net_map_replace=${replaced}`]),
    ...(vip ? ['tripleo_vip=true'] : []),
  ];
}
