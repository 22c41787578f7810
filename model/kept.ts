import { hasOwnCluster, type Lab, type LabSite } from './lab';
import { defaultUser } from './labfile/schema/site';
import { networkNameOf, networksWithout, segmentsOf } from './networks';
import { keptServices } from './roleServices';
import { poolKeys } from './tripleo/ceph';
import { domainOf } from './tripleo/hosts';
import { composableName } from './tripleo/networks';
import { servicePrefix } from './tripleo/serviceNames';
import type { NetworkName } from './types';

/** A value that a site keeps while it is up. */
export interface KeptValue {
  /** Its place in the lab file below `glance-dcn:`. */
  place: string;
  /** Its text; of `hosts.fqdn` the domain, or `false`. */
  value: string;
  /** Why it cannot change in place. */
  reason: string;
}

/** A value that differs from the one with which a site was brought up. */
export interface ChangedValue {
  /** Whether one site has the value, or it is the same at all sites of the lab. */
  of: 'site' | 'lab';
  /** Place, value and remedy. */
  message: string;
}

/**
 * The values that a site keeps: TripleO cannot change them in place, or the site would lose data. VLANs, gateways, pools of
 * addresses, routes and MTU change in place, and the names of ctlplane subnets are those of undercloud.conf.
 * @throws Error if the lab has no such site
 */
export function keptValues(lab: Lab, name: string): KeptValue[] {
  const site = lab.sites[name];
  if (!site) {
    throw new Error(`lab ${lab.name} has no site ${name}`);
  }
  const { kind, stack, zone, ceph, store } = site;
  const at = (key: string, value: string, reason: string): KeptValue => ({
    place: `sites.${name}.${key}`,
    value,
    reason,
  });
  return [
    // A cluster that exists already has no stack in the lab.
    ...(ceph.kind === 'existing'
      ? []
      : [
          at('stack', stack, 'TripleO cannot rename a stack'),
          // tripleo-ansible tripleo_composable_network.py: finds a subnet by its name, and cannot update its cidr.
          ...segmentsOf(site).flatMap(({ rack, subnets }) => {
            const place = rack === undefined ? 'networks' : `racks.${rack}.networks`;
            return subnets.flatMap((subnet) => [
              ...(subnet.network === 'ctlplane'
                ? []
                : [
                    {
                      place: `networks.${subnet.network}.name`,
                      value: networkNameOf(subnet),
                      reason: 'TripleO would make a second network',
                    },
                    ...existingOf(lab, subnet.network),
                    at(`${place}.${subnet.network}.subnet`, subnet.name, 'TripleO cannot rename a subnet'),
                  ]),
              at(
                `${place}.${subnet.network}.cidr`,
                subnet.cidr,
                'TripleO cannot change the addresses of a subnet',
              ),
            ]);
          }),
        ]),
    // Nova's is_safe_to_update_az refuses a host of another zone, also one without servers.
    ...(kind === 'external-ceph'
      ? []
      : [at('zone', zone, 'TripleO takes no host out of its zone, and Nova refuses a host in two zones')]),
    ...(ceph.kind === 'existing'
      ? [at('ceph.existing.fsid', ceph.fsid, 'the images and disks are in that cluster')]
      : []),
    ...(hasOwnCluster(ceph)
      ? [
          at('ceph.cluster', ceph.cluster, 'TripleO cannot rename a cluster'),
          at('ceph.user', ceph.user, 'libvirt opens the disks of servers as this user'),
          ...poolKeys(lab).map((key) =>
            at(`ceph.pools.${key}.name`, ceph.pools[key].name, 'the data would stay behind in this pool'),
          ),
        ]
      : []),
    ...(ceph.kind === 'deployed'
      ? [
          {
            place: 'hosts.fqdn',
            value: lab.hosts.fqdn ? domainOf(lab.hosts) : 'false',
            reason: 'Ceph knows the hosts by the names that they have',
          },
        ]
      : []),
    ...(store.kind === 'rbd' && store.site === name
      ? [at('ceph.store', store.id, 'Glance has the images under the id of their store')]
      : []),
    ...keptOfRoles(site),
  ];
}

