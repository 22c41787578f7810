import type { LabFile } from './labfile/schema';
import type { ImageSource, NetworkName, NodeLogin, SiteKind } from './types';
import type { NetworkRange } from './addresses';

/** A valid lab with every default filled in: the input of all planning. */
export interface Lab {
  name: string;
  topology: 'multistore';
  provisioner: LabFile['provisioner'];
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
  cluster: string;
  store: string;
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
  /** How a host is reached that exists already; absent: its provisioner knows it. */
  login?: NodeLogin;
}

/** TripleO's user on the nodes (tripleoclient v2/overcloud_node.py --overcloud-ssh-user). */
export const nodeUser = 'tripleo-admin';
/** Name of the site that every lab has. */
export const controlPlane = 'control-plane';
/** What the control plane's Ceph cluster and store are called where the lab file does not say. */
export const centralCluster = 'central';
