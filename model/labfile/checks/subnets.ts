import { bounds, isBetween, isHost, isWithin, toNumber } from '../../addresses';
import type { NetworkName, SubnetPlan } from '../../types';
import { type Finding, labPath } from '../findings';
import type { Path } from '../locate';
import type { SitesSeen } from '../read';
import type { ResolvedLab, ResolvedSite } from '../resolve';
import { networksOfSite } from '../resolveNetworks';
import { checkNamesOfNetworks } from './networks';
import { reservedIn } from './reserved';
import { allSegments, type WrittenSegment, writtenSegments } from './segments';

/** Checks the subnets of all sites: that each has its addresses, and that no two have the same ones. */
export function checkSubnets(lab: ResolvedLab, { partial }: SitesSeen): Finding[] {
  return [
    ...lab.sites.flatMap((site) => [
      ...checkNamesOfNetworks(lab, site, site.written.networks, labPath('sites', site.name, 'networks')),
      ...(partial.has(site.name) ? [] : checkMissing(lab, site)),
      ...writtenSegments(site).flatMap((segment) => [
        ...segment.subnets.flatMap((subnet) => checkSubnet(lab, site, segment, subnet)),
        ...checkVlans(segment),
      ]),
    ]),
    ...checkOverlaps(lab),
    ...checkTwice(lab),
  ];
}

/** Finds networks without a numbering plan whose subnet the site does not write. */
function checkMissing({ networks }: ResolvedLab, site: ResolvedSite): Finding[] {
  const { name, written } = site;
  return networksOfSite(networks, site)
    .filter((network) => !networks[network]?.numbering && written.networks[network]?.cidr === undefined)
    .map((network) => ({
      at: labPath('sites', name, 'networks', network),
      message: `has no cidr, and networks.${network} has \`ranges\`, from which no site's subnet follows`,
      remedy: 'Write { cidr: … } with the subnet of this site',
    }));
}

/** Checks one subnet and the addresses in it. */
function checkSubnet(
  lab: ResolvedLab,
  site: ResolvedSite,
  segment: WrittenSegment,
  subnet: WrittenSegment['subnets'][number],
): Finding[] {
  const { network, cidr, routes, pools } = subnet;
  const written = segment.written[network] ?? {};
  const at = [...segment.at, network];
  const ranges = lab.networks[network]?.ranges ?? [];
  const findings: Finding[] = [];
  const find = (key: string, value: unknown, message: string, remedy: string, ...rest: Path) =>
    findings.push({ at: [...at, key, ...rest], value, message, remedy });

  if (written.cidr !== undefined && !ranges.some((range) => isWithin(cidr, range))) {
    const message = `is not in the ${ranges.length > 1 ? 'ranges' : 'range'} of the network, ${ranges.join(', ')}: other sites have no route to it`;
    find('cidr', cidr, message, `Write networks.${network}.ranges with all ranges of the sites' subnets`);
  }
  if (network === 'ctlplane' && written.vlan !== undefined) {
    const remedy =
      'Take it out; the bond or interface itself, or a bridge of a NIC template, carries ctlplane';
    find('vlan', written.vlan, 'is for the other networks: hosts are installed over ctlplane', remedy);
  }
  if (network === 'ctlplane' && written.gateway === 'none') {
    const message = "is not possible on ctlplane: the default route of TripleO's roles leads there";
    find('gateway', 'none', message, 'Write the address of the router');
  }
  const inside = `Write an address in ${cidr} other than its first and last one`;
  if (written.gateway !== undefined && written.gateway !== 'none' && !isHost(written.gateway, cidr)) {
    find('gateway', written.gateway, 'is not a host of the subnet', inside);
  }
  if (written.vip !== undefined && !isHost(written.vip, cidr)) {
    find('vip', written.vip, 'is not a host of the subnet', inside);
  }
  const reserved = reservedIn(lab, site, subnet);
  for (const { address, owner } of reserved) {
    const other = reserved.find((candidate) => candidate.address === address && candidate.owner !== owner);
    const key = owner === 'the gateway' ? 'gateway' : 'vip';
    if (other && owner !== 'the undercloud' && written[key] !== undefined) {
      find(key, address, `is the address of ${other.owner}, too`, `Write another address in ${cidr}`);
    }
  }
  if (written.vip !== undefined && !reserved.some(({ owner }) => owner === 'virtual addresses')) {
    find('vip', written.vip, 'is for a network on which the site has no virtual address', 'Take it out');
  }
  pools.forEach(({ start, end }, position) => {
    if (!isHost(start, cidr) || !isHost(end, cidr) || toNumber(start) > toNumber(end)) {
      const message = 'is not a part of the subnet from a lower to a higher address';
      find('pools', `${start} to ${end}`, message, `Write two addresses in ${cidr}`, position);
    }
    for (const { address, owner } of reserved) {
      // A port holds the virtual address, so that Neutron gives it to nothing else.
      if (owner !== 'virtual addresses' && isBetween(address, start, end)) {
        const message = `contains ${address} of ${owner}, which Neutron would give to something else`;
        find('pools', `${start} to ${end}`, message, 'Write pools without it', position);
      }
    }
    const before = pools.slice(0, position).find((pool) => overlap(pool, { start, end }));
    if (before) {
      const message = `overlaps the pool from ${before.start} to ${before.end}`;
      find('pools', `${start} to ${end}`, message, 'Write pools that have no address in common', position);
    }
  });
  routes.forEach(({ nexthop }, position) => {
    if (written.routes && !isHost(nexthop, cidr)) {
      const message = 'leads to a router that is not in the subnet';
      find('routes', nexthop, message, inside, position, 'nexthop');
    }
  });
  return findings;
}

