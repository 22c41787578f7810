import { indexFromName, numberAtEnd, undercloudAddress } from '../addresses';
import { centralStoreSite } from '../lab';
import { centralCluster, controlPlane, externalCeph, nodeUser, swiftStore, volumeDevices } from '../names';
import { type ByNetwork, subnetsOfNode } from '../networks';
import { type OwnRole, type Role, defaultCopies, roleAt } from '../roles';
import type { NetworkName, NodeLogin, SiteKind, SiteSubnetPlan, SubnetPlan } from '../types';
import { type ResolvedDevices, resolveDevices } from './devices';
import { type ResolvedHook, resolveHooks } from './hooks';
import type { FileReader } from './files';
import { type ResolvedTemplate, resolveTemplates } from './nics';
import { noOwnRoles, type OwnRoles } from './ownRoles';
import {
  type ResolvedNetwork,
  type ResolvedRack,
  resolveAddresses,
  resolveNetworks,
  resolveRacks,
  resolveSubnets,
} from './resolveNetworks';
import type { LabFile, LabFileSite } from './schema';
import type { Location } from './schema/location';
import type { WrittenDevices } from './schema/devices';
import { type PoolKey, type Pools, pool } from './schema/pools';
import { defaultCacheMiB, defaultUser } from './schema/site';
import { type ResolvedPublicTls, resolveTls } from './tls';

/**
 * A lab file with every default filled in. The checks read it, and a valid lab is made from it. A value is undefined where
 * the file gives none and nothing else determines it: the checks then report a fault.
 */
export interface ResolvedLab extends Omit<LabFile, 'sites' | 'networks' | 'undercloud'> {
  name: string;
  undercloud: ResolvedUndercloud;
  networks: ByNetwork<ResolvedNetwork>;
  /** The roles of the role data file. */
  ownRoles: OwnRoles;
  /** In the order of the file. */
  sites: ResolvedSite[];
  /** The site with the Ceph cluster of the control plane's store. */
  centralSite: string;
  /** The control plane's store, in the topology `multistore`. */
  centralStore: OwnCeph | undefined;
  /** Availability zone of servers without one; undefined: Nova chooses. */
  defaultZone: string | undefined;
  /** Undefined: the public end points are plain http. */
  publicTls: ResolvedPublicTls | undefined;
  /** Id of the only store in the topology `cache`. */
  swiftStore: string;
  sandbox: LabFile['sandbox'] & { sshPort: number };
}

/** The undercloud of a lab file with every default filled in. */
export interface ResolvedUndercloud {
  /** The undercloud as the file has it. */
  written: LabFile['undercloud'];
  /** Name or address. */
  host: string | undefined;
  port: number;
  /** Home directory of its user. */
  home: string;
}

/** One site of a lab file with every default filled in. */
export interface ResolvedSite {
  name: string;
  kind: SiteKind;
  /** Name of its TripleO stack. */
  stack: string;
  /** Availability zone of its servers and volumes. */
  zone: string | undefined;
  /** The site as the file has it: the checks name the key that is at fault. */
  written: LabFileSite;
  /** Number of its subnet in each network. */
  index: number | undefined;
  /** Its own subnets, without those whose CIDR nothing determines. */
  subnets: SiteSubnetPlan[];
  racks: ResolvedRack[];
  /** Its own Ceph cluster; undefined: it is a client of the central one, or has none. */
  ownCeph: OwnCeph | undefined;
  /** Disks that become OSDs: those of the site first, then those of roles and nodes. */
  devices: ResolvedDevices[];
  /** Copies of each object in its cluster. */
  poolSize: number;
  pools: Pools;
  /** Time servers of its hosts; none: the hosts keep their own time service. */
  ntpServers: string[];
  /** Topology `cache`: MiB that each node's cache may hold. */
  cacheLimitMiB: number;
  nodes: ResolvedNode[];
  /** NIC templates by role. */
  nics: Record<string, ResolvedTemplate>;
  hooks: ResolvedHook[];
  /** Provisioner `openstack`: availability zone of servers and volumes. */
  availabilityZone: string | undefined;
  /** Provisioner `openstack`: volumes of each OSD node. */
  volumes: { perNode: number; sizeGiB: number; type?: string };
}

/** A Ceph cluster and the store in it. */
export interface OwnCeph {
  cluster: string;
  /** Id of the store. */
  id: string;
  /** Name of the store's pool. */
  pool: string;
  /** User of its clients, without `client.`. */
  user: string;
}

/** One node of a lab file with every default filled in. */
export interface ResolvedNode {
  name: string;
  role: Role;
  /** Name of its rack; undefined: it is in the site's own subnets. */
  rack: string | undefined;
  /** Host number in each of its subnets. */
  host: number | undefined;
  /** The node's addresses on the networks of its role, as far as host number or file determine them. */
  addresses: Partial<Record<NetworkName, string>>;
  /** Its addresses, and the keys of an existing host, as the file has them. */
  written: {
    host?: number;
    addresses: Partial<Record<NetworkName, string>>;
    hostKey?: string;
    user?: string;
    devices?: WrittenDevices;
    location?: Location;
  };
  /** Login on an existing host. */
  login: NodeLogin | undefined;
  /** Flavor of a server of an OpenStack cloud. */
  flavor: string | undefined;
}

