import { bounds, cidrAt, type Numbering, toAddress } from '../addresses';
import { type ByNetwork, type LabNetwork, networkNames, networksOf, subnetOf } from '../networks';
import type { Role } from '../roles';
import type { NetworkName, SiteKind, SubnetPlan } from '../types';
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
    name: own = name,
  } = written;
  return {
    written,
    name: own,
    mtu,
    ...(dnsDomain !== undefined && { dnsDomain: `${dnsDomain}.` }),
    ranges: ranges ?? [range],
    numbering: ranges ? undefined : { range, prefix, first: bounds(range).first },
  };
}

/**
 * The subnets of a site, without those whose CIDR nothing determines: the checks report these.
 * @param index number of the site's subnet in each network
 */
export function resolveSubnets(
  networks: ByNetwork<ResolvedNetwork>,
  site: { name: string; kind: SiteKind; index: number | undefined; written: LabFileSite },
): SubnetPlan[] {
  return networksOf(site.kind, networks).flatMap((name) => {
    const network = networks[name]!;
    const written = site.written.networks[name];
    const numbered =
      network.numbering && site.index !== undefined ? cidrAt(network.numbering, site.index) : undefined;
    const cidr = written?.cidr ?? numbered;
    return cidr === undefined ? [] : subnetOf(name, network, site, cidr, written);
  });
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
