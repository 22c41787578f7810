/**
 * Pulumi for this machine, whatever it can reach:
 *  a. the user's own `pulumi`, when it is on PATH and new enough: used as it is;
 *  b. else Pulumi's own download;
 *  c. else the CLI built from its Go module, with the language host and the command provider of this folder.
 * Where the CLI is Pulumi's own (a, b) but its plugins cannot be downloaded, the provider is ours too. A lab on a cloud also
 * needs the OpenStack provider: Pulumi's own, or one that is built from what that is made of.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import execa from 'execa';
import { makeAtomic, writeAtomic } from '../lib/atomicFile';
import { withLock } from '../lib/lock';
import { cacheDir, projectRoot } from '../lib/paths';
import {
  buildCli,
  buildOpenstackProvider,
  cliIsReachable,
  downloadCli,
  pluginsAreReachable,
  type Report,
} from './pulumi-cli';

/** The CLI we pin; also the oldest that we take from PATH, for it is the SDK's own version. */
export const PULUMI_VERSION = '3.245.0';
/** The command provider's version, as `@pulumi/command` in package.json asks for it. */
const COMMAND_VERSION = '1.2.1';
/** Where the CLI looks for that provider, under PULUMI_HOME. */
const PROVIDER_FOLDER = path.join('plugins', `resource-command-v${COMMAND_VERSION}`);
/** The same of the OpenStack provider. */
const OPENSTACK_VERSION = '3.15.2';
const OPENSTACK_FOLDER = path.join('plugins', `resource-openstack-v${OPENSTACK_VERSION}`);

/** What runs a plugin's bundle, beside the bundles. */
const RUNNER = 'compiled.cjs';

export interface Toolchain {
  /** A folder for PATH that has `pulumi` in it. */
  bin: string;
}

/** A CLI that needs a provider of ours, and a language host too where it was built from its module. */
interface Choice {
  cli: string;
  languageHost: 'own' | 'ours';
  /** The OpenStack provider, where the lab needs one. */
  openstack?: string;
}

/** What a lab needs beside what all need. */
export interface ToolchainNeeds {
  /** The OpenStack provider. */
  openstack?: boolean;
}

/** What was found out about a `pulumi` on PATH, so that it is asked only once. */
interface Found {
  path: string;
  size: number;
  mtimeMs: number;
  bin: string;
}

const base = (): string => path.join(cacheDir(), 'toolchain');

async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}

/** The first executable of this name on PATH that is not one of ours. */
async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    if (!path.isAbsolute(folder) || path.resolve(folder).startsWith(base() + path.sep)) {
      continue;
    }
    const file = path.join(folder, name);
    if (
      await fs.access(file, fs.constants.X_OK).then(
        () => true,
        () => false,
      )
    ) {
      return file;
    }
  }
  return undefined;
}

/** Whether a `pulumi version` is one that our SDK works with: major 3, the SDK's version or later. */
export function fits(version: string): boolean {
  const [major, minor, patch] = version.trim().replace(/^v/, '').split(/[.+-]/).map(Number);
  const [wantedMajor, wantedMinor = 0, wantedPatch = 0] = PULUMI_VERSION.split('.').map(Number);
  if (major !== wantedMajor || minor === undefined || patch === undefined) {
    return false;
  }
  return minor > wantedMinor || (minor === wantedMinor && patch >= wantedPatch);
}

