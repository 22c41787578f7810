import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { Report } from '../../lib/report';
import type { Lab } from '../../model';
import { type PulumiEnvironment, pulumi, pulumiEnvironment } from './pulumi';
import { mayHaveStacks } from './state';

/*
 * The stacks in the backend. `pulumi stack ls` reads the whole state of each stack: 4 s and 400 MiB for 1,000 sites, also where only names
 * are wanted. So the names in a folder are read from the names of its files, and times and numbers of resources by this process.
 */

/** A stack as the backend lists it. */
export interface ListedStack {
  name: string;
  lastUpdate?: string;
  resourceCount?: number;
}

/** The state of a lab that has stacks. */
export interface LabState {
  env: PulumiEnvironment;
  /** The names of all stacks in the backend; it may have stacks of other labs. */
  names: string[];
}

/**
 * The environment for `pulumi` and the stacks in the backend; undefined if no stack of the lab exists. If the state on this
 * machine shows that, nothing is made: no tool chain, no state folder, no passphrase.
 */
export async function openState(
  lab: Pick<Lab, 'name' | 'provisioner'>,
  report: Report,
): Promise<LabState | undefined> {
  if (!mayHaveStacks(lab.name)) {
    return undefined;
  }
  const env = await pulumiEnvironment(lab, report);
  const names = await stackNames(env);
  const isUp = names.some((name) => name === lab.name || name.startsWith(`${lab.name}-`));
  return isUp ? { env, names } : undefined;
}

/** The names of the stacks that the backend holds for this project. */
export async function stackNames(env: PulumiEnvironment): Promise<string[]> {
  return filesOf(env)?.map(({ name }) => name) ?? (await listedByPulumi(env)).map(({ name }) => name);
}

/** The stacks that the backend holds for this project. */
export async function listStacks(env: PulumiEnvironment): Promise<ListedStack[]> {
  return filesOf(env)?.map(({ name, file }) => readStack(name, file)) ?? listedByPulumi(env);
}

/** Outputs of a stack's last update, of which none is a secret; {} before its first update. */
export async function stackOutputs(env: PulumiEnvironment, stack: string): Promise<Record<string, unknown>> {
  const file = filesOf(env)?.find(({ name }) => name === stack)?.file;
  if (file === undefined) {
    const text = await pulumi(env, 'stack output', stack, ['--json', '-s', stack]);
    return JSON.parse(text) as Record<string, unknown>;
  }
  return latestOf(file)?.resources?.find(({ type }) => type === 'pulumi:pulumi:Stack')?.outputs ?? {};
}

async function listedByPulumi(env: PulumiEnvironment): Promise<ListedStack[]> {
  return JSON.parse(await pulumi(env, 'stack ls', '', ['--json'])) as ListedStack[];
}

/** Where a folder has the stacks of this project (Pulumi.yaml), if it has the layout that this module knows. */
const folder = path.join('.pulumi', 'stacks', 'glance-dcn');
const layout = 'version: 1';

/**
 * The files with the stacks of a backend that is a folder, by name. Undefined: the backend is none, or its layout is another one, or files
 * are compressed.
 */
function filesOf({
  PULUMI_BACKEND_URL: url,
}: PulumiEnvironment): { name: string; file: string }[] | undefined {
  if (!/^file:\/\/\/[^?#]*$/.test(url)) {
    return undefined;
  }
  const backend = fileURLToPath(url);
  const meta = path.join(backend, '.pulumi', 'meta.yaml');
  if (!fs.existsSync(meta) || fs.readFileSync(meta, 'utf8').trim() !== layout) {
    return undefined;
  }
  const stacks = path.join(backend, folder);
  const files = fs.existsSync(stacks) ? fs.readdirSync(stacks) : [];
  if (files.some((file) => file.endsWith('.gz'))) {
    return undefined;
  }
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort()
    .map((name) => ({ name, file: path.join(stacks, `${name}.json`) }));
}

/** A stack's file as far as it is read here (apitype/stacks.go of the CLI); a stack that was never updated has no `latest`. */
const stackFile = z.object({
  checkpoint: z.object({
    latest: z
      .object({
        manifest: z.object({ time: z.string() }),
        resources: z
          .array(z.object({ type: z.string(), outputs: z.record(z.string(), z.unknown()).optional() }))
          .optional(),
      })
      .optional(),
  }),
});

type LatestUpdate = NonNullable<z.infer<typeof stackFile>['checkpoint']['latest']>;

function latestOf(file: string): LatestUpdate | undefined {
  return stackFile.safeParse(JSON.parse(fs.readFileSync(file, 'utf8'))).data?.checkpoint.latest;
}

function readStack(name: string, file: string): ListedStack {
  const latest = latestOf(file);
  if (!latest) {
    return { name };
  }
  // The file has nanoseconds, Pulumi lists milliseconds.
  const lastUpdate = new Date(latest.manifest.time).toISOString();
  return { name, lastUpdate, resourceCount: latest.resources?.length ?? 0 };
}