function overlap(one: SubnetPlan['pools'][number], other: SubnetPlan['pools'][number]): boolean {
  return toNumber(one.start) <= toNumber(other.end) && toNumber(other.start) <= toNumber(one.end);
}

/** Finds two networks with the same VLAN: hosts carry all networks on the same wires. */
function checkVlans({ title, at, subnets }: WrittenSegment): Finding[] {
  const owners = new Map<number, NetworkName>();
  return subnets.flatMap(({ network, vlan }): Finding[] => {
    const owner = vlan === undefined ? undefined : owners.get(vlan);
    if (vlan !== undefined) {
      owners.set(vlan, owner ?? network);
    }
    return owner
      ? [
          {
            at: [...at, network, 'vlan'],
            value: vlan,
            message: `is also the VLAN of ${owner} in ${title}`,
            remedy: 'Give each network a VLAN of its own',
          },
        ]
      : [];
  });
}

/** Finds subnets that overlap; those of the numbering plan alone do not, unless two sites or racks have one number. */
function checkOverlaps(lab: ResolvedLab): Finding[] {
  const placed = allSegments(lab)
    .flatMap((segment) => segment.subnets.map((subnet) => ({ segment, subnet, ...bounds(subnet.cidr) })))
    .toSorted((a, b) => a.first - b.first);
  return placed.flatMap((current, position): Finding[] => {
    const before = placed[position - 1];
    if (!before || before.last < current.first || !(isWritten(before) || isWritten(current))) {
      return [];
    }
    const [culprit, other] = isWritten(current) ? [current, before] : [before, current];
    return [
      {
        at: [...culprit.segment.at, culprit.subnet.network, 'cidr'],
        value: culprit.subnet.cidr,
        message: `overlaps ${other.subnet.cidr}, ${other.subnet.network} of ${other.segment.title}`,
        remedy: 'Write a subnet of its own: addresses are routed between subnets, so each may exist once',
      },
    ];
  });
}

function isWritten({ segment, subnet }: { segment: WrittenSegment; subnet: SubnetPlan }): boolean {
  return segment.written[subnet.network]?.cidr !== undefined;
}

/** Finds subnets with the same name: the site's stack deletes them by their names. */
function checkTwice(lab: ResolvedLab): Finding[] {
  const owners = new Map<string, string>();
  return allSegments(lab).flatMap(({ title, at, subnets, written }) =>
    subnets.flatMap(({ network, name }): Finding[] => {
      const owner = owners.get(name);
      owners.set(name, owner ?? `${network} in ${title}`);
      return owner
        ? [
            {
              at: [...at, network, 'subnet'],
              value: name,
              message: `is also the name of the subnet of ${owner}`,
              remedy: written[network]?.subnet
                ? 'Give each subnet a name of its own'
                : `Write another name here, or for ${owner}`,
            },
          ]
        : [];
    }),
  );
}
