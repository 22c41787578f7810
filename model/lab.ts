import type { LabFile, LabFileSite } from './labfile/schema';
import type { CephSection } from './labfile/schema/cephConfig';
import type { Pools } from './labfile/schema/pools';
import type {
  ExistingNetwork,
  NetworkName,
  NodeAddresses,
  NodeLogin,
  OsdDevices,
  RackPlan,
  SiteKind,
  SiteSubnetPlan,
  VerbName,
} from './types';
import type { DirectCopy, ImageSettings, ImageSource } from './images';
import type { ByNetwork, LabNetwork } from './networks';
import { controlPlane, externalCeph } from './names';
import type { NicTemplate } from './nicTemplates';
import type { OwnRole } from './roles';

/** `multistore`: an RBD store at each site. `cache`: Glance on the control plane's Swift, and a cache at each site. */
export type Topology = 'multistore' | 'cache';

/** Images that Glance copies to a store when a tenant's server needs them there. */
export type CopyOnDemand = NonNullable<LabFile['copyOnDemand']>;

/** A valid lab with every default filled in: the input of all planning. */
export type Lab = HostLab | CloudLab;

/** A lab of hosts of the sandbox, or of existing hosts. */
export interface HostLab extends LabBase {
  provisioner: 'sandbox' | 'existing';
  /** External Ceph and control plane first, then as in the file. */
  sites: Record<string, HostLabSite>;
  openstack?: undefined;
}

/** A lab of servers of an OpenStack cloud. */
export interface CloudLab extends LabBase {
  provisioner: 'openstack';
  /** The cloud, and the common values of all its servers. */
  openstack: NonNullable<LabFile['openstack']>;
  /** External Ceph and control plane first, then as in the file. */
  sites: Record<string, CloudLabSite>;
}

interface LabBase {
  name: string;
  topology: Topology;
  undercloud: LabUndercloud;
  networks: ByNetwork<LabNetwork>;
  /** Physical networks of provider networks, by name; absent: TripleO's default. */
  physicalNetworks?: NonNullable<LabFile['physicalNetworks']>;
  /** MTU below all networks of servers; absent: the MTU of the tenant network. */
  physicalNetworkMtu?: number;
  /** Names and time of the hosts. */
  hosts: LabFile['hosts'];
  /** TLS of the public end points; absent: plain http. */
  publicTls?: PublicTls;
  /** Availability zone of servers without one; absent: Nova chooses. */
  defaultZone?: string;
  copyOnDemand: CopyOnDemand;
  images: {
    name: string;
    source: ImageSource;
    diskFormat: 'raw' | 'qcow2';
    sites: string[];
    /** Absent: by Glance's own copy-image. */
    copy?: DirectCopy;
    settings?: ImageSettings;
  }[];
  sandbox: {
    tripleo: LabFile['sandbox']['tripleo'];
    servers: boolean;
    sshPort: number;
    wan: { rate: string };
  };
}

/** TLS of the public end points, by PEM texts that everybody may read. */
export interface PublicTls {
  /** Of the end points. */
  certificate: string;
  /** The certificates between `certificate` and the root; empty if the root has signed `certificate`. */
  intermediates: string;
  /** Root CAs; absent: the systems of undercloud and hosts trust the CA already. */
  ca?: string;
  /** Path on the undercloud of the private key. */
  key: string;
  /** DNS name of the end points; absent: they have the virtual address. */
  name?: string;
}

/** The undercloud of a valid lab. */
export type LabUndercloud = LabFile['undercloud'] & { host: string; port: number; home: string };

/** One site of a valid lab. */
export type LabSite = HostLabSite | CloudLabSite;

/** A site of hosts of the sandbox, or of existing hosts. */
export interface HostLabSite extends LabSiteBase {
  /** As in the file. */
  nodes: HostLabNode[];
  openstack?: undefined;
}

/** A site of servers of an OpenStack cloud. */
export interface CloudLabSite extends LabSiteBase {
  /** As in the file. */
  nodes: CloudLabNode[];
  openstack: {
    availabilityZone?: string;
    /** Volumes of each OSD node. */
    volumes: { perNode: number; sizeGiB: number; type?: string };
    /** Networks that existed before the lab. */
    networks: Partial<Record<NetworkName, ExistingNetwork>>;
  };
}

interface LabSiteBase {
  name: string;
  kind: SiteKind;
  /** Name of its TripleO stack. */
  stack: string;
  /** Its own subnet of each of its networks. */
  subnets: SiteSubnetPlan[];
  /** Its racks, each with subnets of its own. */
  racks: RackPlan[];
  /** Availability zone of its servers and volumes. */
  zone: string;
  ceph: LabCeph;
  /** The Glance store from which the site's servers start. */
  store: LabStore;
  /** Time servers of its hosts; none: the hosts keep their own time service. */
  ntpServers: string[];
  /** Topology `cache`, edge sites: limit of each node's cache. */
  cache?: { limitBytes: number };
  /** The lab's own roles that its nodes have, in the order of the role data file; absent: they have TripleO's alone. */
  ownRoles?: OwnRole[];
  /** Bridges by physical network; none: TripleO's default. */
  bridges: Record<string, string>;
  /** NIC templates by role; none: the hosts have their interfaces and addresses already. */
  nics: Record<string, NicTemplate>;
  parameters: Record<string, unknown>;
  environments: string[];
  /** Settings of steps that differ from the plan's. */
  steps: LabFileSite['steps'];
  hooks: Hook[];
}

