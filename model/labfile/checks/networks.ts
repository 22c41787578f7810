import { IPv4 } from 'ipaddr.js';
import { bounds, firstEdgeIndex } from '../../addresses';
import { networkNames } from '../../networks';
import type { NetworkName } from '../../types';
import { type Finding, labPath } from '../findings';
import type { Path } from '../locate';
import type { ResolvedLab, ResolvedSite } from '../resolve';
import { networksOfSite, type ResolvedNetwork } from '../resolveNetworks';

/** Finds ranges that are too small for the subnets, ranges that overlap, and keys that exclude each other. */
export function checkNetworks(lab: ResolvedLab): Finding[] {
  const placed: { name: NetworkName; first: number; last: number }[] = [];
  return networkNames.flatMap((name) => {
    const network = lab.networks[name];
    if (!network) {
      return [];
    }
    const { written, ranges } = network;
    const overlaps = ranges.flatMap((range, position): Finding[] => {
      const { first, last } = bounds(range);
      const other = placed.find((candidate) => first <= candidate.last && candidate.first <= last);
      placed.push({ name, first, last });
      return other
        ? [
            {
              at: written.ranges
                ? labPath('networks', name, 'ranges', position)
                : labPath('networks', name, 'range'),
              value: range,
              message: `${isDefault(network) ? 'is the default range, and ' : ''}overlaps the range of ${other.name}`,
              remedy: 'Write a range of its own: addresses are routed between sites, so each may exist once',
            },
          ]
        : [];
    });
    return [
      ...checkName(lab, name, network),
      ...checkKeys(name, network),
      ...checkSize(lab, name, network),
      ...overlaps,
    ];
  });
}

/** Whether the file says nothing about the addresses of a network. */
function isDefault({ written }: ResolvedNetwork): boolean {
  return written.range === undefined && written.ranges === undefined;
}

/** Finds a name that another network has, in the lab or in TripleO. */
function checkName(
  { networks }: ResolvedLab,
  key: NetworkName,
  { name, written }: ResolvedNetwork,
): Finding[] {
  if (!('name' in written)) {
    return [];
  }
  const owner = networkNames.find((other) => other !== key && [other, networks[other]?.name].includes(name));
  return owner
    ? [
        {
          at: labPath('networks', key, 'name'),
          value: name,
          message: `is also a name of the network ${owner}`,
          remedy: 'Give each network a name of its own',
        },
      ]
    : [];
}

/** Finds keys of the numbering plan beside `ranges`. */
function checkKeys(name: NetworkName, { written }: ResolvedNetwork): Finding[] {
  return (['range', 'prefix'] as const)
    .filter((key) => written.ranges && written[key] !== undefined)
    .map((key) => ({
      at: labPath('networks', name, key),
      value: written[key],
      message: 'is for the numbering plan, and `ranges` takes its place',
      remedy: 'Take one of them out',
    }));
}

/** Finds a range that is too small for the subnets of the sites that the numbering plan covers. */
function checkSize(
  { networks, sites }: ResolvedLab,
  name: NetworkName,
  { numbering }: ResolvedNetwork,
): Finding[] {
  const numbered = sites.filter(
    (site) => networksOfSite(networks, site).includes(name) && !site.written.networks[name]?.cidr,
  );
  if (!numbering || numbered.length === 0) {
    return [];
  }
  const { range, prefix } = numbering;
  const hasEdge = numbered.some(({ kind }) => kind === 'edge');
  const needed = hasEdge ? firstEdgeIndex + 1 : Math.max(...numbered.map(({ index }) => index ?? 0)) + 1;
  const shortest = prefix - Math.ceil(Math.log2(needed));
  const subnets = hasEdge
    ? `${firstEdgeIndex} subnets of /${prefix} and one for each edge site`
    : `${needed} ${needed === 1 ? 'subnet' : 'subnets'} of /${prefix}`;
  return IPv4.parseCIDR(range)[1] > shortest
    ? [
        {
          at: labPath('networks', name, 'range'),
          value: range,
          message: `is too small for ${subnets}`,
          remedy:
            `Write a range of prefix length ${shortest} or less, such as ${networkAt(range, shortest)}; for subnets that ` +
            'you have already, write ranges: […] in place of range, and the cidr of each at its site',
        },
      ]
    : [];
}

/**
 * Finds networks that a site does not have.
 * @param written values by network
 * @param at place of the values in the file
 */
export function checkNamesOfNetworks(
  { networks }: ResolvedLab,
  site: ResolvedSite,
  written: Partial<Record<NetworkName, unknown>>,
  at: Path,
): Finding[] {
  const known = networksOfSite(networks, site);
  return (Object.keys(written) as NetworkName[])
    .filter((network) => !known.includes(network))
    .map((network) => ({
      at: [...at, network],
      message: 'is a network that the site does not have',
      remedy: `Take it out; the site has ${known.join(', ') || 'none'}`,
    }));
}

function networkAt(range: string, prefix: number): string {
  return `${IPv4.networkAddressFromCIDR(`${range.split('/')[0]}/${prefix}`).toString()}/${prefix}`;
}
