import { isHost } from '../addresses';
import { controlPlane } from '../names';
import { defaultSubnetName, networkNames, networksOf } from '../networks';
import { findRoleAt } from '../roles';
import { composableName } from '../tripleo/networks';
import type { NetworkName } from '../types';
import type { Noter } from './notes';
import { rolesOf, type SurveyedSite } from './stacks';
import type { Survey, SurveyedNetwork } from './survey';

/** A subnet as the lab file writes it, with all its values: a type, as an interface is none of `LabValues`. */
export type ImportedSubnet = {
  subnet: string;
  cidr: string;
  vlan?: number;
  gateway: string;
  pools?: { start: string; end: string }[];
  routes?: { destination: string; nexthop: string }[];
  vip?: string;
};

/** Subnets by network. */
export type Subnets = Partial<Record<NetworkName, ImportedSubnet>>;

/** Subnets that some roles of a site have in common. */
export interface ImportedSegment {
  roles: string[];
  subnets: Subnets;
}

const ipv4Alone = 'A lab has IPv4 alone: docs/lab-file.md, Settings without a key';

/** The networks of a survey by the lab file's names of them. */
export class SurveyedNetworks {
  readonly byKey: Partial<Record<NetworkName, SurveyedNetwork>> = {};

  constructor(
    private readonly survey: Survey,
    sites: SurveyedSite[],
    note: Noter,
  ) {
    for (const network of sites.flatMap(({ stack }) => stack.networks)) {
      const key = networkNames.find((name) => composableName(name) === network.name);
      if (!key) {
        const what = 'is none of the networks of a lab';
        note('unmapped', `network ${network.name}`, what, 'Its subnets and ports stay as they are');
        continue;
      }
      if (Object.values(network.subnets).some((subnet) => subnet.ip_subnet === undefined)) {
        note(
          'unmapped',
          `network ${network.name}`,
          'has subnets of IPv6 alone, which a lab does not have',
          ipv4Alone,
        );
      }
      const known = this.byKey[key]?.subnets ?? {};
      for (const [name, subnet] of Object.entries(network.subnets)) {
        if (known[name] && JSON.stringify(known[name]) !== JSON.stringify(subnet)) {
          const what =
            'the network data of several stacks have other values for it; Neutron has those of the last `network provision`';
          note(
            'different',
            `subnet ${name}`,
            what,
            'Compare them: written are those of the stack that uses the subnet',
          );
        }
      }
      this.byKey[key] = { ...network, subnets: { ...known, ...network.subnets } };
    }
  }

  /** Neutron's name of a network. */
  nameOf(key: NetworkName): string {
    return this.byKey[key]?.name_lower ?? key;
  }

  /**
   * A subnet by the name of its network in the lab file and its own, as network data of a site has it, or of another one; undefined: the
   * survey has none, or one of IPv6.
   */
  subnet(key: NetworkName, name: string, { stack }: SurveyedSite): ImportedSubnet | undefined {
    if (key === 'ctlplane') {
      const found = this.survey.ctlplane?.find((subnet) => subnet.name === name);
      // Pools and routes of ctlplane are those of undercloud.conf: a lab file has no say in them.
      return found && { subnet: name, cidr: found.cidr, gateway: found.gateway || 'none' };
    }
    const own = stack.networks.find((network) => network.name === composableName(key));
    const found = own?.subnets[name] ?? this.byKey[key]?.subnets[name];
    return found?.ip_subnet === undefined
      ? undefined
      : {
          subnet: name,
          cidr: found.ip_subnet,
          ...(found.vlan !== undefined && { vlan: found.vlan }),
          gateway: found.gateway_ip ?? 'none',
          ...(found.pools.length > 0 && { pools: found.pools }),
          routes: found.routes,
        };
  }

  /** The subnet of a network with an address. */
  withAddress(key: NetworkName, address: string, site: SurveyedSite): ImportedSubnet | undefined {
    const names =
      key === 'ctlplane'
        ? (this.survey.ctlplane ?? []).map(({ name }) => name)
        : Object.keys(this.byKey[key]?.subnets ?? {});
    return names
      .flatMap((name) => this.subnet(key, name, site) ?? [])
      .find(({ cidr }) => isHost(address, cidr));
  }

  /** Destinations of the routes by the gateways of the subnets of a network. */
  routed(key: NetworkName): string[] {
    const subnets =
      key === 'ctlplane'
        ? (this.survey.ctlplane ?? [])
        : Object.values(this.byKey[key]?.subnets ?? {}).map((subnet) => ({
            ...subnet,
            gateway: subnet.gateway_ip ?? '',
          }));
    const destinations = subnets.flatMap(({ gateway, routes }) =>
      routes.flatMap(({ destination, nexthop }) => (nexthop === gateway ? [destination] : [])),
    );
    return [...new Set(destinations)];
  }
}

/**
 * The segments of a site: its own first, then one for each rack. Roles with the same subnets are in one segment; the site's own has
 * its virtual address on ctlplane.
 */