/**
 * Fills in every default of a lab file.
 * @param file names known roles alone
 * @param ownRoles the roles of its role data file
 */
export function resolve(
  name: string,
  file: LabFile,
  read: FileReader,
  ownRoles: OwnRoles = noOwnRoles,
): ResolvedLab {
  const centralSite = centralStoreSite(file.sites);
  const central = file.sites[centralSite];
  const networks = resolveNetworks(file.networks);
  const sites = Object.keys(file.sites).map((site) =>
    resolveSite({ file, networks, read, ownRoles: ownRoles.roles }, site),
  );
  const sandbox = { ...file.sandbox, sshPort: file.sandbox.sshPort ?? sshPortOf(name) };
  return {
    ...file,
    name,
    undercloud: resolveUndercloud(file, sites, sandbox.sshPort),
    networks,
    ownRoles,
    sites,
    centralSite,
    centralStore: central && ownCeph(centralSite, central),
    defaultZone: file.sites[controlPlane]?.defaultZone ?? centralZone(sites),
    publicTls: resolveTls(file, read),
    swiftStore,
    sandbox,
  };
}

/** The zone of the computes in the control plane's place: its own, or those of `central`. */
function centralZone(sites: ResolvedSite[]): string | undefined {
  const found = [controlPlane, 'central'].flatMap((name) =>
    sites.filter((site) => site.name === name && site.nodes.some(({ role }) => role.compute)),
  );
  return found[0]?.zone;
}

function resolveUndercloud(file: LabFile, sites: ResolvedSite[], sandboxPort: number): ResolvedUndercloud {
  const { host, port, user, home = `/home/${user}` } = file.undercloud;
  const standard = { host, port: 22 };
  const known = host === undefined ? (newUndercloud(file, sites, sandboxPort) ?? standard) : standard;
  return { written: file.undercloud, host: known.host, port: port ?? known.port, home };
}

/** Address and port of an undercloud that the provisioner makes; undefined: the undercloud exists already. */
function newUndercloud(
  { provisioner, openstack }: LabFile,
  sites: ResolvedSite[],
  sandboxPort: number,
): { host: string; port: number } | undefined {
  switch (provisioner) {
    case 'sandbox':
      return { host: '127.0.0.1', port: sandboxPort };
    case 'existing':
      return undefined;
    case 'openstack': {
      // A floating IP becomes known only when it is created.
      const ctlplane = sites
        .find(({ name }) => name === controlPlane)
        ?.subnets.find(({ network }) => network === 'ctlplane');
      return openstack?.undercloud && ctlplane && { host: undercloudAddress(ctlplane), port: 22 };
    }
  }
}

/** The part of a lab that its sites have in common. */
interface CommonPart {
  file: LabFile;
  networks: ResolvedLab['networks'];
  ownRoles: OwnRole[];
  read: FileReader;
}

function resolveSite(common: CommonPart, name: string): ResolvedSite {
  const { file, networks, read } = common;
  const site = file.sites[name]!;
  const kind = kindOf(file.topology, name);
  const volumes = volumesOf(file, site);
  const index = site.index ?? indexFromName(name);
  const subnets = resolveSubnets(networks, { name, kind, index, written: site });
  const racks = resolveRacks(networks, common, { name, kind, index, written: site });
  const nodes = Object.entries(site.nodes).map(([node, entry]) =>
    resolveNode(common, site, { subnets, racks }, node, entry),
  );
  return {
    name,
    kind,
    stack: site.stack ?? name,
    zone: site.zone ?? zoneFromName(file, name, kind),
    written: site,
    index,
    subnets,
    racks,
    ownCeph: hasOwnCluster(file, name, kind, nodes) ? ownCeph(name, site) : undefined,
    devices: resolveDevices(site, nodes, standardDevices(file, volumes.perNode), read),
    poolSize: site.ceph.poolSize ?? defaultCopies(nodes.map(({ role }) => role)),
    ntpServers:
      'NtpServer' in site.parameters ? listOf(site.parameters.NtpServer) : (file.hosts.ntpServers ?? []),
    pools: resolvePools(site),
    cacheLimitMiB: site.cache?.limitMiB ?? defaultCacheMiB,
    nodes,
    nics: resolveTemplates(site.nics, read),
    hooks: resolveHooks(site, read),
    availabilityZone: site.openstack.availabilityZone ?? file.openstack?.availabilityZone,
    volumes,
  };
}

/** The members of a TripleO parameter that is a list, or a text with commas between them; none if it is neither. */
export function listOf(value: unknown): string[] {
  if (Array.isArray(value)) {
    return value.map(String);
  }
  return typeof value === 'string' && value !== '' ? value.split(',').map((member) => member.trim()) : [];
}

