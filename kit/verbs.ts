/*
 * The contract with the kit: for each verb that the program or the command line calls, its words, the type of its document
 * (documents.ts), and the shape of its answer (answers.ts). test/kit/verbs.test.ts holds all of them against the kit itself. Words are in
 * the state of labs that stand: to change one of them runs its step again.
 */
import * as z from 'zod';
import {
  registeredStore,
  type RegisteredStore,
  keptCaches,
  type KeptCaches,
  jobOutcome,
  type JobOutcome,
  siteHosts,
  type SiteHosts,
  checkedUndercloud,
  audit as auditAnswer,
  type Audit,
  listedJob,
  type ListedJob,
  labStatus,
  lostStore,
  type LostStore,
  listedImage,
  type ListedImage,
  checkedCopy,
  type CheckedCopy,
  cloneProof,
  type CloneProof,
  downloadProof,
  type DownloadProof,
  seenServer,
  type SeenServer,
  listedServer,
  type ListedServer,
  installedKit,
  namedSite,
  expectedSites,
  closedSite,
  drainedNodes,
  checkedDrain,
  restoredImages,
  checkedImages,
  removedImages,
  adoptedSites,
  forgottenLab,
} from './answers';
import { type Survey, surveyAnswer } from '../model';
import type { AdoptionDocument, AuditDocument, SiteDocument } from '../model';
import type {
  CachesDocument,
  ImageDocument,
  JobRunDocument,
  NodesDocument,
  ServerDocument,
  StoreDocument,
} from './documents';

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

/** What Glance looks for in a list of images. Its database may ignore case. */
export interface ImageFilters {
  name?: string;
  status?: string;
  /** Only images that the lab made. */
  ofLab?: boolean;
}

/** How images are copied: by Glance, or directly from cluster to cluster. */
export type CopyWay =
  | { direct: false }
  | {
      direct: true;
      /** Only say what would be sent. */
      dryRun?: boolean;
      /** Mbit/s to each store. */
      rate?: string;
      /** Mbit/s to all stores together. */
      rateInAll?: string;
      /** Images at a time. */
      atOnce?: string;
    };

function directWords(way: CopyWay): string[] {
  if (!way.direct) {
    return [];
  }
  const values = Object.entries({
    '--rate': way.rate,
    '--rate-in-all': way.rateInAll,
    '--at-once': way.atOnce,
  });
  return [
    '--direct',
    ...(way.dryRun ? ['--dry-run'] : []),
    ...values.flatMap(([option, value]) => (value === undefined ? [] : [option, value])),
  ];
}

/** Ids by name. A document of one image has an answer for this image alone. */
export type EnsuredImages = { images: Record<string, { id: string }> };

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

/** A verb of `nodes` for a site that stands for Pulumi: its hosts need not be fresh, also if its destruction has begun. */
export const again = (ofNodes: KitVerb<NodesDocument, SiteHosts>): KitVerb<NodesDocument, SiteHosts> =>
  verb([...ofNodes.words, '--again'], ofNodes.answer);

const site = {
  /** Empties nodes that leave the site for good. `cluster`: the site's own Ceph cluster, if it has one. */
  drainNodes(
    name: string,
    stack: string,
    cluster: string | undefined,
    gone: string[],
  ): KitVerb<undefined, z.infer<typeof drainedNodes>> {
    const words = [
      '--site',
      name,
      '--stack',
      stack,
      ...(cluster === undefined ? [] : ['--cluster', cluster]),
    ];
    return verb(['nodes', 'drain', ...gone, ...words], drainedNodes);
  },
  /** What `drain` would do. */
  checkDrain(drain: KitCommand): KitVerb<undefined, z.infer<typeof checkedDrain>> {
    return verb([...drain.words, '--check'], checkedDrain);
  },
  check: verb<SiteDocument, z.infer<typeof namedSite>>(['site', 'check'], namedSite),
  /** Runs for as long as its standard input stays open. */
  leave(name: string): KitCommand {
    return { words: ['site', 'leave', name] };
  },
  /** Names of all steps of the site. */
  restore(name: string): KitVerb<{ steps: string[] }, z.infer<typeof namedSite>> {
    return verb(['site', 'restore', name], namedSite);
  },
  close(name: string): KitVerb<undefined, z.infer<typeof closedSite>> {
    return verb(['site', 'close', name], closedSite);
  },
};