/** Names the content of our plugins: their sources, and the packages bundled into them. */
async function pluginsHash(): Promise<string> {
  const hash = createHash('sha256').update(`${PULUMI_VERSION} ${COMMAND_VERSION}`);
  const tools = path.join(projectRoot, 'toolchain');
  for (const folder of ['', 'language-nodejs', 'provider-command', 'provider-openstack']) {
    for (const name of (await fs.readdir(path.join(tools, folder))).sort()) {
      if (folder === '' && ![RUNNER, 'plugin.ts', 'toolchain.ts'].includes(name)) {
        continue;
      }
      hash.update(`${name}\0`).update(await fs.readFile(path.join(tools, folder, name)));
    }
  }
  const { dependencies } = JSON.parse(await fs.readFile(path.join(projectRoot, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  for (const name of ['@grpc/grpc-js', '@pulumi/pulumi', 'esbuild', 'google-protobuf', 'ssh2']) {
    hash.update(`${name} ${dependencies[name]}\0`);
  }
  return hash.digest('hex').slice(0, 12);
}

/** Bundles one plugin into a single file that needs nothing of this checkout. */
async function bundlePlugin(source: string, bundle: string): Promise<void> {
  await execa(path.join(projectRoot, 'node_modules', '.bin', 'esbuild'), [
    path.join(projectRoot, 'toolchain', source, 'main.ts'),
    `--outfile=${bundle}`,
    '--bundle',
    '--minify',
    '--platform=node',
    '--target=node20',
    // ssh2's native helpers are optional: it does without them.
    '--external:*.node',
    '--external:cpu-features',
    '--log-level=error',
  ]);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A `pulumi` that finds our provider, wherever the user keeps PULUMI_HOME, and asks no server for newer versions. */
function launcher(cli: string, folder: string, plugins: string[]): string {
  const home = path.join(folder, 'home');
  return `#!/bin/sh
if [ -n "$PULUMI_HOME" ]; then
  PATH="$PATH":${plugins.map((plugin) => quote(path.join(home, plugin))).join(':')}
else
  export PULUMI_HOME=${quote(home)}
fi
export PULUMI_SKIP_UPDATE_CHECK=1 PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true
exec ${quote(cli)} "$@"
`;
}

/** Makes (once) the folder of commands for a choice; it appears complete or not at all. */
async function assemble(choice: Choice, hash: string): Promise<string> {
  const key = createHash('sha256')
    .update(`${hash} ${JSON.stringify(choice)}`)
    .digest('hex')
    .slice(0, 12);
  const folder = path.join(base(), key);
  const bin = path.join(folder, 'bin');
  if (await exists(folder)) {
    return bin;
  }
  await makeAtomic(folder, async (work) => fillFolder(choice, folder, work));
  return bin;
}

/** Writes into `work` what will lie in `folder`. */
async function fillFolder(choice: Choice, folder: string, work: string): Promise<void> {
  const writeCommand = async (relative: string, text: string): Promise<void> => {
    const file = path.join(work, relative);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, text, { mode: 0o755 });
  };
  const addPlugin = async (source: string, command: string): Promise<void> => {
    const bundle = `${source}.js`;
    await bundlePlugin(source, path.join(work, bundle));
    await execa('node', [path.join(work, RUNNER), '--prepare', path.join(work, bundle)]);
    const words = [RUNNER, bundle].map((name) => quote(path.join(folder, name)));
    await writeCommand(command, `#!/bin/sh\nexec node ${words.join(' ')} "$@"\n`);
  };
  await fs.mkdir(work);
  await fs.copyFile(path.join(projectRoot, 'toolchain', RUNNER), path.join(work, RUNNER));
  await addPlugin('provider-command', path.join('home', PROVIDER_FOLDER, 'pulumi-resource-command'));
  let { cli } = choice;
  if (choice.languageHost === 'ours') {
    // The CLI takes a language host that lies beside it without a word, and warns of one that it finds on PATH.
    await addPlugin('language-nodejs', 'cli/pulumi-language-nodejs');
    await fs.link(choice.cli, path.join(work, 'cli', 'pulumi'));
    cli = path.join(folder, 'cli', 'pulumi');
  }
  const plugins = [PROVIDER_FOLDER];
  if (choice.openstack !== undefined) {
    const place = path.join(work, 'home', OPENSTACK_FOLDER);
    await fs.mkdir(place, { recursive: true });
    await fs.link(choice.openstack, path.join(place, 'pulumi-resource-openstack'));
    plugins.push(OPENSTACK_FOLDER);
  }
  await writeCommand('bin/pulumi', launcher(cli, folder, plugins));
}

/** Whether the real command provider is installed for the user, or can be. */
async function realProviderIsThere(): Promise<boolean> {
  const home = process.env.PULUMI_HOME || path.join(os.homedir(), '.pulumi');
  if (await exists(path.join(home, PROVIDER_FOLDER))) {
    return true;
  }
  return pluginsAreReachable(PULUMI_VERSION);
}

/** The providers of a choice beside the command provider. */
async function providersFor(needs: ToolchainNeeds, report: Report): Promise<Pick<Choice, 'openstack'>> {
  return needs.openstack ? { openstack: await buildOpenstackProvider(OPENSTACK_VERSION, report) } : {};
}

/** (a) A `pulumi` of the user's; undefined when it is too old or not whole. */
async function adopt(
  pulumi: string,
  hash: string,
  needs: ToolchainNeeds,
  report: Report,
): Promise<string | undefined> {
  const refuse = (why: string): undefined => {
    report(`not using ${pulumi}: ${why} (wanted: ${PULUMI_VERSION} or a later 3.x)`);
    return undefined;
  };
  const version = await execa(pulumi, ['version'], {
    env: { PULUMI_SKIP_UPDATE_CHECK: '1' },
    timeout: 30_000,
  }).then(
    ({ stdout }) => stdout.trim(),
    () => 'not working',
  );
  if (!fits(version)) {
    return refuse(`it is ${version}`);
  }
  const host = 'pulumi-language-nodejs';
  const beside = path.join(path.dirname(await fs.realpath(pulumi)), host);
  if (!(await exists(beside)) && !(await findOnPath(host))) {
    return refuse(`${host} is not beside it`);
  }
  const real = await realProviderIsThere();
  report(`using ${pulumi} ${version}${real ? '' : ', with our command provider'}`);
  if (real) {
    return path.dirname(pulumi);
  }
  return assemble({ cli: pulumi, languageHost: 'own', ...(await providersFor(needs, report)) }, hash);
}

/** (b) Pulumi's own download; undefined when it is out of reach. */
async function install(hash: string, needs: ToolchainNeeds, report: Report): Promise<string | undefined> {
  const folder = path.join(base(), `pulumi-${PULUMI_VERSION}-download`);
  if (!(await exists(folder))) {
    if (!(await cliIsReachable(PULUMI_VERSION))) {
      return undefined;
    }
    await makeAtomic(folder, async (draft) => {
      await fs.mkdir(draft);
      await downloadCli(PULUMI_VERSION, draft, report);
    });
  }
  const cli = path.join(folder, 'pulumi', 'pulumi');
  if (await realProviderIsThere()) {
    return path.dirname(cli);
  }
  return assemble({ cli, languageHost: 'own', ...(await providersFor(needs, report)) }, hash);
}

/** (c) The CLI built from its module. */
async function build(hash: string, needs: ToolchainNeeds, report: Report): Promise<string> {
  const cli = await buildCli(PULUMI_VERSION, report);
  return assemble({ cli, languageHost: 'ours', ...(await providersFor(needs, report)) }, hash);
}

/** The answer of an earlier run, if it still holds. */
async function remembered(record: string, pulumi: string): Promise<string | undefined> {
  try {
    const found = JSON.parse(await fs.readFile(record, 'utf8')) as Found;
    const { size, mtimeMs } = pulumi ? await fs.stat(pulumi) : { size: 0, mtimeMs: 0 };
    const same = found.path === pulumi && found.size === size && found.mtimeMs === mtimeMs;
    return same && (await exists(path.join(found.bin, 'pulumi'))) ? found.bin : undefined;
  } catch {
    return undefined;
  }
}

/** What a killed run had not finished: everything is made in a folder with six random characters, then renamed. */
async function removeLeftovers(): Promise<void> {
  const leftovers = (await fs.readdir(base())).filter((name) => /\.\w{6}$/.test(name));
  await Promise.all(
    leftovers.map((name) => fs.rm(path.join(base(), name), { recursive: true, force: true })),
  );
}

/**
 * Sees to it that Pulumi's CLI, a Node language host and the command provider are there, at fitting versions, and gives the
 * folder that PATH needs. Minutes at the first time where the CLI has to be built, milliseconds after; safe to call from many
 * processes at once. `report` gets a line now and then while it works, none when all is there.
 */
export async function ensureToolchain(report: Report, needs: ToolchainNeeds = {}): Promise<Toolchain> {
  const hash = await pluginsHash();
  const pulumi = (await findOnPath('pulumi')) ?? '';
  const question = `${hash} ${pulumi}${needs.openstack ? ` openstack ${OPENSTACK_VERSION}` : ''}`;
  const record = path.join(
    base(),
    `${createHash('sha256').update(question).digest('hex').slice(0, 12)}.json`,
  );
  const known = await remembered(record, pulumi);
  if (known !== undefined) {
    return { bin: known };
  }

  const started = Date.now();
  const timed: Report = (line) =>
    report(`tool chain: ${line} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  return withLock(
    path.join(base(), 'lock'),
    () => timed('waiting for another run that sets it up'),
    async () => {
      await removeLeftovers();
      const now = await remembered(record, pulumi);
      if (now !== undefined) {
        return { bin: now };
      }
      const bin =
        (pulumi ? await adopt(pulumi, hash, needs, timed) : undefined) ??
        (await install(hash, needs, timed)) ??
        (await build(hash, needs, timed));
      const stat = pulumi ? await fs.stat(pulumi) : { size: 0, mtimeMs: 0 };
      const found: Found = { path: pulumi, size: stat.size, mtimeMs: stat.mtimeMs, bin };
      writeAtomic(record, JSON.stringify(found));
      return { bin };
    },
  );
}