/** An operator's script before or after a step. */
export interface Hook {
  when: 'before' | 'after';
  step: VerbName;
  /** The script's text. */
  text: string;
}

/** The Ceph cluster that a site works with. */
export type LabCeph = DeployedCeph | ExistingCeph | CephClient | { kind: 'none' };

/** The site's own cluster, which its stack deploys. */
export interface DeployedCeph {
  kind: 'deployed';
  cluster: string;
  /** User of its clients, without `client.`. */
  user: string;
  /** Each OSD node is in one of them. */
  driveGroups: PlacedDriveGroup[];
  /** Copies of each object. */
  poolSize: number;
  /** Whether the lab file has `poolSize`. Otherwise it follows from the number of hosts with OSDs. */
  hasPoolSize: boolean;
  pools: Pools;
  /** Places of hosts in the CRUSH hierarchy: node -> type of bucket -> name, the outermost first; absent: Ceph's default. */
  locations: Record<string, Record<string, string>>;
  /** The operator's own settings: kind of daemon -> option -> text. */
  config: Partial<Record<CephSection, Record<string, string>>>;
  /** The first node with a monitor. */
  monitor: LabNode;
}

/** The disks that become OSDs on some nodes. */
export interface PlacedDriveGroup {
  /** Name of the service in Ceph, after `osd.`. */
  id: string;
  /** Names of the nodes. */
  nodes: string[];
  devices: OsdDevices;
}

/** A cluster that existed before the lab; only `external-ceph` has one, and then no nodes. */
export interface ExistingCeph {
  kind: 'existing';
  cluster: string;
  fsid: string;
  /** Addresses. */
  monitors: string[];
  /** User of its clients, without `client.`. */
  user: string;
  /** Absolute path on the undercloud of the user's keyring. */
  keyring: string;
  pools: Pools;
}

/** The site is a client of another site's cluster. */
export interface CephClient {
  kind: 'client';
  cluster: string;
  /** Name of the site that has the cluster. */
  site: string;
  pools: Pools;
}

/** A Glance store: in a Ceph cluster, or in the control plane's Swift. */
export type LabStore = RbdLabStore | { kind: 'swift'; id: string };

/** A Glance store in a Ceph cluster. */
export interface RbdLabStore {
  kind: 'rbd';
  id: string;
  cluster: string;
  /** Name of the site that has the cluster. */
  site: string;
  /** Name of the pool. */
  pool: string;
  /** User of the cluster's clients, without `client.`. */
  user: string;
  /** The control plane's store. */
  central: { id: string; cluster: string; pool: string; user: string };
}

/** One node of a valid lab. */
export type LabNode = HostLabNode | CloudLabNode;

/** A host of the sandbox, or an existing host. */
export type HostLabNode = SandboxLabNode | ExistingLabNode;

/** A host of the sandbox. */
export interface SandboxLabNode extends LabNodeBase {
  login?: undefined;
  flavor?: undefined;
}

/** A host that existed before the lab. */
export interface ExistingLabNode extends LabNodeBase {
  login: NodeLogin;
  flavor?: undefined;
}

/** A server of an OpenStack cloud. */
export interface CloudLabNode extends LabNodeBase {
  /** Name of the server's flavor. */
  flavor: string;
  login?: undefined;
}

interface LabNodeBase {
  name: string;
  role: string;
  /** Name of its rack; absent: it is in the site's own subnets. */
  rack?: string;
  /** One address for each network of the role. */
  addresses: NodeAddresses;
}

/** Whether a site has a Ceph cluster of its own. */
export function hasOwnCluster(ceph: LabCeph): ceph is DeployedCeph | ExistingCeph {
  return ceph.kind === 'deployed' || ceph.kind === 'existing';
}

/** Block devices of a node that become OSDs; none where its role has no OSD. */
export function osdDevicesOf({ ceph }: LabSite, { name }: { name: string }): OsdDevices {
  const groups = ceph.kind === 'deployed' ? ceph.driveGroups : [];
  return groups.find(({ nodes }) => nodes.includes(name))?.devices ?? [];
}

/** Name of the site whose Ceph cluster has the control plane's store. */
export function centralStoreSite(sites: Record<string, unknown>): string {
  return Object.hasOwn(sites, externalCeph) ? externalCeph : controlPlane;
}

/** Whether the WAN is between a site and the control plane: for all edge sites except `central`. */
export function isRemote({ kind, name }: { kind: SiteKind; name: string }): boolean {
  return kind === 'edge' && name !== 'central';
}