/** The services and networks that a role of the lab's own keeps. Nodes of TripleO's roles keep these by their role. */
function keptOfRoles({ ownRoles = [] }: LabSite): KeptValue[] {
  return ownRoles.flatMap(({ name, services, networks }) => {
    const at = (key: string, member: string, value: string): KeptValue => ({
      place: `rolesData.${name}.${key}.${member}`,
      value,
      reason: 'TripleO does not clear it away',
    });
    return [
      ...keptServices
        .filter((service) => services.includes(service))
        .map((service) => at('ServicesDefault', service, `${servicePrefix}${service}`)),
      ...networks.flatMap((network) => {
        const composable = composableName(network);
        return composable === undefined ? [] : [at('networks', composable, composable)];
      }),
    ];
  });
}

/** Only a network that exists: one that the lab has made can be left to others later. */
function existingOf({ networks }: Lab, network: NetworkName): KeptValue[] {
  const value = networks[network]?.existing;
  return value === undefined
    ? []
    : [
        {
          place: `networks.${network}.existing`,
          value,
          reason: '`destroy` would remove what others made, or leave what the lab made',
        },
      ];
}

/**
 * The values of a site that differ from those with which it was brought up.
 *
 * @param before values by place; absent: those of version 0.1.0, which recorded none
 * @throws Error if the lab has no such site
 */
export function changedValues(
  lab: Lab,
  name: string,
  before: Record<string, string> | undefined,
): ChangedValue[] {
  const now = new Map(keptValues(lab, name).map((kept) => [kept.place, kept]));
  const stack = `sites.${name}.stack`;
  const hadCluster = before === undefined || before[`sites.${name}.ceph.cluster`] !== undefined;
  const user = `sites.${name}.ceph.user`;
  const recorded = {
    // Versions without this key recorded no user.
    ...(hadCluster && now.has(user) && { [user]: defaultUser }),
    // Version 0.1.0 gave each stack the name of its site.
    ...(before ?? (now.has(stack) ? { [stack]: name } : {})),
  };
  const { ceph, ownRoles = [] } = lab.sites[name] as LabSite;
  if (ceph.kind === 'existing' && recorded[stack] !== undefined) {
    // The other values that are gone are those of the cluster that the lab deployed.
    const message =
      `glance-dcn:sites.${name}.ceph.existing: ${ceph.fsid}: the site was brought up with a cluster that the lab deployed, and the images ` +
      'and disks would stay behind in that cluster: take existing out again.';
    return [{ of: 'site', message }];
  }
  const without = networksWithout(lab.networks).filter((network) => recorded[`networks.${network}.name`]);
  const isOfOtherRole = (place: string) =>
    place.startsWith('rolesData.') && !ownRoles.some((role) => place.startsWith(`rolesData.${role.name}.`));
  // The subnets of a rack are those of its nodes, and services those of their roles: a site keeps the racks and roles of its nodes.
  const isConsequence = (place: string) =>
    place.startsWith(`sites.${name}.racks.`) ||
    isOfOtherRole(place) ||
    without.some(
      (network) =>
        `.${place}`.includes(`.networks.${network}.`) ||
        place.endsWith(`.networks.${composableName(network)}`),
    );
  const values = Object.entries(recorded).flatMap(([place, was]) => {
    const kept = now.get(place);
    if (!kept) {
      const message = `glance-dcn:${place}: is gone, but the site was brought up with ${was}: put it back.`;
      return isConsequence(place) ? [] : [{ of: ownerOf(place), message }];
    }
    if (kept.value === was) {
      return [];
    }
    const [written, again] = [kept.value, was].map((value) => asWritten(place, value));
    const message = `glance-dcn:${place}: ${written}: the site was brought up with ${again}, and ${kept.reason}: write ${again} again.`;
    return [{ of: ownerOf(place), message }];
  });
  const networks = without.map((network) => ({
    of: 'lab' as const,
    message: `glance-dcn:networks.${network}: none: the site was brought up with this network: write it again.`,
  }));
  return [...values, ...networks];
}

function ownerOf(place: string): ChangedValue['of'] {
  return place.startsWith('sites.') || place.startsWith('rolesData.') ? 'site' : 'lab';
}

/** A kept value as the lab file has it. */
function asWritten(place: string, value: string): string {
  return place === 'hosts.fqdn' && value !== 'false' ? `true (domain: ${value})` : value;
}
