/*
 * Types of the documents that verbs of the kit read (verbs.ts). Documents are in the state of labs that stand: to change one of them runs
 * its step again.
 */
import type { DeviceFilters, DirectCopy, ImageSettings, ImageSource, JobDocument, NodePlan } from '../model';

/** A job's document with the instance ids of the site's nodes: other hosts run the job again. */
export type JobRunDocument = JobDocument & { nodes?: Record<string, string> };

/** Blank disks of a node, of which at least one must be left by the selections before. */
export type OsdSelection = DeviceFilters & {
  /** The key of the drive group: `data_devices`. */
  of: string;
  /** `OR`: one of the filters is enough. */
  logic?: 'AND' | 'OR';
};

/** What a node must have to become one of TripleO's. */
export interface ExpectedNode {
  name: string;
  /** Where SSH reaches it. */
  address: string;
  addresses: NodePlan['addresses'];
  /** Block devices that must be blank; `all`: the node must have a blank one. */
  osdDevices: string[] | 'all';
  /** Disks that the node must have, found by their properties, in the order in which Ceph takes them; absent: none. */
  osdSelections?: OsdSelection[];
  /** What `hostname` may print beside the name. */
  fqdn?: string;
  /** The node gets daemons of Ceph, so the kit checks the packages that cephadm needs. */
  ceph?: true;
}

/** How the undercloud enters a host. */
export interface HostAccess {
  /** Public SSH host key, `ssh-ed25519 AAAA…`. */
  hostKey: string;
  instanceId?: string;
  /** Account that the undercloud's key opens; absent: TripleO's. */
  user?: string;
  /** Ids of the volumes of a cloud's server, by the link on the node that leads to them. */
  volumes?: Record<string, string>;
}

export interface NodesDocument {
  site: string;
  nodes: ExpectedNode[];
  /** Absent: the hosts' clocks must be synchronised already. */
  ntpServers?: string[];
  /** By node name. */
  hosts: Record<string, HostAccess>;
  limitMinutes?: number;
}

/** How the undercloud reaches a Ceph cluster: by a node of it, or as a client with a keyring. */
export interface ClusterAccess {
  cluster?: string;
  node?: { site: string; name: string; address: string };
  client?: { user: string; conf: string; keyring: string };
  poolNames?: Partial<Record<'images' | 'vms' | 'volumes', string>>;
  /** Absent: TripleO's default. */
  clientUser?: string;
}

/** A store without a cluster is Swift's. */
export interface StoreDocument extends ClusterAccess {
  site: string;
  /** TripleO's stack of the site. */
  stack: string;
  /** Id at Glance. */
  store: string;
  description: string;
  pools?: string[];
  /** Site whose Glance gets the store. */
  control: string;
  /** Instance ids by node name. */
  nodes: Record<string, string>;
  /** Revisions and digests of what the store stands on: another one registers the store again. */
  after: Record<string, string>;
}

export interface CachesDocument {
  site: string;
  /** How much the cache of each node may hold. */
  limitBytes: number;
  /** `api`: address of the node's glance-api. */
  nodes: { name: string; address: string; api: string | undefined }[];
  after: Record<string, string>;
  /** Instance ids by node name. */
  hosts: Record<string, string>;
}

export interface ImageDocument {
  name: string;
  /** A `file` lies on the undercloud. */
  source:
    | { file: string; sha256: string }
    | Exclude<ImageSource, { generated: object }>
    | { made: { sizeMiB: number; seed: string } };
  diskFormat: 'raw' | 'qcow2';
  keepFormat?: boolean;
  /** Store ids. */
  stores: string[];
  /** How the image comes into stores that lack the image; absent: by Glance's own copy-image. */
  copy?: DirectCopy;
  /** Sites. */
  caches?: string[];
  /** What Glance keeps about the image. A setting that an earlier document had and this document lacks is taken back. */
  settings?: ImageSettings;
  /** What each store or site stands on: something else brings the image there again. */
  after: Record<string, string>;
  limitMinutes: number;
}

export interface ServerDocument extends ClusterAccess {
  site: string;
  /** Availability zone. */
  zone: string;
  /** Name or id. */
  image: string;
  /** For `servers boot` alone; `servers prove` has a name of its own. */
  name?: string;
  flavor?: string;
  network?: string;
  /** Whether its disk is a volume of Cinder. */
  volume?: boolean;
  /** Whether the administrator asks Nova for the server; absent: a tenant asks, in a project that the kit makes. */
  asAdmin?: boolean;
  /** false: the image has no operating system that could write to a console. */
  system?: boolean;
}
