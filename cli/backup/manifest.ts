import * as z from 'zod';

/** Format of the backups that this version writes and reads. */
const format = 1;

/** Names in the archive. */
export const inArchive = {
  manifest: 'manifest.json',
  passphrase: 'state/passphrase',
  lastRun: 'state/last-run.jsonl',
  labFile: 'lab/lab.yaml',
  stack: (name: string): string => `state/stacks/${name}.json`,
  /** A file that the lab file names, by its place in the manifest. */
  beside: (index: number): string => `lab/beside/${index}`,
};

/** What a backup has: the last entry of its archive. The undercloud's half has a manifest of its own. */
export const manifest = z.object({
  format: z.literal(format),
  /** Version of glance-dcn. */
  product: z.string(),
  /** Name of the kit that the lab had, a digest of its content. */
  kit: z.string(),
  lab: z.string(),
  /** When the backup began, ISO 8601. */
  time: z.string(),
  /** The lab's directory on the undercloud, whose path is in the records there. */
  directory: z.string(),
  stacks: z.array(z.string()),
  /** Whether the archive has the passphrase of the state; false: the user has chosen one, which is kept elsewhere. */
  hasPassphrase: z.boolean(),
  /** Files that the lab file names, as it names them. */
  beside: z.array(z.string()),
  /** The undercloud's half: path there by the name of the part. */
  parts: z.record(z.string(), z.string()),
  /** sha256 of each file of the operator's half, by its path in the archive. */
  sha256: z.record(z.string(), z.string()),
});
export type Manifest = z.infer<typeof manifest>;

export const newManifest = (content: Omit<Manifest, 'format'>): Manifest => ({ format, ...content });

/** An entry of the undercloud's half, as kit/backup/half.py writes and compares it: a file, a link, or a folder. */
const undercloudEntry = z.union([
  z.strictObject({ sha256: z.string() }),
  z.strictObject({ link: z.string() }),
  z.strictObject({}),
]);
export type UndercloudEntry = z.infer<typeof undercloudEntry>;

/** The manifest of the undercloud's half. */
export const undercloudManifest = z.object({ entries: z.record(z.string(), undercloudEntry) });
