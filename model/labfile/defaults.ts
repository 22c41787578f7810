import { indexFromName, numberAtEnd } from '../addresses';
import {
  centralCluster,
  centralSite,
  controlPlane,
  defaultCacheMiB,
  externalCeph,
  volumeLinks,
} from '../lab';
import { findRole } from '../roles';
import type { LabFile, LabFileSite } from './schema';
import type { NetworkName, SiteKind } from '../types';

/** What the lab file may leave out of a node: its short form is the role alone. */
export interface NodeEntry {
  role: string;
  host?: number | undefined;
  addresses: Partial<Record<NetworkName, string>>;
  hostKey?: string | undefined;
  user?: string | undefined;
}

/** Kinds of the sites whose name says what they are; all others are edge sites. */
const namedKinds: Record<LabFile['topology'], Record<string, SiteKind>> = {
  multistore: { [externalCeph]: 'external-ceph', [controlPlane]: 'control-plane', central: 'central' },
  // Here `central` is an edge site in the control plane's place.
  cache: { [controlPlane]: 'control-plane' },
};

/** What kind of site a name stands for. */
export function kindOf(topology: LabFile['topology'], site: string): SiteKind {
  return new Map(Object.entries(namedKinds[topology])).get(site) ?? 'edge';
}

/**
 * Whether a site has a Ceph cluster of its own. The others are clients of the central one; in the topology `cache` they
 * have none, images need none there: a site has one where its nodes make one.
 */
export function hasCluster({ topology, sites }: LabFile, name: string): boolean {
  if (topology === 'cache') {
    return count(sites[name]!, 'osd') > 0;
  }
  return kindOf(topology, name) === 'edge' || name === centralSite(sites);
}

/** Name of a site's Ceph cluster. */
export function clusterOf(name: string, site: LabFileSite): string {
  return site.ceph.cluster ?? (name === controlPlane || name === externalCeph ? centralCluster : name);
}

/** Id of a site's Glance store. */
export function storeOf(name: string, site: LabFileSite): string {
  return site.ceph.store ?? clusterOf(name, site);
}

/** Limit of each node's cache at a site, in MiB. */
export function cacheLimitOf(site: LabFileSite): number {
  return site.cache?.limitMiB ?? defaultCacheMiB;
}

/** Subnet index; undefined if neither the file nor the name tells. */
export function indexOf(name: string, site: LabFileSite): number | undefined {
  return site.index ?? indexFromName(name);
}

/** A node in its long form. */
export function nodeEntry(node: LabFileSite['nodes'][string]): NodeEntry {
  return typeof node === 'string' ? { role: node, addresses: {} } : node;
}

/** Host number of a node by its role's block and the number at the end of its name; undefined if that gives none. */
export function hostOf(name: string, node: NodeEntry): number | undefined {
  if (node.host !== undefined) {
    return node.host;
  }
  const role = findRole(node.role);
  const number = numberAtEnd(name);
  if (!role || number === undefined) {
    return undefined;
  }
  const host = role.block.first + number;
  return host < role.block.end ? host : undefined;
}

/** How many of a site's nodes have a role with that property. */
export function count(site: LabFileSite, property: 'mon' | 'osd' | 'etcd' | 'glance'): number {
  return Object.values(site.nodes).filter((node) => findRole(nodeEntry(node).role)?.[property]).length;
}

/** Volumes of each OSD node of a site, from an OpenStack cloud. */
export function volumesOf(
  file: LabFile,
  site: LabFileSite,
): { perNode: number; sizeGiB: number; type?: string } {
  const {
    perNode = 1,
    sizeGiB = 100,
    type,
  } = { ...file.openstack?.volumes, ...defined(site.openstack.volumes) };
  return { perNode, sizeGiB, ...(type !== undefined && { type }) };
}

/** Flavor of a node of a site, from an OpenStack cloud; undefined if the file says none. */
export function flavorOf(file: LabFile, site: LabFileSite, role: string): string | undefined {
  const { flavor, flavors } = site.openstack;
  return flavors[role] ?? flavor ?? file.openstack?.flavors[role] ?? file.openstack?.flavor;
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Block devices that become OSDs on each OSD node of a site. Volumes of a cloud have names that the kit gives them. */
export function devicesOf(file: LabFile, site: LabFileSite): string[] {
  if (file.provisioner !== 'openstack') {
    return site.ceph.devices ?? ['/dev/vdb'];
  }
  return Array.from({ length: volumesOf(file, site).perNode }, (_, number) => `${volumeLinks}/osd${number}`);
}

/** Copies that Ceph can place: one per host, or one per disk where there is a single host (--single-host-defaults). */
export function largestPoolSize(file: LabFile, site: LabFileSite): number {
  const hosts = count(site, 'osd');
  return hosts === 1 ? devicesOf(file, site).length : hosts;
}

/** Copies of each object in a site's cluster. */
export function poolSizeOf(site: LabFileSite): number {
  return site.ceph.poolSize ?? Math.min(3, count(site, 'osd'));
}

/** Port on 127.0.0.1 of a lab's sandbox: from its name, so that two labs on one machine seldom meet. */
export function sshPortOf(lab: string): number {
  const hash = [...lab].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 10000, 7);
  return 20000 + hash;
}
