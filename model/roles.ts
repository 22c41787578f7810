import { type DecidingService, type Duties, blockOf, dutiesOf, kindsOf } from './roleServices';
import type { NetworkName, SiteKind } from './names';

/** The properties of a TripleO role that the model needs; all but name, networks and host names follow from its services. */
export interface Role extends Duties {
  name: string;
  /** The services that decide what the role's nodes are for. */
  services: readonly string[];
  /** Kinds of site in which the role belongs. */
  kinds: SiteKind[];
  networks: NetworkName[];
  /**
   * Part of the generated hostname: TripleO's own (tripleo-ansible baremetal_deploy.py build_hostname_format), unless that
   * begins with another role's. Before tripleo-ansible d766571f, `ceph deploy` finds a role's hosts by this prefix
   * (ceph_spec_bootstrap.py get_deployed_roles_to_hosts), and would otherwise make a monitor on each scale-out node.
   */
  hostname: string;
  /** Host numbers of the role's nodes: `first` + the number at the end of the node's name, below `end`. */
  block: { first: number; end: number };
}

/** A role of a lab's own, from its role data file. */
export interface OwnRole extends Role {
  /** The role as the file has it. */
  data: Record<string, unknown>;
}

/** A site, or a lab, as far as its roles are known. */
export interface WithRoles {
  /** Roles of the lab's own; absent: it has TripleO's alone. */
  ownRoles?: Role[];
}

/** A role by its services. */
export function describeRole(
  name: string,
  networks: NetworkName[],
  hostname: string,
  services: Iterable<string>,
): Role {
  const all = new Set(services);
  return {
    ...dutiesOf(all),
    name,
    services: [...all],
    kinds: kindsOf(all),
    networks,
    hostname,
    block: blockOf(all),
  };
}

const storage: NetworkName[] = ['ctlplane', 'storage', 'storage_mgmt'];
const ofServers: NetworkName[] = ['ctlplane', 'storage', 'internal_api', 'tenant'];
const hyperconverged: NetworkName[] = ['ctlplane', 'storage', 'storage_mgmt', 'internal_api', 'tenant'];
const all: NetworkName[] = [...hyperconverged, 'external'];

const server: DecidingService[] = ['NovaCompute', 'OVNController'];
const edge: DecidingService[] = [...server, 'GlanceApiEdge', 'CinderVolumeEdge', 'Etcd'];
const controller: DecidingService[] = [
  'CephMon',
  'CinderApi',
  'CinderScheduler',
  'CinderVolume',
  'Etcd',
  'GlanceApi',
  'HAproxy',
  'Keystone',
  'MySQL',
  'NeutronApi',
  'NovaApi',
  'NovaConductor',
  'NovaScheduler',
  'OVNController',
  'OVNDBs',
  'OsloMessagingRpc',
  'PlacementApi',
  'SwiftProxy',
  'SwiftStorage',
];

/** A Controller without some of its services. */
function without(...services: DecidingService[]): DecidingService[] {
  return controller.filter((service) => !services.includes(service));
}

/**
 * TripleO's roles that this version supports (THT roles/<Role>.yaml, stable/wallaby), in the order in which generated files list them: the
 * usual ones first, which messages name.
 * Where no role is tagged `primary`, as at edge sites, `openstack overcloud roles generate` takes the first one as primary.
 */
