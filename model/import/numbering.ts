import { bounds, firstEdgeIndex, firstRackIndex, indexFromName, isWithin } from '../addresses';
import type { Value } from '../labfile/explain';
import { networkNames } from '../networks';
import type { NetworkName } from '../types';
import type { LabValues } from './fit';
import type { ImportedSegment, SurveyedNetworks } from './networks';

/** Where the subnets of a lab come from: from ranges by numbers of sites and racks, or written one by one. */
export interface Numberings {
  /** The lab file's keys for the addresses of each network. */
  keys: Partial<Record<NetworkName, { range: string; prefix: number } | { ranges: string[] }>>;
  /** Number of each segment in the ranges; undefined: it is in none, or a lab file cannot give its number. */
  indexOf: (segment: ImportedSegment) => number | undefined;
}

/**
 * The numberings of networks. A network is numbered if its subnets lie in one range at the number of their site or rack.
 * @param segments of each site, its own first
 */
export function numberingsOf(
  networks: SurveyedNetworks,
  segments: Map<{ name: string }, ImportedSegment[]>,
): Numberings {
  const all = [...segments.values()].flat();
  const ranges = networkNames.map((key) => {
    const cidrs = [...new Set(all.flatMap(({ subnets }) => subnets[key]?.cidr ?? []))];
    return [key, rangesOf(networks.routed(key), cidrs), prefixOf(cidrs)] as const;
  });
  const single = ranges.filter(([, found, prefix]) => found.length === 1 && prefix !== undefined);
  const numberOf = (key: NetworkName, range: string, { subnets }: ImportedSegment): number | undefined => {
    const cidr = subnets[key]?.cidr;
    if (cidr === undefined) {
      return undefined;
    }
    const { first, last } = bounds(cidr);
    return (first - bounds(range).first) / (last - first + 1);
  };
  const indices = new Map<ImportedSegment, number | undefined>();
  for (const [{ name }, [own, ...racks]] of segments) {
    const numbers = (segment: ImportedSegment): (number | undefined)[] =>
      single.flatMap(([key, [range]]) => numberOf(key, range!, segment) ?? []);
    if (own) {
      const standard = indexFromName(name);
      const isStandard = standard !== undefined && numbers(own).includes(standard);
      indices.set(own, isStandard ? standard : common(numbers(own), firstEdgeIndex));
    }
    racks.forEach((rack) => indices.set(rack, common(numbers(rack), firstRackIndex)));
  }
  return {
    indexOf: (segment) => indices.get(segment),
    keys: Object.fromEntries(
      ranges.map(([key, found, prefix]) => {
        const isNumbered =
          found.length === 1 &&
          prefix !== undefined &&
          all.every(
            (segment) => !segment.subnets[key] || numberOf(key, found[0]!, segment) === indices.get(segment),
          );
        return [key, isNumbered ? { range: found[0]!, prefix } : { ranges: found }];
      }),
    ),
  };
}

/** The lab file's keys of the networks. */
export function networkValues(
  networks: SurveyedNetworks,
  segments: ImportedSegment[],
  { keys }: Numberings,
): LabValues {
  return Object.fromEntries(
    networkNames.map((key): [string, Value] => {
      const network = networks.byKey[key];
      if (key !== 'ctlplane' && (!network || !segments.some(({ subnets }) => subnets[key]))) {
        return [key, 'none'];
      }
      const values: LabValues = {
        ...keys[key],
        ...(network && networks.nameOf(key) !== key && { name: networks.nameOf(key) }),
        ...(network?.mtu !== undefined && { mtu: network.mtu }),
        ...(network?.dns_domain !== undefined && { dnsDomain: network.dns_domain.replace(/\.$/, '') }),
      };
      return [key, values];
    }),
  );
}

/** The number that all have, if a lab file may give it. */
function common([first, ...others]: (number | undefined)[], least: number): number | undefined {
  return first !== undefined &&
    first >= least &&
    Number.isInteger(first) &&
    others.every((other) => other === first)
    ? first
    : undefined;
}

/** The ranges of a network: those to which routes lead, and the subnets that none of them contains. */
function rangesOf(routed: string[], cidrs: string[]): string[] {
  const outer = routed.filter((range) => !routed.some((other) => other !== range && isWithin(range, other)));
  return [...outer, ...cidrs.filter((cidr) => !outer.some((range) => isWithin(cidr, range)))].sort();
}

/** The prefix length of all subnets, if a lab file may give it. */
function prefixOf(cidrs: string[]): number | undefined {
  const [prefix, ...more] = new Set(cidrs.map((cidr) => Number(cidr.split('/')[1])));
  return more.length === 0 && prefix !== undefined && prefix >= 16 && prefix <= 24 ? prefix : undefined;
}
