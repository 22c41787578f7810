/**
 * Pulumi's CLI, a language host and the providers. The CLI is the first of these that this machine has or can reach:
 *  1. `pulumi` on PATH, if it is new enough;
 *  2. Pulumi's download;
 *  3. a build from its Go module, with our language host (language-nodejs/).
 * CLI 1 or 2 downloads its providers. If these downloads cannot be reached, and always with CLI 3, the command provider is
 * ours (provider-command/), and the OpenStack provider, for labs on a cloud, is built from Go modules (provider-openstack/).
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { makeAtomic, writeAtomic } from '../lib/atomicFile';
import { withLock } from '../lib/lock';
import type { Report } from '../lib/report';
import { assemble, commandFolder, type Parts, pluginsDigest } from './assembly';
import { cliIsReachable, downloadCli, pluginsAreReachable } from './downloads';
import { exists, toolchainDir } from './folders';
import { buildCli, buildOpenstackProvider } from './goPrograms';
import { findOnPath, usableVersion } from './userCli';
import { openstackVersion, pulumiVersion } from './versions';

export interface Toolchain {
  /** Folder for PATH, with `pulumi` in it. */
  bin: string;
}

/** Parts of the tool chain that only some labs need. */
export interface ToolchainNeeds {
  /** The OpenStack provider. */
  openstack?: boolean;
}

/** The chosen tool chain, and the `pulumi` that was on PATH at the choice (empty: none). */
interface Choice {
  path: string;
  size: number;
  mtimeMs: number;
  bin: string;
}

/**
 * Provides Pulumi's CLI, a Node language host and the command provider, at versions that work together. Takes minutes the
 * first time if the CLI must be built, milliseconds later. Many processes may call it at once.
 *
 * @param report gets lines of progress; none if the tool chain is ready
 */
export async function ensureToolchain(report: Report, needs: ToolchainNeeds = {}): Promise<Toolchain> {
  const digest = await pluginsDigest();
  const pulumi = (await findOnPath('pulumi')) ?? '';
  const key = `${digest} ${pulumi}${needs.openstack ? ` openstack ${openstackVersion}` : ''}`;
  const file = createHash('sha256').update(key).digest('hex').slice(0, 12);
  const record = path.join(toolchainDir(), `${file}.json`);
  const known = await recorded(record, pulumi);
  if (known !== undefined) {
    return { bin: known };
  }

  return withLock(
    path.join(toolchainDir(), 'lock'),
    () => report('waiting for another run that sets up the tool chain'),
    async () => {
      await removeLeftovers();
      const bin = (await recorded(record, pulumi)) ?? (await choose(pulumi, digest, needs, report));
      writeAtomic(record, JSON.stringify({ path: pulumi, ...(await fileState(pulumi)), bin }));
      return { bin };
    },
  );
}

/** Chooses and provides the parts. @returns the folder for PATH */
async function choose(
  pulumi: string,
  digest: string,
  needs: ToolchainNeeds,
  report: Report,
): Promise<string> {
  const parts = async (cli: string, languageHost: Parts['languageHost']): Promise<Parts> => ({
    cli,
    languageHost,
    ...(needs.openstack && { openstack: await buildOpenstackProvider(report) }),
  });
  const version = pulumi && (await usableVersion(pulumi, report));
  const published = version ? pulumi : await downloadedCli(report);
  if (!published) {
    return assemble(await parts(await buildCli(report), 'ours'), digest);
  }
  const hasProviders = await providersAreAvailable();
  if (version) {
    report(`using ${pulumi} ${version}${hasProviders ? '' : ', with our command provider'}`);
  }
  return hasProviders ? path.dirname(published) : assemble(await parts(published, 'own'), digest);
}

/** Path of Pulumi's download of the CLI; undefined if it cannot be reached. */
async function downloadedCli(report: Report): Promise<string | undefined> {
  const folder = path.join(toolchainDir(), `pulumi-${pulumiVersion}-download`);
  if (!(await exists(folder))) {
    if (!(await cliIsReachable())) {
      return undefined;
    }
    await makeAtomic(folder, async (draft) => {
      await fs.mkdir(draft);
      await downloadCli(draft, report);
    });
  }
  return path.join(folder, 'pulumi', 'pulumi');
}

/** Whether Pulumi's command provider is installed for the user, or the CLI can download it. */
async function providersAreAvailable(): Promise<boolean> {
  const home = process.env.PULUMI_HOME || path.join(os.homedir(), '.pulumi');
  return (await exists(path.join(home, commandFolder))) || (await pluginsAreReachable());
}

/** The folder for PATH in a record; undefined if the record is of another `pulumi`, or the folder does not exist. */
async function recorded(record: string, pulumi: string): Promise<string | undefined> {
  try {
    const found = JSON.parse(await fs.readFile(record, 'utf8')) as Choice;
    const { size, mtimeMs } = await fileState(pulumi);
    const isSame = found.path === pulumi && found.size === size && found.mtimeMs === mtimeMs;
    return isSame && (await exists(path.join(found.bin, 'pulumi'))) ? found.bin : undefined;
  } catch {
    return undefined;
  }
}

/** Size and time of a `pulumi`: differ after another one is installed at the same path. */
async function fileState(pulumi: string): Promise<{ size: number; mtimeMs: number }> {
  const { size, mtimeMs } = pulumi ? await fs.stat(pulumi) : { size: 0, mtimeMs: 0 };
  return { size, mtimeMs };
}

/** Removes folders that killed processes left: `makeAtomic` works in folders whose names end in six random characters. */
async function removeLeftovers(): Promise<void> {
  const folder = toolchainDir();
  const leftovers = (await fs.readdir(folder)).filter((name) => /\.\w{6}$/.test(name));
  await Promise.all(
    leftovers.map((name) => fs.rm(path.join(folder, name), { recursive: true, force: true })),
  );
}