export const roles: readonly Role[] = [
  describeRole('Controller', all, 'controller', controller),
  describeRole('Compute', ofServers, 'novacompute', server),
  describeRole('ComputeHCI', hyperconverged, 'computehci', [...server, 'CephOSD']),
  describeRole('DistributedComputeHCI', hyperconverged, 'distributedcomputehci', [
    ...edge,
    'CephMon',
    'CephOSD',
  ]),
  describeRole('DistributedComputeHCIScaleOut', hyperconverged, 'hciscaleout', [
    ...server,
    'HAproxyEdge',
    'CephOSD',
  ]),
  describeRole('DistributedCompute', ofServers, 'distributedcompute', edge),
  describeRole('DistributedComputeScaleOut', ofServers, 'scaleout', [...server, 'HAproxyEdge']),
  describeRole('CephAll', storage, 'cephall', ['CephMon', 'CephOSD']),
  describeRole('CephStorage', storage, 'cephstorage', ['CephOSD']),
  describeRole('ControllerOpenstack', all, 'openstackcontroller', without('MySQL', 'OsloMessagingRpc')),
  describeRole('ControllerNoCeph', all, 'nocephcontroller', without('CephMon')),
  describeRole(
    'ControllerNovaStandalone',
    all,
    'novastandalonecontroller',
    without('NovaApi', 'NovaConductor', 'NovaScheduler', 'PlacementApi'),
  ),
  describeRole('ControllerSriov', all, 'sriovcontroller', controller),
  describeRole('Database', ['ctlplane', 'internal_api'], 'database', ['MySQL']),
  describeRole('Messaging', ['ctlplane', 'internal_api'], 'messaging', ['OsloMessagingRpc']),
  describeRole('Networker', ['ctlplane', 'internal_api', 'tenant'], 'networker', ['OVNController']),
  describeRole('NetworkerSriov', ['ctlplane', 'internal_api', 'tenant'], 'networkersriov', ['OVNController']),
  describeRole('Novacontrol', ['ctlplane', 'storage', 'internal_api'], 'novacontrol', [
    'NovaApi',
    'NovaConductor',
    'NovaScheduler',
    'PlacementApi',
  ]),
  describeRole('Telemetry', ['ctlplane', 'storage', 'internal_api'], 'telemetry', ['Redis']),
  ...[
    'ComputeOvsDpdk',
    'ComputeOvsDpdkRT',
    'ComputeOvsDpdkSriov',
    'ComputeOvsDpdkSriovRT',
    'ComputeRealTime',
    'ComputeSriov',
    'ComputeSriovRT',
    'ComputeLocalEphemeral',
    'ComputeRBDEphemeral',
  ].map((name) => describeRole(name, ofServers, name.toLowerCase(), server)),
  describeRole('ComputeHCIOvsDpdk', hyperconverged, 'hciovsdpdk', [...server, 'CephOSD']),
  describeRole('HciCephAll', hyperconverged, 'hcicephall', [...server, 'CephMon', 'CephOSD']),
  describeRole('HciCephMon', hyperconverged, 'hcicephmon', [...server, 'CephMon', 'CephOSD']),
  describeRole('HciCephFile', hyperconverged, 'hcicephfile', [...server, 'CephOSD']),
  describeRole('HciCephObject', hyperconverged, 'hcicephobject', [...server, 'CephOSD']),
  describeRole('CephFile', storage, 'cephfile', ['CephOSD']),
  describeRole('CephObject', storage, 'cephobject', ['CephOSD']),
];

const byName = new Map(roles.map((role) => [role.name, role]));

/** TripleO's role with a name; undefined if this version does not support it. */
export function findRole(name: string): Role | undefined {
  return byName.get(name);
}

/** All roles that nodes of a site may have, in the order in which generated files list them. */
export function rolesOfLab({ ownRoles = [] }: WithRoles): Role[] {
  return [...ownRoles, ...roles];
}

/** The role of a site with a name; undefined if neither the lab's own roles nor those that this version supports have it. */
export function findRoleAt({ ownRoles = [] }: WithRoles, name: string): Role | undefined {
  return ownRoles.find((own) => own.name === name) ?? byName.get(name);
}

/**
 * The role of a node.
 * @param site the node's site
 * @param name name of a role that the checks of the lab file have accepted
 */
export function roleAt(site: WithRoles, name: string): Role {
  const role = findRoleAt(site, name);
  if (!role) {
    throw new Error(`role ${name} is neither in model/roles.ts nor one of the lab's own`);
  }
  return role;
}

/**
 * Whether nodes with these roles have all their OSDs and monitors on one host: Ceph is then deployed with --single-host-defaults,
 * and places copies on different disks instead of different hosts.
 */
export function isSingleHost(present: Role[]): boolean {
  return present.filter(({ osd, mon }) => osd || mon).length === 1;
}

/** Copies of each object in a cluster of nodes with these roles, where the lab file does not say how many. */
export function defaultCopies(present: Pick<Role, 'osd'>[]): number {
  return Math.min(3, present.filter(({ osd }) => osd).length);
}

const ofNetworks =
  'Its network is none of this version; write a role of your own (rolesData) without the network';
const ofCells = 'This version makes no cells of Nova; write Controller';

/** Roles of TripleO, or of its users' diagrams, that this version does not support, with what to write instead. */
export const otherRoles: ReadonlyMap<string, string> = new Map(
  Object.entries({
    CephAllStorage: 'TripleO has no such role; write CephStorage: the monitors run on the Controllers',
    ControllerAllNovaStandalone: 'Write Controller, and Compute for the nodes that run servers',
    CellController: ofCells,
    NovaManager: ofCells,
    ComputeAlt: 'It has services that no template of TripleO has; write Compute',
    ComputeDVR: 'Write Compute: with OVN, routers are distributed on all computes with a bridge',
    ComputeHCISriov:
      'It lacks NovaAZConfig, and no zone has its hosts: write a role of your own (rolesData) with it',
    ComputeInstanceHA:
      'Its Pacemaker needs fencing by the power of the hosts, which this version does not know; write Compute',
    ComputeSriovIB:
      'It lacks NovaAZConfig, and no zone has its hosts: write a role of your own (rolesData) with it',
    ControllerStorageDashboard: ofNetworks,
    ControllerStorageNfs: ofNetworks,
    DistributedComputeHCIDashboard: ofNetworks,
  }),
);
