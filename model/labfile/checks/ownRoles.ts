import { type OwnRole, type Role, roles } from '../../roles';
import { heatBoolean } from '../../tripleo/heatBoolean';
import { composableName } from '../../tripleo/networks';
import { laterServices, servicePrefix } from '../../tripleo/serviceNames';
import { type Finding, labPath } from '../findings';
import type { Path } from '../locate';
import { missingNetworks } from '../ownRoles';
import type { ResolvedLab, ResolvedSite } from '../resolve';
import { managedParameter, switchedOff } from './parameters';

/** Checks the roles of the role data file against the rest of the lab. */
export function checkOwnRoles(lab: ResolvedLab): Finding[] {
  const { ownRoles } = lab;
  return ownRoles.roles.flatMap((role) => {
    const found = (path: Path, message: string, remedy: string): Finding => ({
      at: labPath('rolesData'),
      message: `${ownRoles.placeOf(role.name, ...path)}: ${message}`,
      remedy,
    });
    return [
      ...checkNetworks(lab, role, found),
      ...checkHostname(lab, role, found),
      ...checkClients(lab, role, found),
      ...checkRelease(lab, role, found),
      ...checkParameters(lab, role, found),
    ];
  });
}

type Found = (path: Path, message: string, remedy: string) => Finding;

/** Finds networks that the lab leaves out, and networks that the services of a role need. */
function checkNetworks({ networks }: ResolvedLab, role: OwnRole, found: Found): Finding[] {
  const leftOut = role.networks.filter((network) => network !== 'ctlplane' && !networks[network]);
  const missing = missingNetworks(role).filter(([network]) => networks[network]);
  return [
    ...leftOut.map((network) =>
      found(
        ['networks', composableName(network)!],
        `is a network that the lab leaves out (networks.${network})`,
        `Take it out, or give the lab the network ${network}`,
      ),
    ),
    ...missing.map(([network, service]) =>
      found(
        ['networks'],
        `lacks ${composableName(network)}, on which ${service} works`,
        `Add ${composableName(network)}, or take ${servicePrefix}${service} out`,
      ),
    ),
  ];
}

/**
 * Finds Ceph roles whose pattern of host names is also that of other roles at a site: `ceph deploy` would make monitors and OSDs of these hosts
 * (tripleo-ansible ceph_spec_bootstrap.py get_deployed_roles_to_hosts).
 */
function checkHostname({ ownRoles, sites }: ResolvedLab, role: OwnRole, found: Found): Finding[] {
  const own = ownRoles.roles;
  const others = [...roles, ...own.slice(0, own.indexOf(role))];
  const isPresent = ({ nodes }: ResolvedSite, { name }: Role) =>
    nodes.some((node) => node.role.name === name);
  // Before tripleo-ansible d766571f, the part of a role may also stand in the name of the stack.
  const takes = (stack: string, { mon, osd, hostname }: Role, other: Role) =>
    (mon || osd) && `${stack}-${other.hostname}-0`.includes(`-${hostname}`);
  const taken = others.find((other) =>
    sites.some(
      (site) =>
        isPresent(site, role) &&
        isPresent(site, other) &&
        (takes(site.stack, role, other) ||
          takes(site.stack, other, role) ||
          other.hostname === role.hostname),
    ),
  );
  return taken
    ? [
        found(
          'HostnameFormatDefault' in role.data ? ['HostnameFormatDefault'] : ['name'],
          `gives hosts a part of the name that those of ${taken.name} have, too, and \`ceph deploy\` finds the hosts of a role by this part`,
          'Write HostnameFormatDefault: %stackname%-NAME-%index% with a NAME that no other role’s names, nor the stack’s, have',
        ),
      ]
    : [];
}

/**
 * Finds roles that use a cluster without the service that gives hosts its configuration and keys: CephClient for the site's own cluster, CephExternal
 * for that of external-ceph.
 */
function checkClients(
  { topology, sites }: ResolvedLab,
  { name, services }: OwnRole,
  found: Found,
): Finding[] {
  const users = [
    'NovaCompute',
    'CinderVolume',
    'CinderVolumeEdge',
    ...(topology === 'multistore' ? ['GlanceApi', 'GlanceApiEdge'] : []),
  ];
  const user = users.find((service) => services.includes(service));
  const needed = sites
    .filter(({ nodes }) => nodes.some(({ role }) => role.name === name))
    .flatMap(({ ownCeph }) => (ownCeph ? ['CephClient'] : topology === 'multistore' ? ['CephExternal'] : []));
  return user === undefined
    ? []
    : [...new Set(needed)]
        .filter((service) => !services.includes(service))
        .map((service) =>
          found(
            ['ServicesDefault'],
            `has ${user} and not ${service}, which gives hosts the configuration and keys of the Ceph cluster`,
            `Add ${servicePrefix}${service}`,
          ),
        );
}

/** Finds services that are newer than the TripleO of the sandbox. */
function checkRelease({ provisioner }: ResolvedLab, { services }: OwnRole, found: Found): Finding[] {
  return provisioner === 'sandbox'
    ? services
        .filter((service) => laterServices.has(service))
        .map((service) =>
          found(
            ['ServicesDefault'],
            `has ${servicePrefix}${service}, which the sandbox’s TripleO does not have yet`,
            'Take it out for labs on the sandbox',
          ),
        )
    : [];
}

/** Finds parameters of a role that no site may set. */
function checkParameters({ topology }: ResolvedLab, { data }: OwnRole, found: Found): Finding[] {
  return Object.entries(data.RoleParametersDefault ?? {}).flatMap(([name, value]): Finding[] => {
    const remedy = managedParameter(topology, name) ?? (heatBoolean(value) ? switchedOff(name) : undefined);
    return remedy ? [found(['RoleParametersDefault', name], 'cannot be set by a role', remedy)] : [];
  });
}
