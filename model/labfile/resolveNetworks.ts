import { bounds, cidrAt, type Numbering, toAddress } from '../addresses';
import {
  type ByNetwork,
  type LabNetwork,
  networkNames,
  networksOf,
  rackSubnet,
  siteSubnet,
  type SubnetValues,
} from '../networks';
import { type Role, roleAt, type WithRoles } from '../roles';
import type { NetworkName, SiteKind, SiteSubnetPlan, SubnetPlan } from '../types';
import type { LabFile, LabFileSite } from './schema';
import { defaultRanges } from './schema/networks';

/** A network of a lab file with every default filled in. */
export interface ResolvedNetwork extends LabNetwork {
  /** Undefined: each site writes the CIDR of its subnet. */
  numbering: Numbering | undefined;
  /** The network as the file has it. */
  written: LabFile['networks']['ctlplane'];
}

/** Fills in the defaults of all networks. */
export function resolveNetworks(written: LabFile['networks']): ByNetwork<ResolvedNetwork> {
  const networks = networkNames.flatMap((name) => {
    const network = written[name];
    return network === 'none' ? [] : [[name, resolveNetwork(name, network)] as const];
  });
  return Object.fromEntries(networks) as ByNetwork<ResolvedNetwork>;
}

type WrittenNetwork = LabFile['networks']['ctlplane'] & Partial<LabFile['networks']['storage']>;

function resolveNetwork(name: NetworkName, written: WrittenNetwork): ResolvedNetwork {
  const {
    range = defaultRanges[name],
    prefix = 24,
    ranges,
    mtu = 1500,
    dnsDomain,
    existing,
    name: own = name,
  } = written;
  return {
    written,
    name: own,
    ...(existing && { existing }),
    mtu,
    ...(dnsDomain !== undefined && { dnsDomain: `${dnsDomain}.` }),
    ranges: ranges ?? [range],
    numbering: ranges ? undefined : { range, prefix, first: bounds(range).first },
  };
}

/** One rack of a lab file with every default filled in. */
export interface ResolvedRack {
  name: string;
  /** The rack as the file has it. */
  written: LabFileSite['racks'][string];
  /** Networks of the roles of its nodes. */
  networks: NetworkName[];
  /** Its subnets, without those whose CIDR nothing determines. */
  subnets: SubnetPlan[];
}

/** A site as its subnets follow from it. */
interface SiteOfSubnets {
  name: string;
  kind: SiteKind;
  /** Number of its subnet in each network. */
  index: number | undefined;
  written: LabFileSite;
}

/** The networks of the lab that a site has: a cluster that exists already is on none of them. */
export function networksOfSite(
  networks: ByNetwork<unknown>,
  { kind, written }: Pick<SiteOfSubnets, 'kind' | 'written'>,
): NetworkName[] {
  return kind === 'external-ceph' && written.ceph.existing ? [] : networksOf(kind, networks);
}

/** A site's own subnets, without those whose CIDR nothing determines: the checks report these. */
export function resolveSubnets(networks: ByNetwork<ResolvedNetwork>, site: SiteOfSubnets): SiteSubnetPlan[] {
  return networksOfSite(networks, site).flatMap((name) => {
    const network = networks[name]!;
    const written = site.written.networks[name];
    const cidr = cidrOf(network, site.index, written);
    return cidr === undefined ? [] : siteSubnet(name, network, site, cidr, written);
  });
}

/** The racks of a site. A rack has the networks of its nodes' roles alone. */
export function resolveRacks(
  networks: ByNetwork<ResolvedNetwork>,
  known: WithRoles,
  site: SiteOfSubnets,
): ResolvedRack[] {
  return Object.entries(site.written.racks).map(([name, written]) => {
    const roles = Object.values(site.written.nodes).flatMap((node) =>
      typeof node === 'object' && node.rack === name ? roleAt(known, node.role) : [],
    );
    const own = networksOf(site.kind, networks).filter((network) =>
      roles.some((role) => role.networks.includes(network)),
    );
    const subnets = own.flatMap((key) => {
      const network = networks[key]!;
      const values = written.networks[key];
      const cidr = cidrOf(network, written.index, values);
      return cidr === undefined ? [] : rackSubnet(key, network, { site: site.name, name }, cidr, values);
    });
    return { name, written, networks: own, subnets };
  });
}

function cidrOf(
  { numbering }: ResolvedNetwork,
  index: number | undefined,
  written: SubnetValues | undefined,
): string | undefined {
  return written?.cidr ?? (numbering && index !== undefined ? cidrAt(numbering, index) : undefined);
}

/**
 * The addresses of a node on the networks of its role, without those that nothing determines.
 * @param host the node's host number in each subnet
 * @param written the addresses that the file has
 */
export function resolveAddresses(
  subnets: SubnetPlan[],
  { networks }: Role,
  host: number | undefined,
  written: Partial<Record<NetworkName, string>>,
): Partial<Record<NetworkName, string>> {
  const numbered = (network: NetworkName) => {
    const subnet = subnets.find((candidate) => candidate.network === network);
    return subnet && host !== undefined ? toAddress(bounds(subnet.cidr).first + host) : undefined;
  };
  const known = networks.filter((name) => subnets.some(({ network }) => network === name));
  const addresses = known.map((network) => [network, written[network] ?? numbered(network)] as const);
  return Object.fromEntries(addresses.filter(([, address]) => address !== undefined));
}
