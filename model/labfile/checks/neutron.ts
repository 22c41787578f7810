import { nearest } from '../faults';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { ResolvedLab, ResolvedSite } from '../resolve';

/** The physical network that Neutron knows by TripleO's defaults (THT neutron-plugin-ml2.yaml). */
const datacentre = 'datacentre';

/** Finds physical networks that no provider network can use, and bridges of physical networks that Neutron does not know. */
export function checkNeutron(lab: ResolvedLab, { invalid }: SitesSeen): Finding[] {
  const written = lab.physicalNetworks ?? {};
  const known = lab.physicalNetworks ? Object.keys(lab.physicalNetworks) : [datacentre];
  const isWhole = ![...invalid].some((path) => path.split('.')[0] === 'physicalNetworks');
  return [
    ...Object.entries(written).flatMap(([name, { flat, vlans }]): Finding[] =>
      flat || vlans.length > 0
        ? []
        : [
            {
              at: labPath('physicalNetworks', name),
              message: 'can have no network: it is not flat and has no VLAN ids',
              remedy: 'Write flat: true, or vlans: [1:1000]',
            },
          ],
    ),
    ...checkMtu(lab),
    ...lab.sites.flatMap((site) => [...(isWhole ? checkBridges(site, known) : []), ...checkMappings(site)]),
  ];
}

/**
 * Tunnels of servers' networks are on the tenant network, or on internal_api where there is none: Neutron subtracts their
 * header from this MTU.
 */
function checkMtu({ networks, physicalNetworkMtu }: ResolvedLab): Finding[] {
  const name = networks.tenant ? 'tenant' : 'internal_api';
  const { mtu } = networks.tenant ?? networks.internal_api;
  return physicalNetworkMtu !== undefined && physicalNetworkMtu > mtu
    ? [
        {
          at: labPath('physicalNetworkMtu'),
          value: physicalNetworkMtu,
          message: `is more than the MTU of the ${name} network, ${mtu}: tunnels would lose large packets`,
          remedy: `Write at most ${mtu}, or a larger mtu of the ${name} network`,
        },
      ]
    : [];
}

function checkBridges({ name: site, written }: ResolvedSite, known: string[]): Finding[] {
  return Object.keys(written.bridges)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = nearest(name, known);
      return {
        at: labPath('sites', site, 'bridges', name),
        message: 'is a physical network that Neutron does not know',
        remedy: meant ? `Did you mean ${meant}?` : `Write it under glance-dcn:physicalNetworks, too`,
      };
    });
}

/** Finds the parameter for all roles beside `bridges`, which sets it for each role: TripleO would ignore the former. */
function checkMappings({ name: site, written }: ResolvedSite): Finding[] {
  const name = 'NeutronBridgeMappings';
  return Object.keys(written.bridges).length > 0 && Object.hasOwn(written.parameters, name)
    ? [
        {
          at: labPath('sites', site, 'parameters', name),
          value: written.parameters[name],
          message: 'has no effect beside bridges, which sets it for each role',
          remedy: 'Take it out, and write its bridges under bridges',
        },
      ]
    : [];
}
