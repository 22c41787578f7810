import type { Lab, LabSite } from '../lab';
import { subnetsOfNode } from '../networks';
import type { OwnRole, Role } from '../roles';
import { composableName } from './networks';
import { toYaml } from './yaml';

/** Whether a role of a site is one of the lab's own. */
export function isOwnRole({ ownRoles = [] }: LabSite, role: Role): role is OwnRole {
  return ownRoles.some(({ name }) => name === role.name);
}

/**
 * The file of a role of the lab's own, as THT's roles/<Role>.yaml are: the role of the role data file on the subnets of the site's nodes.
 * Its count and the format of its host names are in baremetal_<site>.yaml, with which `node provision` overrides those of the role.
 */
export function roleData({ networks }: Lab, site: LabSite, role: OwnRole): string {
  const node = site.nodes.find((other) => other.role === role.name);
  const subnets = node ? subnetsOfNode(site, node) : [];
  const own = subnets.flatMap(({ network, name }) => {
    const composable = composableName(network);
    return composable !== undefined && networks[network] && role.networks.includes(network)
      ? [[composable, { subnet: name }] as const]
      : [];
  });
  return toYaml([{ ...role.data, networks: Object.fromEntries(own) }]);
}
