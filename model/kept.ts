import { hasOwnCluster, type Lab } from './lab';
import { poolKeys } from './tripleo/ceph';
import { domainOf } from './tripleo/hosts';

/** A value that a site keeps while it is up. */
export interface KeptValue {
  /** Its place in the lab file below `glance-dcn:`. */
  place: string;
  value: string;
  /** Why it cannot change in place. */
  reason: string;
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
  const { kind, stack, zone, subnets, racks, ceph, store } = site;
  const at = (key: string, value: string, reason: string): KeptValue => ({
    place: `sites.${name}.${key}`,
    value,
    reason,
  });
  const hostNames = 'Ceph knows the hosts by the names that they have';
  return [
    // A cluster that exists already has no stack in the lab.
    ...(ceph.kind === 'existing'
      ? []
      : [
          at('stack', stack, 'TripleO cannot rename a stack'),
          // tripleo-ansible tripleo_composable_network.py: finds a subnet by its name, and cannot update its cidr.
          ...[
            { place: 'networks', subnets },
            ...racks.map((rack) => ({ place: `racks.${rack.name}.networks`, subnets: rack.subnets })),
          ].flatMap(({ place, subnets: own }) =>
            own.flatMap(({ network, networkName = network, name: subnet, cidr }) => [
              ...(network === 'ctlplane'
                ? []
                : [
                    {
                      place: `networks.${network}.name`,
                      value: networkName,
                      reason: 'TripleO would make a second network',
                    },
                    at(`${place}.${network}.subnet`, subnet, 'TripleO cannot rename a subnet'),
                  ]),
              at(`${place}.${network}.cidr`, cidr, 'TripleO cannot change the addresses of a subnet'),
            ]),
          ),
        ]),
    // Nova's is_safe_to_update_az refuses a host of another zone, also one without servers.
    ...(kind === 'external-ceph'
      ? []
      : [at('zone', zone, 'TripleO takes no host out of its zone, and Nova refuses a host in two zones')]),
    ...(hasOwnCluster(ceph)
      ? [
          at('ceph.cluster', ceph.cluster, 'TripleO cannot rename a cluster'),
          ...poolKeys(lab).map((key) =>
            at(`ceph.pools.${key}.name`, ceph.pools[key].name, 'the data would stay behind in this pool'),
          ),
        ]
      : []),
    ...(ceph.kind === 'deployed'
      ? [
          { place: 'hosts.fqdn', value: String(lab.hosts.fqdn), reason: hostNames },
          ...(lab.hosts.fqdn
            ? [{ place: 'hosts.domain', value: domainOf(lab.hosts), reason: hostNames }]
            : []),
        ]
      : []),
    ...(store.kind === 'rbd' && store.site === name
      ? [at('ceph.store', store.id, 'Glance has the images under the id of their store')]
      : []),
  ];
}

/**
 * The values that differ from those with which a site was brought up.
 * @param before values by place
 * @returns a message for each, with place, value and remedy
 */
export function changedValues(before: Record<string, string>, now: KeptValue[]): string[] {
  const known = new Map(now.map((kept) => [kept.place, kept]));
  return Object.entries(before).flatMap(([place, was]) => {
    const kept = known.get(place);
    if (!kept) {
      return [`glance-dcn:${place}: is gone, but the site was brought up with ${was}: put it back.`];
    }
    const { value, reason } = kept;
    return value === was
      ? []
      : [
          `glance-dcn:${place}: ${value}: the site was brought up with ${was}, and ${reason}: write ${was} again.`,
        ];
  });
}