/** The zone of a site by default: its name, or at the control plane and its clients the id of the central store. */
function zoneFromName(file: LabFile, name: string, kind: SiteKind): string | undefined {
  if (kind === 'edge' || file.topology === 'cache') {
    return name;
  }
  const centralSite = centralStoreSite(file.sites);
  const central = file.sites[centralSite];
  return central && ownCeph(centralSite, central).id;
}

/** A node in its long form; the short form is the role alone. */
type NodeEntry = Partial<Exclude<LabFileSite['nodes'][string], string>> & { role: string };

function resolveNode(
  { file, ownRoles }: CommonPart,
  site: LabFileSite,
  subnets: { subnets: SubnetPlan[]; racks: ResolvedRack[] },
  name: string,
  entry: LabFileSite['nodes'][string],
): ResolvedNode {
  const long: NodeEntry = typeof entry === 'string' ? { role: entry } : entry;
  const { role: roleName, rack, addresses: ownAddresses = {}, host: ownHost, ...keys } = long;
  const role = roleAt({ ownRoles }, roleName);
  const host = ownHost ?? hostFromName(name, role);
  const { hostKey, user = nodeUser } = keys;
  const { flavor, flavors } = site.openstack;
  return {
    name,
    role,
    rack,
    host,
    addresses: resolveAddresses(subnetsOfNode(subnets, { rack }), role, host, ownAddresses),
    written: { ...keys, host: ownHost, addresses: ownAddresses },
    login: hostKey === undefined ? undefined : { user, hostKey },
    flavor: flavors[roleName] ?? flavor ?? file.openstack?.flavors[roleName] ?? file.openstack?.flavor,
  };
}

/** Kinds of the sites with fixed names; all others are edge sites. */
const namedKinds: Record<LabFile['topology'], ReadonlyMap<string, SiteKind>> = {
  multistore: new Map<string, SiteKind>([
    [externalCeph, 'external-ceph'],
    [controlPlane, 'control-plane'],
    ['central', 'central'],
  ]),
  // Here `central` is an edge site in the same place as the control plane.
  cache: new Map<string, SiteKind>([[controlPlane, 'control-plane']]),
};

/** The kind of the site with a name. */
export function kindOf(topology: LabFile['topology'], site: string): SiteKind {
  return namedKinds[topology].get(site) ?? 'edge';
}

/**
 * Whether a site has its own Ceph cluster. In the topology `multistore` the others are clients of the central cluster; in the
 * topology `cache` no cluster has images, and a site has a cluster if one of its nodes has OSDs.
 */
function hasOwnCluster(file: LabFile, name: string, kind: SiteKind, nodes: ResolvedNode[]): boolean {
  if (file.topology === 'cache') {
    return nodes.some(({ role }) => role.osd);
  }
  return kind === 'edge' || name === centralStoreSite(file.sites);
}

function resolvePools({ ceph: { pools = {} } }: LabFileSite): Pools {
  const settings = (key: PoolKey) => ({ name: key, ...(pools[key] ?? pool.parse({})) });
  return { images: settings('images'), vms: settings('vms'), volumes: settings('volumes') };
}

function ownCeph(name: string, { ceph }: LabFileSite): OwnCeph {
  const isCentral = name === controlPlane || name === externalCeph;
  const cluster = ceph.cluster ?? (isCentral ? centralCluster : name);
  return {
    cluster,
    id: ceph.store ?? cluster,
    pool: ceph.pools?.images?.name ?? 'images',
    user: ceph.user ?? defaultUser,
  };
}

/** A node's host number by its role's block and the number at the end of its name. */
function hostFromName(name: string, { block }: Role): number | undefined {
  const number = numberAtEnd(name);
  const host = number === undefined ? undefined : block.first + number;
  return host !== undefined && host < block.end ? host : undefined;
}

function volumesOf(file: LabFile, site: LabFileSite): ResolvedSite['volumes'] {
  const ofSite = site.openstack.volumes;
  const ofLab = file.openstack?.volumes ?? {};
  const type = ofSite.type ?? ofLab.type;
  return {
    perNode: ofSite.perNode ?? ofLab.perNode ?? 1,
    sizeGiB: ofSite.sizeGiB ?? ofLab.sizeGiB ?? 100,
    ...(type !== undefined && { type }),
  };
}

/** Devices of OSDs where the lab file names none: the kit's links to a cloud's volumes, or a disk. */
function standardDevices({ provisioner }: LabFile, volumes: number): string[] {
  return provisioner === 'openstack' ? volumeDevices(volumes) : ['/dev/vdb'];
}

/** Port of a lab's sandbox on 127.0.0.1: derived from the lab's name, so that two labs on one machine rarely collide. */
function sshPortOf(lab: string): number {
  const hash = [...lab].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 10000, 7);
  return 20000 + hash;
}
