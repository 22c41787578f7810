import type { NetworkName, SiteKind } from './types';

/** The properties of a TripleO role that the model needs (THT roles/<Role>.yaml, stable/wallaby). */
export interface Role {
  name: string;
  /** Kinds of site in which the role belongs. */
  kinds: SiteKind[];
  networks: NetworkName[];
  /**
   * Part of the generated hostname: TripleO's own (tripleo-ansible baremetal_deploy.py build_hostname_format), unless that
   * begins with another role's. Before tripleo-ansible d766571f, `ceph deploy` finds a role's hosts by this prefix
   * (ceph_spec_bootstrap.py get_deployed_roles_to_hosts), and would otherwise make a monitor on each scale-out node.
   */
  hostname: string;
  mon: boolean;
  osd: boolean;
  /** Runs etcd at the edge, for cinder-volume's active/active. */
  etcd: boolean;
  compute: boolean;
  /** Runs ovn-controller, to which bridges of provider networks belong. */
  ovnController: boolean;
  /** Runs a glance-api: the control plane's, or the edge's own. */
  glance: boolean;
  /** Host numbers of the role's nodes: `first` + the number at the end of the node's name, below `end`. */
  block: { first: number; end: number };
}

const computeNetworks: NetworkName[] = ['ctlplane', 'storage', 'internal_api', 'tenant'];
const hciNetworks: NetworkName[] = ['ctlplane', 'storage', 'storage_mgmt', 'internal_api', 'tenant'];
const cephNetworks: NetworkName[] = ['ctlplane', 'storage', 'storage_mgmt'];
const controllerNetworks: NetworkName[] = [...hciNetworks, 'external'];
const blocks = {
  controller: { first: 10, end: 30 },
  ceph: { first: 30, end: 70 },
  compute: { first: 70, end: 200 },
};

const none = { mon: false, osd: false, etcd: false, compute: false, ovnController: false, glance: false };
const edgeOnly: SiteKind[] = ['edge'];
const controlPlaneOnly: SiteKind[] = ['control-plane'];

/**
 * The roles that this version supports, in the order in which generated files list them. Where no role is tagged
 * `primary`, as at edge sites, `openstack overcloud roles generate` takes the first one as primary.
 */
export const roles: readonly Role[] = [
  {
    ...none,
    name: 'Controller',
    kinds: controlPlaneOnly,
    networks: controllerNetworks,
    hostname: 'controller',
    mon: true,
    ovnController: true,
    glance: true,
    block: blocks.controller,
  },
  {
    ...none,
    name: 'Compute',
    kinds: ['control-plane', 'central'],
    networks: computeNetworks,
    hostname: 'novacompute',
    compute: true,
    ovnController: true,
    block: blocks.compute,
  },
  {
    ...none,
    name: 'ComputeHCI',
    kinds: controlPlaneOnly,
    networks: hciNetworks,
    hostname: 'computehci',
    osd: true,
    compute: true,
    ovnController: true,
    block: blocks.compute,
  },
  {
    ...none,
    name: 'DistributedComputeHCI',
    kinds: edgeOnly,
    networks: hciNetworks,
    hostname: 'distributedcomputehci',
    mon: true,
    osd: true,
    etcd: true,
    compute: true,
    ovnController: true,
    glance: true,
    block: blocks.compute,
  },
  {
    ...none,
    name: 'DistributedComputeHCIScaleOut',
    kinds: edgeOnly,
    networks: hciNetworks,
    hostname: 'hciscaleout',
    osd: true,
    compute: true,
    ovnController: true,
    block: blocks.compute,
  },
  {
    ...none,
    name: 'DistributedCompute',
    kinds: edgeOnly,
    networks: computeNetworks,
    hostname: 'distributedcompute',
    etcd: true,
    compute: true,
    ovnController: true,
    glance: true,
    block: blocks.compute,
  },
  {
    ...none,
    name: 'DistributedComputeScaleOut',
    kinds: edgeOnly,
    networks: computeNetworks,
    hostname: 'scaleout',
    compute: true,
    ovnController: true,
    block: blocks.compute,
  },
  {
    ...none,
    name: 'CephAll',
    kinds: ['external-ceph', 'edge'],
    networks: cephNetworks,
    hostname: 'cephall',
    mon: true,
    osd: true,
    block: blocks.ceph,
  },
  {
    ...none,
    name: 'CephStorage',
    kinds: ['external-ceph', 'control-plane', 'edge'],
    networks: cephNetworks,
    hostname: 'cephstorage',
    osd: true,
    block: blocks.ceph,
  },
];

const byName = new Map(roles.map((role) => [role.name, role]));

/** The role with a name; undefined if this version does not support it. */
export function findRole(name: string): Role | undefined {
  return byName.get(name);
}

/** The role with a name that the schema has accepted. */
export function roleOf(name: string): Role {
  const role = byName.get(name);
  if (!role) {
    throw new Error(`role ${name} is not in model/roles.ts`);
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

/** Roles of TripleO, or of its users' diagrams, that this version does not support, with what to write instead. */
export const otherRoles: ReadonlyMap<string, string> = new Map(
  Object.entries({
    CephAllStorage: 'TripleO has no such role; write CephStorage: the monitors run on the Controllers',
    ControllerNoCeph: 'Write Controller: it runs no monitor where the Ceph cluster is an external one',
    ControllerAllNovaStandalone: 'Write Controller, and Compute for the nodes that run servers',
  }),
);
