import { parse, stringify } from 'yaml';
import { type SitePlan, type SubnetPlan, allSubnets } from '../../model';
import { siteFiles } from '../../model/tripleo/paths';

/** A fault in a site's networks, planted into a file that the stack phase of the site reads. */
export interface WrongNetwork {
  name: string;
  /** The file: of `network provision`, or the roles. */
  file: 'deployedNetwork' | 'roles';
  /** Whether a subnet can have the fault. */
  applies: (subnet: SubnetPlan) => boolean;
  plant: (text: string, subnet: SubnetPlan) => string;
  /** Whether Neutron's subnet shows the fault, beside the networks of the role. */
  inNeutron: boolean;
}

/** The content of the file of `network provision`, as far as faults change it. */
interface DeployedNetwork {
  parameter_defaults: {
    DeployedNetworkEnvironment: {
      net_attributes_map: Record<
        string,
        { subnets: Record<string, { gateway_ip: string | null; tags: string[] }> }
      >;
    };
  };
}

export const wrongNetworks: WrongNetwork[] = [
  {
    name: 'a wrong gateway',
    file: 'deployedNetwork',
    applies: () => true,
    plant: changed((attributes, { cidr }) => {
      attributes.gateway_ip = cidr.replace(/\.\d+\/\d+$/, '.77');
    }),
    inNeutron: true,
  },
  {
    name: 'a missing VLAN',
    file: 'deployedNetwork',
    applies: ({ vlan }) => vlan !== undefined,
    plant: changed((attributes) => {
      attributes.tags = attributes.tags.filter((tag) => !tag.startsWith('tripleo_vlan_id='));
    }),
    inNeutron: true,
  },
  {
    name: 'the subnet of another site',
    file: 'roles',
    applies: () => true,
    plant: (text, { name, network }) => text.replaceAll(`subnet: ${name}\n`, `subnet: ${network}_subnet\n`),
    inNeutron: false,
  },
];

function changed(
  change: (attributes: { gateway_ip: string | null; tags: string[] }, subnet: SubnetPlan) => void,
): WrongNetwork['plant'] {
  return (text, subnet) => {
    const file = parse(text) as DeployedNetwork;
    const networks = file.parameter_defaults.DeployedNetworkEnvironment.net_attributes_map;
    change(networks[subnet.network]!.subnets[subnet.name]!, subnet);
    return stringify(file);
  };
}

/** The storage subnet of a site's last rack, or of the site, and the roles of its nodes. */
export function plantedIn({ nodes, ...site }: SitePlan): { subnet: SubnetPlan; roles: string[] } {
  const subnet = allSubnets(site).findLast(({ network }) => network === 'storage')!;
  const rack = site.racks?.find(({ subnets }) => subnets.includes(subnet))?.name;
  return { subnet, roles: [...new Set(nodes.filter((node) => node.rack === rack).map(({ role }) => role))] };
}

/** The path of a fault's file, relative to the lab's directory. */
export function fileOf({ file }: WrongNetwork, { name }: SitePlan): string {
  return siteFiles(name)[file];
}
