import type { LabFile, LabFileSite } from './labfile/schema';
import type { ExistingNetwork, ImageSource, NetworkName, NodeLogin, SiteKind } from './types';
import type { NetworkRange } from './addresses';

/** `multistore`: an RBD store at each site. `cache`: Glance on the control plane's Swift, and a cache at each site. */
export type Topology = 'multistore' | 'cache';

/** A valid lab with every default filled in: the input of all planning. */
export interface Lab {
  name: string;
  topology: Topology;
  provisioner: LabFile['provisioner'];
  undercloud: LabFile['undercloud'];
  /** Provisioner `openstack`: the cloud, and what all its servers have in common. */
  openstack?: NonNullable<LabFile['openstack']>;
  networks: Record<NetworkName, NetworkRange>;
  /** External Ceph and control plane first, then as in the file. */
  sites: Record<string, LabSite>;
  images: { name: string; source: ImageSource; diskFormat: 'raw' | 'qcow2'; sites: string[] }[];
  sandbox: {
    tripleo: LabFile['sandbox']['tripleo'];
    servers: boolean;
    sshPort: number;
    wan: { rate: string };
  };
}

/** One site of a valid lab. */
export interface LabSite {
  name: string;
  kind: SiteKind;
  /** Which subnet of each network it has. */
  index: number;
  /** Name of its own Ceph cluster; absent: it has none, or is a client of another site's. */
  cluster?: string;
  /** Id of the Glance store from which its servers start; in the topology `cache` that of the control plane's Swift. */
  store: string;
  /** Topology `cache`, edge sites: how much a node's cache may hold. */
  cache?: { limitMiB: number };
  devices: string[];
  poolSize: number;
  /** As in the file. */
  nodes: LabNode[];
  parameters: Record<string, unknown>;
  environments: string[];
  /** Provisioner `openstack`: what the servers of this site are like. */
  openstack?: {
    availabilityZone?: string;
    /** Of each OSD node. */
    volumes: { perNode: number; sizeGiB: number; type?: string };
    /** Networks that exist already. */
    networks: Partial<Record<NetworkName, ExistingNetwork>>;
  };
  /** The Ceph cluster was there before the lab, and has no nodes in it. */
  existing?: LabFileSite['ceph']['existing'];
}

/** One node of a valid lab. */
export interface LabNode {
  name: string;
  role: string;
  /** Host number in each subnet of the site. */
  host: number;
  /** Addresses that differ from the host number. */
  addresses: Partial<Record<NetworkName, string>>;
  /** How a host is reached that exists already; absent: its provisioner knows it. */
  login?: NodeLogin;
  /** Provisioner `openstack`: name of the server's flavor. */
  flavor?: string;
}

/** TripleO's user on the nodes (tripleoclient v2/overcloud_node.py --overcloud-ssh-user). */
export const nodeUser = 'tripleo-admin';
/** Name of the site that every lab has. */
export const controlPlane = 'control-plane';
/** Name of the site that is a Ceph cluster without an overcloud. */
export const externalCeph = 'external-ceph';
/** What the control plane's Ceph cluster and store are called where the lab file does not say. */
export const centralCluster = 'central';

/** Whether a site has no Ceph cluster of its own but is a client of the external one. */
export function isClient(lab: Lab, site: LabSite): boolean {
  return site.cluster === undefined && Object.hasOwn(lab.sites, externalCeph);
}

/** Name of the site whose Ceph cluster the control plane's store lies in. */
export function centralSite(sites: Record<string, unknown>): string {
  return Object.hasOwn(sites, externalCeph) ? externalCeph : controlPlane;
}

/** Whether a site lies beyond the WAN: all edge sites but `central`, which is in the control plane's place. */
export function isRemote({ kind, name }: { kind: SiteKind; name: string }): boolean {
  return kind === 'edge' && name !== 'central';
}

/** Id of the only Glance store in the topology `cache`; it must be the same at every site. */
export const swiftStore = 'swift';
/** MiB that a node's cache may hold where the lab file does not say: 50 GiB, a few tens of servers' images. */
export const defaultCacheMiB = 51200;

/** Folder on a node of the links to its volumes, `osd0`…: a volume's own name there has its id, and so differs from node to node. */
export const volumeLinks = '/dev/glance-dcn';