export function segmentsOfSite(networks: SurveyedNetworks, site: SurveyedSite): ImportedSegment[] {
  const segments: ImportedSegment[] = [];
  for (const { name, networks: ofRole } of rolesOf(site.stack)) {
    const hosts = site.stack.hosts.filter(({ role }) => role === name);
    const role = findRoleAt(site, name);
    if (hosts.length === 0 || !role) {
      continue;
    }
    const subnets: Subnets = {};
    for (const key of role.networks) {
      const own = composableName(key);
      const isOn = own === undefined || ofRole === undefined || Object.hasOwn(ofRole, own);
      const written = own === undefined ? undefined : ofRole?.[own];
      const address = hosts[0]?.addresses[networks.nameOf(key)];
      const found =
        (address === undefined ? undefined : networks.withAddress(key, address, site)) ??
        networks.subnet(key, written || defaultSubnetName(networks.nameOf(key)), site);
      if (isOn && found) {
        subnets[key] = found;
      }
    }
    const same = segments.find((segment) =>
      networkNames.every(
        (key) =>
          !segment.subnets[key] || !subnets[key] || segment.subnets[key].subnet === subnets[key].subnet,
      ),
    );
    if (same) {
      same.roles.push(name);
      Object.assign(same.subnets, subnets);
    } else {
      segments.push({ roles: [name], subnets });
    }
  }
  const vip = site.stack.vips.ctlplane;
  const isOwn = ({ subnets }: ImportedSegment): boolean =>
    vip !== undefined && subnets.ctlplane !== undefined && isHost(vip, subnets.ctlplane.cidr);
  return segments.sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)));
}

/** Gives the own segment of each site the subnets of networks on which no role of it is. */
export function completeSegments(
  networks: SurveyedNetworks,
  segments: Map<SurveyedSite, ImportedSegment[]>,
  note: Noter,
): void {
  const used = new Set([...segments.values()].flat().flatMap(({ subnets }) => names(subnets)));
  const ofControlPlane = [...segments.keys()].find(({ name }) => name === controlPlane);
  for (const [site, [own]] of segments) {
    for (const key of networksOf(site.kind, presentNetworks(networks))) {
      if (!own || own.subnets[key]) {
        continue;
      }
      const known = (of: SurveyedSite | undefined) =>
        Object.keys(of?.stack.networks.find(({ name }) => name === composableName(key))?.subnets ?? {});
      const foreign = site === ofControlPlane ? [] : known(ofControlPlane);
      const free = known(site).filter((name) => !used.has(name) && !foreign.includes(name));
      const alike = nameLikeOthers(networks, own, key);
      const found = free.length === 1 ? networks.subnet(key, free[0]!, site) : undefined;
      const byName = alike === undefined || used.has(alike) ? undefined : networks.subnet(key, alike, site);
      if (found) {
        own.subnets[key] = found;
      } else if (byName) {
        own.subnets[key] = byName;
        const what =
          'no host of the site is on the subnet; its name is like those of the site’s other subnets';
        note(
          'guess',
          `glance-dcn:sites.${site.name}.networks.${key}`,
          what,
          'Compare it with the network data',
        );
      } else {
        const what = `the site has no subnet of ${key}, and a lab file gives it one`;
        const remedy = 'Write the cidr of a free range there';
        note('unseen', `glance-dcn:sites.${site.name}.networks.${key}`, what, remedy);
      }
    }
    for (const [key, subnet] of Object.entries(own?.subnets ?? {})) {
      const vip = site.stack.vips[networks.nameOf(key as NetworkName)];
      if (vip !== undefined && isHost(vip, subnet.cidr)) {
        subnet.vip = vip;
      } else if (hasVip(site, key as NetworkName)) {
        const what = 'nothing says the virtual address, so it is the default of a lab';
        note('guess', `glance-dcn:sites.${site.name}.networks.${key}.vip`, what, 'Write the address there');
      }
    }
  }
}

/** The name of a subnet with the same end as those of all other networks in a segment; undefined: these differ, or are ctlplane's alone. */
function nameLikeOthers(
  networks: SurveyedNetworks,
  { subnets }: ImportedSegment,
  key: NetworkName,
): string | undefined {
  const ends = Object.entries(subnets).flatMap(([other, { subnet }]) => {
    const start = networks.nameOf(other as NetworkName);
    return other === 'ctlplane' ? [] : [subnet.startsWith(start) ? subnet.slice(start.length) : undefined];
  });
  const [end, ...more] = new Set(ends);
  return end === undefined || more.length > 0 ? undefined : networks.nameOf(key) + end;
}

/** Whether services of a site have a virtual address on a network. */
function hasVip({ kind }: SurveyedSite, key: NetworkName): boolean {
  return kind === 'control-plane' ? key !== 'tenant' : kind !== 'external-ceph' && key === 'ctlplane';
}

/** The networks of a lab, by the networks that a survey has. */
function presentNetworks(
  networks: SurveyedNetworks,
): Record<'ctlplane' | 'internal_api' | 'storage', unknown> {
  return { ctlplane: true, internal_api: true, storage: true, ...networks.byKey };
}

function names(subnets: Subnets): string[] {
  return Object.values(subnets).map(({ subnet }) => subnet);
}
