import type { LabFile } from './labfile/schema';
import type { ImageSource, SiteKind, NetworkName } from './types';
import type { NetworkRange } from './addresses';

/** `multistore`: an RBD store at each site. `cache`: Glance on the control plane's Swift, and a cache at each site. */
export type Topology = 'multistore' | 'cache';

/** A valid lab with every default filled in: the input of all planning. */
export interface Lab {
  name: string;
  topology: Topology;
  provisioner: 'sandbox';
  undercloud: LabFile['undercloud'];
  networks: Record<NetworkName, NetworkRange>;
  /** Control plane first, then as in the file. */
  sites: Record<string, LabSite>;
  images: { name: string; source: ImageSource; diskFormat: 'raw' | 'qcow2'; sites: string[] }[];
  sandbox: { tripleo: 'quick'; sshPort: number; wan: { rate: string } };
}

/** One site of a valid lab. */
export interface LabSite {
  name: string;
  kind: SiteKind;
  /** Which subnet of each network it has. */
  index: number;
  /** Absent: the site has no Ceph cluster. */
  cluster?: string;
  /** Id of the Glance store of the site; in the topology `cache` that of the control plane's Swift. */
  store: string;
  /** Topology `cache`, edge sites: how much a node's cache may hold. */
  cache?: { limitMiB: number };
  devices: string[];
  poolSize: number;
  /** As in the file. */
  nodes: LabNode[];
  parameters: Record<string, unknown>;
  environments: string[];
}

/** One node of a valid lab. */
export interface LabNode {
  name: string;
  role: string;
  /** Host number in each subnet of the site. */
  host: number;
  /** Addresses that differ from the host number. */
  addresses: Partial<Record<NetworkName, string>>;
}

/** Name of the site that every lab has. */
export const controlPlane = 'control-plane';
/** What the control plane's Ceph cluster and store are called where the lab file does not say. */
export const centralCluster = 'central';
/** Id of the only Glance store in the topology `cache`; it must be the same at every site. */
export const swiftStore = 'swift';
/** MiB that a node's cache may hold where the lab file does not say: 50 GiB, a few tens of servers' images. */
export const defaultCacheMiB = 51200;
