import type { LabSite } from '../lab';
import { networkNameOf, subnetsOfNode } from '../networks';
import { type Role, rolesOfLab } from '../roles';
import type { NodePlan } from '../types';
import { defaultRouteNetwork } from './networks';
import { toYaml } from './yaml';

/** The roles present at a site: the lab's own first, then those of TripleO in the order of model/roles.ts. */
export function rolesPresent(site: LabSite): Role[] {
  const present = new Set(site.nodes.map((node) => node.role));
  return rolesOfLab(site).filter(({ name }) => present.has(name));
}

/**
 * baremetal_<site>.yaml (schema: tripleo-ansible module_utils/baremetal_deploy.py). Hosts exist already: `managed: false`,
 * and no `vif`, with which metalsmith would make the ctlplane port. The ctlplane address has no subnet, because the subnet
 * may have any name in undercloud.conf.
 */
export function baremetal(site: LabSite, nodes: NodePlan[]): string {
  return toYaml(
    rolesPresent(site).map((role) => {
      const own = nodes.filter((node) => node.role === role.name);
      return {
        name: role.name,
        count: own.length,
        hostname_format: `%stackname%-${role.hostname}-%index%`,
        ...networkConfig(site, own),
        instances: own.map((node) => ({
          hostname: node.name,
          name: node.name,
          managed: false,
          networks: subnetsOfNode(site, node)
            .filter(({ network }) => role.networks.includes(network))
            .map((subnet) => ({
              network: networkNameOf(subnet),
              ...(subnet.network !== 'ctlplane' && { subnet: subnet.name }),
              fixed_ip: node.addresses[subnet.network],
            })),
        })),
      };
    }),
  );
}

/**
 * NIC template of a role's hosts. It is applied whenever the step runs; by default only once on each host. Without
 * default_route_network the second run takes the default route away (tripleo-ansible tripleo_overcloud_network_ports.py).
 */
function networkConfig(site: LabSite, [node]: NodePlan[]): object {
  if (node?.nicTemplate === undefined) {
    return {};
  }
  const subnets = subnetsOfNode(site, node);
  return {
    defaults: {
      network_config: {
        template: node.nicTemplate.path,
        network_config_update: true,
        ...(node.nicTemplate.bondOptions !== undefined && {
          bond_interface_ovs_options: node.nicTemplate.bondOptions,
        }),
        default_route_network: subnets
          .filter(({ network }) => network === defaultRouteNetwork(site, subnets, node.role))
          .map(networkNameOf),
      },
    },
  };
}
