import { isWithin } from '../../addresses';
import { rolesOfLab } from '../../roles';
import type { NetworkName } from '../../types';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { ResolvedLab, ResolvedNode, ResolvedSite } from '../resolve';
import { someOf } from '../roleNames';
import type { ResolvedRack } from '../resolveNetworks';
import { writtenSegments } from './segments';

/** Checks the racks of all sites, and the nodes in them. */
export function checkRacks(lab: ResolvedLab, { invalid, partial }: SitesSeen): Finding[] {
  return lab.sites.flatMap((site) => {
    if (lab.provisioner === 'openstack' && site.racks.length > 0 && !invalid.has('provisioner')) {
      return [misplaced(site)];
    }
    // The nodes decide what a rack needs.
    const racks = site.racks.filter(({ networks }) => networks.length > 0);
    return partial.has(site.name)
      ? []
      : [
          ...checkNames(site),
          ...racks.flatMap((rack) => checkNetworks(lab, site, rack)),
          ...checkRoles(lab, site),
          ...checkRoutes(lab, site),
        ];
  });
}

function misplaced({ name }: ResolvedSite): Finding {
  return {
    at: labPath('sites', name, 'racks'),
    message: 'cannot be used: in a cloud the program makes one subnet of each network for a site',
    remedy: 'Take it out, or write provisioner: existing',
  };
}

/** Finds networks that a rack's nodes are not on, and missing CIDRs of networks without a numbering plan. */
function checkNetworks(
  { networks }: ResolvedLab,
  { name: site }: ResolvedSite,
  { name, written, networks: own }: ResolvedRack,
): Finding[] {
  const at = labPath('sites', site, 'racks', name, 'networks');
  const needless = (Object.keys(written.networks) as NetworkName[]).filter(
    (network) => !own.includes(network),
  );
  const missing = own.filter(
    (network) => !networks[network]?.numbering && written.networks[network]?.cidr === undefined,
  );
  return [
    ...needless.map((network) => ({
      at: [...at, network],
      message: 'is a network that no node of the rack is on',
      remedy: `Take it out; the nodes are on ${own.join(', ')}`,
    })),
    ...missing.map((network) => ({
      at: [...at, network],
      message: `has no cidr, and networks.${network} has \`ranges\`, from which no rack's subnet follows`,
      remedy: 'Write { cidr: … } with the subnet of this rack',
    })),
  ];
}

/**
 * Finds subnets whose hosts have no route to the same network in another segment of the site. On ctlplane the default route
 * leads there.
 */
function checkRoutes({ networks }: ResolvedLab, site: ResolvedSite): Finding[] {
  const placed = writtenSegments(site).flatMap(({ nodes, subnets, ...segment }) =>
    subnets
      .filter(({ network }) => nodes.some(({ role }) => role.networks.includes(network)))
      .map((subnet) => ({ ...segment, subnet })),
  );
  return placed.flatMap(({ at, written, subnet }): Finding[] => {
    const { network, cidr, routes } = subnet;
    // checkSubnets and checkSubnetNumbers report a subnet outside the ranges.
    const others = placed.filter(
      (other) =>
        other.subnet.network === network &&
        other.subnet.cidr !== cidr &&
        networks[network]?.ranges.some((range) => isWithin(other.subnet.cidr, range)),
    );
    const lost = others.find(
      (other) => !routes.some(({ destination }) => isWithin(other.subnet.cidr, destination)),
    );
    if (network === 'ctlplane' || lost === undefined) {
      return [];
    }
    const key = written[network]?.routes ? 'routes' : 'gateway';
    return [
      {
        at: [...at, network, key],
        ...(key === 'gateway' && { value: written[network]?.gateway }),
        message: `leaves hosts without a route to ${lost.subnet.cidr}, ${network} of ${lost.title}`,
        remedy:
          key === 'routes'
            ? 'Write a route to it: hosts of one site work together on each network'
            : 'Write the address of the router: hosts of one site work together on each network',
      },
    ];
  });
}

/** Finds nodes in a rack that the site does not have, and racks without nodes. */
function checkNames({ name: site, nodes, racks }: ResolvedSite): Finding[] {
  const names = racks.map(({ name }) => name);
  const unknown = nodes.filter(({ rack }) => rack !== undefined && !names.includes(rack));
  return [
    ...unknown.map(({ name, rack }) => ({
      at: labPath('sites', site, 'nodes', name, 'rack'),
      value: rack,
      message: 'is no rack of the site',
      remedy:
        names.length > 0
          ? `Write one of ${names.join(', ')}, or add it to racks`
          : `Write racks: { ${rack}: { index: … } } at the site`,
    })),
    ...racks
      .filter(({ name }) => nodes.every(({ rack }) => rack !== name))
      .map(({ name }) => ({
        at: labPath('sites', site, 'racks', name),
        message: 'is the rack of no node',
        remedy: `Write rack: ${name} at the nodes in it, or take it out`,
      })),
  ];
}

/**
 * Finds nodes with virtual addresses in a rack, and roles with nodes in several segments: TripleO takes gateway, routes and VLAN of a role's
 * hosts from one subnet of each network (THT overcloud.j2.yaml, `<Role>ControlPlaneSubnet` and the role's `networks`).
 */
function checkRoles({ ownRoles }: ResolvedLab, site: ResolvedSite): Finding[] {
  const first = new Map<string, ResolvedNode>();
  return site.nodes.flatMap((node): Finding[] => {
    const { name, role, rack } = node;
    const other = first.get(role.name);
    first.set(role.name, other ?? node);
    const at = labPath('sites', site.name, 'nodes', name, ...(rack === undefined ? [] : ['rack']));
    if (role.virtualAddresses && rack !== undefined) {
      const message =
        "is for other roles: the virtual addresses of HAproxy, OVNDBs and Redis are in the site's own subnets";
      return [{ at, value: rack, message, remedy: 'Take it out' }];
    }
    if (other === undefined || other.rack === rack) {
      return [];
    }
    const placeOf = (one: ResolvedNode) =>
      one.rack === undefined ? "in the site's own subnets" : `in rack ${one.rack}`;
    const choices = rolesOfLab({ ownRoles: ownRoles.roles })
      .filter(
        (choice) => choice.kinds.includes(site.kind) && !site.nodes.some((used) => used.role === choice),
      )
      .map((choice) => choice.name);
    return [
      {
        at,
        value: rack ?? role.name,
        message: `is ${placeOf(node)}, and ${other.name} of the same role is ${placeOf(other)}: TripleO has one subnet of each network for all nodes of ${role.name}`,
        remedy: [
          other.rack === undefined ? 'Take it out' : `Write rack: ${other.rack} here`,
          ...(choices.length > 0 ? [`or another role: ${someOf(choices)}`] : []),
        ].join(', '),
      },
    ];
  });
}