/** Called on a kit that was uploaded into `kits/`. */
const install = verb<undefined, z.infer<typeof installedKit>>(['install'], installedKit);

const check = verb<undefined, z.infer<typeof checkedUndercloud>>(['check'], checkedUndercloud);

/**
 * @param sites names of the sites to audit; none: all, and the undercloud
 * @param contentMiB how much to read back of the images in each store; undefined: nothing
 */
const audit = (sites: string[], contentMiB?: number): KitVerb<AuditDocument, Audit> =>
  verb(
    ['audit', ...sites, ...(contentMiB === undefined ? [] : ['--content', String(contentMiB)])],
    auditAnswer,
  );

/** @param stacks names of TripleO's stacks; none: all of the undercloud */
const survey = (stacks: string[]): KitVerb<undefined, Survey> => verb(['survey', ...stacks], surveyAnswer);

const status = {
  json: verb<undefined, z.infer<typeof labStatus>>(['status', '--json'], labStatus),
  text: { words: ['status'] } satisfies KitCommand,
};

const stores = {
  announce(siteName: string): KitVerb<undefined, z.infer<typeof namedSite>> {
    return verb(['stores', 'announce', siteName], namedSite);
  },
  /** @param count how many sites a run has still to start */
  expect(count: number): KitVerb<undefined, z.infer<typeof expectedSites>> {
    return verb(['stores', 'expect', String(count)], expectedSites);
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
  /** Names of all images of the lab file. */
  restore: verb<{ images: string[] }, z.infer<typeof restoredImages>>(['images', 'restore'], restoredImages),
  /** Names of all images of the lab file. */
  checkRemoval: verb<{ images: string[] }, z.infer<typeof checkedImages>>(
    ['images', 'check-removal'],
    checkedImages,
  ),
  removeAll: verb<ImageDocument, z.infer<typeof removedImages>>(['images', 'remove-all'], removedImages),
  list({ name, status, ofLab }: ImageFilters = {}): KitVerb<undefined, ListedImage[]> {
    const words = [
      ...(name === undefined ? [] : ['--name', name]),
      ...(status === undefined ? [] : ['--status', status]),
      ...(ofLab ? ['--of-lab'] : []),
    ];
    return verb(['images', 'list', '--json', ...words], z.array(listedImage));
  },
  copy(names: string[], places: string[], way: CopyWay = { direct: false }): KitCommand {
    return { words: ['images', 'copy', ...names, '--to', ...places, ...directWords(way)] };
  },
  remove(names: string[], places: string[]): KitCommand {
    return { words: ['images', 'remove', ...names, '--from', ...places] };
  },
  delete(names: string[]): KitCommand {
    return { words: ['images', 'delete', ...names] };
  },
  verify(names: string[]): { text: KitCommand; json: KitVerb<undefined, CheckedCopy[]> } {
    const words = ['images', 'verify', ...names];
    return { text: { words }, json: verb([...words, '--json'], z.array(checkedCopy)) };
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

const adoption = {
  /** Runs for as long as its standard input stays open after a line `...`. */
  begin: verb<AdoptionDocument, z.infer<typeof adoptedSites>>(['adoption', 'begin'], adoptedSites),
  end: verb<undefined, z.infer<typeof adoptedSites>>(['adoption', 'end'], adoptedSites),
  forget: verb<undefined, z.infer<typeof forgottenLab>>(['adoption', 'forget'], forgottenLab),
  /** What `forget` would remove. */
  checkForget: verb<undefined, z.infer<typeof forgottenLab>>(['adoption', 'forget', '--check'], forgottenLab),
};

/** Every verb of the kit that TypeScript calls, under the kit's own names for them. */
export const verbs = {
  job,
  nodes,
  site,
  install,
  check,
  audit,
  survey,
  status,
  stores,
  caches,
  images,
  servers,
  adoption,
};
