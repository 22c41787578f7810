import type { Lab, LabSite } from '../lab';
import type { NetworkName, SubnetPlan } from '../types';
import { composableName } from './networks';

/** TripleO's default name of the ctlplane subnet (THT network/service_net_map.j2.yaml ControlPlaneSubnet). */
const defaultSubnet = 'ctlplane-subnet';

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
function controlPlaneSubnets({ nodes, subnets }: LabSite): Record<string, string> {
  const name = nameOn(subnets, 'ctlplane');
  const roles = [...new Set(nodes.map(({ role }) => role))];
  return name === undefined || name === defaultSubnet
    ? {}
    : Object.fromEntries(roles.map((role) => [`${role}ControlPlaneSubnet`, name]));
}

/**
 * The subnets of the virtual addresses that have other names than TripleO's (THT network/service_net_map.j2.yaml
 * VipSubnetMapDefaults). An edge site has a virtual address on ctlplane only.
 */
function subnetsOfVips({ kind, subnets }: LabSite): { VipSubnetMap?: Record<string, string> } {
  const internal = nameOn(subnets, 'internal_api');
  const names =
    kind === 'control-plane'
      ? subnets.map(({ network, name }) => [composableName(network) ?? network, network, name] as const)
      : subnets.flatMap(({ network, name }) =>
          network === 'ctlplane' ? [['ctlplane', network, name] as const] : [],
        );
  const others = names.filter(([, network, name]) => network !== 'tenant' && name !== defaultName(network));
  const ownInternal = kind === 'control-plane' && internal !== defaultName('internal_api');
  const map = {
    ...Object.fromEntries(others.map(([key, , name]) => [key, name])),
    ...(ownInternal && internal !== undefined && { redis: internal, ovn_dbs: internal }),
  };
  return Object.keys(map).length > 0 ? { VipSubnetMap: map } : {};
}

/**
 * The networks of services whose own network the lab leaves out; TripleO would put these on ctlplane (THT
 * network/service_net_map.j2.yaml). Public endpoints stay there.
 */
function serviceNetworks({ networks }: Lab): { ServiceNetMap?: Record<string, string> } {
  const map = {
    ...(!networks.storage_mgmt && { CephClusterNetwork: 'storage', SwiftStorageNetwork: 'storage' }),
    ...(!networks.tenant && { NeutronTenantNetwork: 'internal_api' }),
  };
  return Object.keys(map).length > 0 ? { ServiceNetMap: map } : {};
}

function defaultName(network: NetworkName): string {
  return network === 'ctlplane' ? defaultSubnet : `${network}_subnet`;
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
