import type { Lab, LabSite } from '../lab';
import { defaultSubnetName, networkNameOf, subnetsOfNode } from '../networks';
import type { NetworkName, SubnetPlan } from '../types';
import { composableName, virtualAddresses } from './networks';

/**
 * Parameters of network.yaml: the subnets of a site where TripleO would take those with its default names, and the ways from
 * all sites through the control plane's firewall.
 */
export function networkParameters(lab: Lab, site: LabSite): Record<string, unknown> {
  return {
    ...controlPlaneSubnets(site),
    ...subnetsOfVips(site),
    ...serviceNetworks(lab),
    ...(site.kind === 'control-plane' && { ExtraFirewallRules: firewallRules(lab) }),
  };
}

/**
 * The ctlplane subnet of each role: the hosts' gateway and routes come from it (THT overcloud.j2.yaml).
 */
function controlPlaneSubnets(site: LabSite): Record<string, string> {
  const names = site.nodes.flatMap((node) => {
    const name = nameOn(subnetsOfNode(site, node), 'ctlplane');
    return name === undefined || name === defaultSubnetName('ctlplane')
      ? []
      : [[`${node.role}ControlPlaneSubnet`, name] as const];
  });
  return Object.fromEntries(names);
}

/**
 * The subnets of a site's virtual addresses that have other names than TripleO's (THT network/service_net_map.j2.yaml
 * VipSubnetMapDefaults).
 */
function subnetsOfVips(site: LabSite): { VipSubnetMap?: Record<string, string> } {
  const others = virtualAddresses(site).flatMap(({ network }) =>
    site.subnets
      .filter(
        (subnet) => subnet.network === network && subnet.name !== defaultSubnetName(networkNameOf(subnet)),
      )
      .map(({ name }) => [composableName(network) ?? network, name] as const),
  );
  const map: Record<string, string> = Object.fromEntries(others);
  const { InternalApi: internal } = map;
  return others.length > 0
    ? { VipSubnetMap: { ...map, ...(internal !== undefined && { redis: internal, ovn_dbs: internal }) } }
    : {};
}

/**
 * The networks of services whose own network the lab leaves out; TripleO would put these on ctlplane (THT
 * network/service_net_map.j2.yaml). Public endpoints stay there.
 */
function serviceNetworks({ networks }: Lab): { ServiceNetMap?: Record<string, string> } {
  const map = {
    ...(!networks.storage_mgmt && {
      CephClusterNetwork: networks.storage.name,
      SwiftStorageNetwork: networks.storage.name,
    }),
    ...(!networks.tenant && { NeutronTenantNetwork: networks.internal_api.name }),
  };
  return Object.keys(map).length > 0 ? { ServiceNetMap: map } : {};
}

function nameOn(subnets: SubnetPlan[], network: NetworkName): string | undefined {
  return subnets.find((subnet) => subnet.network === network)?.name;
}

/**
 * Rules that let all sites reach OVN's databases and memcached on the Controllers. TripleO's own rules let in the subnets that
 * Neutron had when the control plane was deployed last (net_cidr_map in THT memcached-container-puppet.yaml, and in late
 * releases of Wallaby ovn-dbs-cluster-ansible.yaml): a site that is added later would be shut out.
 */
function firewallRules({ networks }: Lab): Record<string, unknown> {
  return Object.fromEntries(
    networks.internal_api.ranges.flatMap((source) => [
      [`121 memcached ${source}`, { proto: 'tcp', dport: [11211], source }],
      [`121 ovn dbs ${source}`, { proto: 'tcp', dport: [6641, 6642], source }],
    ]),
  );
}
