/*
 * The contract with the kit: for each verb that the program or the command line calls, its words, the type of its
 * document, and the shape of its answer. test/kit/verbs.test.ts holds it against the kit itself. Words and documents are
 * in the state of labs that stand: to change one of them runs its step again.
 */
import * as z from 'zod';
import type { ImageSource, JobDocument, NodePlan, SubnetPlan } from '../model';

/** What the kit is called with; its standard output is a text for people. */
export interface KitCommand {
  /** Words after `kit`. */
  readonly words: readonly string[];
}

/** A verb that reads a document, if `Document` is not undefined, and answers with JSON. */
export interface KitVerb<Document, Answer> extends KitCommand {
  /** Shape of the answer; keys that the shape does not have are dropped. */
  readonly answer: z.ZodType<Answer>;
  /** Only the type of the document: no verb has a value here. */
  readonly document?: Document;
}

/**
 * Reads what a verb has printed.
 *
 * @returns the answer, or in `fault` what is wrong with the text, and the remedy
 */
export function readAnswer<Answer>(
  text: string,
  shape: z.ZodType<Answer>,
): { fault: string } | { fault?: undefined; answer: Answer } {
  const result = shape.safeParse(json(text));
  if (result.success) {
    return { answer: result.data };
  }
  const faults = result.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`);
  return {
    fault:
      `answered ${JSON.stringify(text.slice(0, 200))}, where ${faults.join('; ')}. ` +
      'Does the kit on the undercloud come from this checkout? `pulumi up` of the lab stack puts it there.',
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A job's document with the instance ids of the site's nodes: other hosts run the job again. */
export type JobRunDocument = JobDocument & { nodes?: Record<string, string> };

/** What a node must have to become one of TripleO's. */
export interface ExpectedNode {
  name: string;
  /** Where SSH reaches it. */
  address: string;
  addresses: NodePlan['addresses'];
  /** Block devices that must be blank; `all`: the node must have a blank one. */
  osdDevices: NodePlan['osdDevices'];
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

/** What a site needs of the undercloud, and the names that it takes there. */
export interface SiteDocument {
  site: string;
  /** TripleO's stack of the site. */
  stack: string;
  /** The gateway is compared for ctlplane alone: TripleO changes that of its own subnets. */
  subnets: (Pick<SubnetPlan, 'network' | 'networkName' | 'name' | 'cidr' | 'gateway'> & { rack?: string })[];
}

/** How the undercloud reaches a Ceph cluster: by a node of it, or as a client with a keyring. */
export interface ClusterAccess {
  cluster?: string;
  node?: { site: string; name: string; address: string };
  client?: { user: string; conf: string; keyring: string };
  poolNames?: Partial<Record<'images' | 'vms' | 'volumes', string>>;
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
  /** Sites. */
  caches?: string[];
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
  /** false: the image has no operating system that could write to a console. */
  system?: boolean;
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** sha256 of files on the undercloud, by path relative to the lab's directory. */
export const fileDigests = z.record(z.string(), sha256);

/** A host that answers, as its provisioner knows it. */
export const host = z.object({
  /** Another value means another host, whatever its name is. */
  instanceId: z.string().min(1),
  /** Public SSH host key, `ssh-ed25519 AAAA…`. */
  hostKey: z.string().regex(/^(ssh|ecdsa)-/),
});
export type Host = z.infer<typeof host>;

/** A store as the control plane's Glance has it, and the Ceph cluster in which it lies unless it is Swift's. */
export const registeredStore = z.object({
  store: z.string(),
  cluster: z.string().optional(),
  /** A new cluster has another fsid and no image. */
  fsid: z.guid().optional(),
});
export type RegisteredStore = z.infer<typeof registeredStore>;

/** The caches of a site: the nodes that have one, and how many bytes each may hold. */
export const keptCaches = z.object({ nodes: z.array(z.string()), limitBytes: z.number() });
export type KeptCaches = z.infer<typeof keptCaches>;

const jobOutcome = z.object({ digests: fileDigests });
export type JobOutcome = z.infer<typeof jobOutcome>;

const siteHosts = z.object({ hosts: z.record(z.string(), host) });
/** By node name. */
export type SiteHosts = z.infer<typeof siteHosts>;

/** `publicKey`: the undercloud's SSH key. A lab that an older kit has brought up has an answer without. */
const checkedUndercloud = z.object({ publicKey: z.string().optional() });

// Keys of listedJob, labStatus and listedImage are in the kit's own order: `dcn … --json` prints them.
const listedJob = z.object({
  /** What the job does or waits for; null: its run has ended. */
  doing: z.string().nullable(),
  end: z.string().nullable(),
  job: z.string(),
  kind: z.enum(['run', 'undo']),
  /** Path on the undercloud. */
  log: z.string(),
  reason: z.string().nullable(),
  run: z.number(),
  seconds: z.number(),
  since: z.string(),
  state: z.enum(['starting', 'waiting', 'running', 'succeeded', 'failed', 'gone']),
});
export type ListedJob = z.infer<typeof listedJob>;

const labStatus = z.object({
  announcements: z.array(z.unknown()),
  /** `ok`, or why Glance did not answer. */
  glance: z.string(),
  /** Images that are being imported; null: Glance did not answer. */
  imports: z.array(z.string()).nullable(),
  jobs: z.array(listedJob),
  lab: z.string(),
  locks: z.array(z.unknown()),
  stores: z.array(z.unknown()),
});

const lostStore = z.object({
  site: z.string(),
  /** null: the control plane has no store of the site. */
  store: z.string().nullable(),
  images: z.array(z.object({ name: z.string(), id: z.guid(), onlyHere: z.boolean() })),
});
export type LostStore = z.infer<typeof lostStore>;

const listedImage = z.object({
  /** In a lab with caches: nodes whose cache holds it. */
  cached: z.array(z.string()).optional(),
  diskFormat: z.string(),
  /** Stores to which a copy has failed. */
  failed: z.array(z.string()),
  id: z.guid(),
  /** Stores to which a copy is on its way. */
  importing: z.array(z.string()),
  /** Whether the lab made it. */
  lab: z.boolean(),
  name: z.string(),
  /** In a lab with caches: nodes that are to fetch it. */
  queued: z.array(z.string()).optional(),
  /** null: Glance has another digest of the image. */
  sha512: z.string().nullable(),
  size: z.number(),
  status: z.string(),
  stores: z.array(z.string()),
});
export type ListedImage = z.infer<typeof listedImage>;

const cloneProof = z.object({
  image: z.string(),
  /** Where it was cloned. */
  store: z.string(),
  /** `pool/image@snapshot` */
  parent: z.string(),
  cloneSeconds: z.number(),
  copySeconds: z.number(),
  /** What the full copy takes in the cluster. */
  copyBytes: z.number(),
});
export type CloneProof = z.infer<typeof cloneProof>;

const downloadProof = z.object({
  image: z.string(),
  site: z.string(),
  /** Node that downloaded it, from its own glance-api. */
  node: z.string(),
  /** Nodes of the site whose caches hold it. */
  cached: z.array(z.string()),
  size: z.number(),
  firstSeconds: z.number(),
  secondSeconds: z.number(),
  /** Bytes that the node received from others during the second download. */
  secondBytes: z.number(),
});
export type DownloadProof = z.infer<typeof downloadProof>;

const seenServer = z.object({
  server: z.string(),
  name: z.string(),
  image: z.string(),
  site: z.string(),
  host: z.string(),
  /** All seconds count from the request to Nova. */
  activeSeconds: z.number(),
  /** What Nova made of the image: a clone, a clone after a copy of the image to the site, or a full copy. */
  outcome: z.enum(['clone', 'copied', 'flat']),
  /** In a lab with caches: what gave the image. */
  source: z.string().nullable(),
  /** 'pool/name' in the site's Ceph cluster; null, as the next three then: the disk lies on the host. */
  disk: z.string().nullable(),
  parent: z.string().nullable(),
  virtualBytes: z.number().nullable(),
  usedBytes: z.number().nullable(),
  console: z.enum(['ready', 'written', 'silent', 'none']),
  consoleSeconds: z.number().nullable(),
  /** What is not as it should be. */
  faults: z.array(z.string()),
});
export type SeenServer = z.infer<typeof seenServer>;

const listedServer = z.object({
  name: z.string(),
  id: z.string(),
  status: z.string(),
  /** Empty: Nova has not placed it. */
  zone: z.string(),
});
export type ListedServer = z.infer<typeof listedServer>;

const installedKit = z.object({ kit: z.string() });
const namedSite = z.object({ site: z.string() });
const closedSite = z.object({ closed: z.array(z.string()) });
const removedImages = z.object({ removed: z.array(z.string()) });

/** Ids by name. A document of one image has an answer for this image alone. */
type EnsuredImages = { images: Record<string, { id: string }> };

function verb<Document, Answer>(
  words: readonly string[],
  answer: z.ZodType<Answer>,
): KitVerb<Document, Answer> {
  return { words, answer };
}

const job = {
  run: verb<JobRunDocument, JobOutcome>(['job', 'run'], jobOutcome),
  undo: verb<JobRunDocument, JobOutcome>(['job', 'undo'], jobOutcome),
  list: verb<undefined, ListedJob[]>(['job', 'list', '--json'], z.array(listedJob)),
  /** @param name `<site>/<step>` */
  log(name: string, follow: boolean): KitCommand {
    return { words: ['job', 'log', name, ...(follow ? ['--follow'] : [])] };
  },
};

const nodes = {
  wait: verb<NodesDocument, SiteHosts>(['nodes', 'wait'], siteHosts),
  check: verb<NodesDocument, SiteHosts>(['nodes', 'check'], siteHosts),
  prepare: verb<NodesDocument, SiteHosts>(['nodes', 'prepare'], siteHosts),
};

const site = {
  check: verb<SiteDocument, z.infer<typeof namedSite>>(['site', 'check'], namedSite),
  /** Runs for as long as its standard input stays open. */
  leave(name: string): KitCommand {
    return { words: ['site', 'leave', name] };
  },
  restore(name: string): KitVerb<undefined, z.infer<typeof namedSite>> {
    return verb(['site', 'restore', name], namedSite);
  },
  close(name: string): KitVerb<undefined, z.infer<typeof closedSite>> {
    return verb(['site', 'close', name], closedSite);
  },
};

/** Called on a kit that was uploaded into `kits/`. */
const install = verb<undefined, z.infer<typeof installedKit>>(['install'], installedKit);

const check = verb<undefined, z.infer<typeof checkedUndercloud>>(['check'], checkedUndercloud);

const status = {
  json: verb<undefined, z.infer<typeof labStatus>>(['status', '--json'], labStatus),
  text: { words: ['status'] } satisfies KitCommand,
};

const stores = {
  announce(siteName: string): KitVerb<undefined, z.infer<typeof namedSite>> {
    return verb(['stores', 'announce', siteName], namedSite);
  },
  record: verb<StoreDocument, RegisteredStore>(['stores', 'record'], registeredStore),
  register: verb<StoreDocument, RegisteredStore>(['stores', 'register'], registeredStore),
  withdraw: verb<StoreDocument, RegisteredStore>(['stores', 'withdraw'], registeredStore),
  lost(siteName: string): KitVerb<undefined, LostStore> {
    return verb(['stores', 'lost', siteName], lostStore);
  },
  forget(siteName: string): KitVerb<undefined, LostStore> {
    return verb(['stores', 'forget', siteName], lostStore);
  },
};

const caches = {
  keep: verb<CachesDocument, KeptCaches>(['caches', 'keep'], keptCaches),
  leave: verb<CachesDocument, KeptCaches>(['caches', 'leave'], keptCaches),
};

/** Places are store ids, or in a lab with caches sites. */
const images = {
  /** @param name of the image that the document describes */
  ensure(name: string): KitVerb<ImageDocument, EnsuredImages> {
    const ensured = z.object({ images: z.object({ [name]: z.object({ id: z.guid() }) }) });
    return verb<ImageDocument, EnsuredImages>(['images', 'ensure'], ensured);
  },
  removeAll: verb<ImageDocument, z.infer<typeof removedImages>>(['images', 'remove-all'], removedImages),
  list: verb<undefined, ListedImage[]>(['images', 'list', '--json'], z.array(listedImage)),
  copy(names: string[], places: string[]): KitCommand {
    return { words: ['images', 'copy', ...names, '--to', ...places] };
  },
  remove(names: string[], places: string[]): KitCommand {
    return { words: ['images', 'remove', ...names, '--from', ...places] };
  },
  verify(names: string[]): KitCommand {
    return { words: ['images', 'verify', ...names] };
  },
  clone(name: string, places: string[]): KitVerb<undefined, CloneProof[]> {
    return verb(['images', 'clone', name, '--at', ...places, '--json'], z.array(cloneProof));
  },
  download(name: string, places: string[]): KitVerb<undefined, DownloadProof[]> {
    return verb(['images', 'download', name, '--at', ...places, '--json'], z.array(downloadProof));
  },
};

const servers = {
  boot: verb<ServerDocument, SeenServer>(['servers', 'boot'], seenServer),
  prove: verb<ServerDocument, SeenServer>(['servers', 'prove'], seenServer),
  list: verb<undefined, ListedServer[]>(['servers', 'list', '--json'], z.array(listedServer)),
};

/** Every verb of the kit that TypeScript calls, under the kit's own names for them. */
export const verbs = { job, nodes, site, install, check, status, stores, caches, images, servers };
