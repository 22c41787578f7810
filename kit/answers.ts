/*
 * The shapes of what the kit's verbs answer. test/kit/verbs.test.ts holds them against the kit itself.
 */
import * as z from 'zod';

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

/** The sites of an adoption that has begun or ended. */
export const adoptedSites = z.object({ sites: z.array(z.string()) });

/** Paths on the undercloud: what was removed of a lab's records, and the folders of the lab that stay. */
export const forgottenLab = z.object({ removed: z.array(z.string()), kept: z.array(z.string()) });

export const jobOutcome = z.object({ digests: fileDigests });
export type JobOutcome = z.infer<typeof jobOutcome>;

export const siteHosts = z.object({ hosts: z.record(z.string(), host) });
/** By node name. */
export type SiteHosts = z.infer<typeof siteHosts>;

/** `publicKey`: the undercloud's SSH key. A lab that an older kit has brought up has an answer without. */
export const checkedUndercloud = z.object({ publicKey: z.string().optional() });

// Keys of listedJob, labStatus, listedImage and checkedCopy are in the kit's own order: `dcn … --json` prints them.
export const listedJob = z.object({
  /**
   * The command that writes the log now, or wrote last: its number of how many, then at most 300 characters of its words. null: none has
   * started, or the job was put on record by an adoption; absent: the lab's kit is an older one.
   */
  command: z.string().nullable().optional(),
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

export const servedCertificate = z.object({
  /** Whole days until `notAfter`; both null: see `fault`. */
  days: z.number().nullable(),
  /** Host and port. */
  endpoint: z.string(),
  /** Why clients refuse the certificate, or that nothing answers; null: clients accept the certificate. */
  fault: z.string().nullable(),
  notAfter: z.string().nullable(),
  /** Types of the services there. */
  services: z.array(z.string()),
});

const severity = z.enum(['error', 'warning']);

/** A difference between what stands and the records or the lab file. */
export const finding = z.object({
  /** Kind of the difference; docs/operators-guide.md lists all. */
  code: z.string(),
  /** null: the finding is not about one node. */
  node: z.string().nullable(),
  /** A command: of this machine if it starts with `./dcn`, else of the undercloud. */
  remedy: z.string(),
  severity,
  /** Time of the first of the audits of all sites that have had the finding without a gap; that of this audit if it is the first. */
  since: z.string(),
  /** null: the undercloud. */
  site: z.string().nullable(),
  what: z.string(),
});
export type Finding = z.infer<typeof finding>;

export const audit = z.object({
  at: z.string(),
  /**
   * What was read back in each store: names of images, and of those that are larger than the limit. Empty if nothing was to be read; absent:
   * the lab's kit is an older one.
   */
  content: z
    .array(z.object({ store: z.string(), read: z.array(z.string()), larger: z.array(z.string()) }))
    .optional(),
  /** Errors first. */
  findings: z.array(finding),
  /** Sites that were audited. */
  sites: z.array(z.string()),
  /** Why a site was not audited, by its name. */
  skipped: z.record(z.string(), z.string()),
});
export type Audit = z.infer<typeof audit>;

export const labStatus = z.object({
  announcements: z.array(z.unknown()),
  /** The last audit of all sites, `seconds` ago. null: there was none; absent: the lab's kit is an older one. */
  audit: z
    .object({
      at: z.string(),
      errors: z.number(),
      seconds: z.number(),
      /** Those that were audited. Absent: the lab's kit is of version 0.1.0. */
      sites: z.array(z.string()).optional(),
      warnings: z.number(),
    })
    .nullable()
    .optional(),
  /** Of public end points by https. Absent: the lab's kit is of version 0.1.0. */
  certificates: z.array(servedCertificate).optional(),
  /** Images that a process copies by the direct way: name and id, and since when. Absent: the lab's kit is of version 0.1.0. */
  directCopies: z.array(z.object({ image: z.string(), since: z.string() })).optional(),
  /** `ok`, or why Glance did not answer. */
  glance: z.string(),
  /** Images that are being imported; null: Glance did not answer. */
  imports: z.array(z.string()).nullable(),
  jobs: z.array(listedJob),
  lab: z.string(),
  locks: z.array(z.unknown()),
  stores: z.array(z.unknown()),
});

export type LabStatus = z.infer<typeof labStatus>;

export const lostStore = z.object({
  site: z.string(),
  /** null: the control plane has no store of the site. */
  store: z.string().nullable(),
  images: z.array(z.object({ name: z.string(), id: z.guid(), onlyHere: z.boolean() })),
});
export type LostStore = z.infer<typeof lostStore>;

export const listedImage = z.object({
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
  /** Absent, as `protected` and `visibility`: the lab's kit is of version 0.1.0. */
  os_hidden: z.boolean().optional(),
  protected: z.boolean().optional(),
  /** In a lab with caches: nodes that are to fetch it. */
  queued: z.array(z.string()).optional(),
  /** null: Glance has another digest of the image. */
  sha512: z.string().nullable(),
  size: z.number(),
  status: z.string(),
  stores: z.array(z.string()),
  /** Stores with a part of it by the direct way: a copy is on its way, or was cut. Absent: as `os_hidden`. */
  unfinished: z.array(z.string()).optional(),
  /** Of an image of the lab file that is not the current version of its name (kit/images/versions.py); absent: it is. */
  version: z.enum(['next', 'earlier']).optional(),
  visibility: z.string().optional(),
});
export type ListedImage = z.infer<typeof listedImage>;

/** A copy of an image that was read back: in a store, or in the cache of a node. */
export const checkedCopy = z.union([
  z.object({ image: z.string(), id: z.guid(), store: z.string(), sha512: z.string() }),
  z.object({ image: z.string(), id: z.guid(), site: z.string(), node: z.string(), sha512: z.string() }),
]);
export type CheckedCopy = z.infer<typeof checkedCopy>;

export const cloneProof = z.object({
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

export const downloadProof = z.object({
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

export const seenServer = z.object({
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

export const listedServer = z.object({
  name: z.string(),
  id: z.string(),
  status: z.string(),
  /** Empty: Nova has not placed it. */
  zone: z.string(),
});
export type ListedServer = z.infer<typeof listedServer>;

export const installedKit = z.object({ kit: z.string() });
export const expectedSites = z.object({ sites: z.number() });
export const namedSite = z.object({ site: z.string() });
export const drainedNodes = z.object({ drained: z.array(z.string()) });
/** What a drain would do, and why it would be refused, each as a sentence. */
export const checkedDrain = z.object({ does: z.array(z.string()), faults: z.array(z.string()) });
export const closedSite = z.object({ closed: z.array(z.string()) });
export const restoredImages = z.object({ restored: z.array(z.string()) });
export const checkedImages = z.object({ checked: z.array(z.string()) });
export const removedImages = z.object({ removed: z.array(z.string()) });
