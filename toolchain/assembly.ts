import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import execa from 'execa';
import { makeAtomic } from '../lib/atomicFile';
import { projectRoot } from '../lib/paths';
import { quote } from '../lib/quote';
import { dependencies } from '../package.json';
import { exists, toolchainDir } from './folders';
import { commandVersion, openstackVersion, pulumiVersion } from './versions';

/** The command provider's folder below PULUMI_HOME, as the CLI expects it. */
export const commandFolder = path.join('plugins', `resource-command-v${commandVersion}`);
const openstackFolder = path.join('plugins', `resource-openstack-v${openstackVersion}`);

/** Starts the bundle of a plugin. */
const runner = 'compiled.cjs';

/** The parts of a folder of commands, besides our command provider. */
export interface Parts {
  /** Path of Pulumi's CLI. */
  cli: string;
  /** `own`: the language host beside the CLI; `ours`: language-nodejs/. */
  languageHost: 'own' | 'ours';
  /** Path of the OpenStack provider, if the lab needs it. */
  openstack?: string;
}

/** Digest of the sources of our plugins, and of the packages that are bundled into them. */
export async function pluginsDigest(): Promise<string> {
  const digest = createHash('sha256').update(`${pulumiVersion} ${commandVersion}`);
  const room = path.join(projectRoot, 'toolchain');
  for (const folder of ['', 'language-nodejs', 'provider-command', 'provider-openstack']) {
    for (const name of (await fs.readdir(path.join(room, folder))).sort()) {
      if (folder !== '' || [runner, 'plugin.ts', 'assembly.ts'].includes(name)) {
        digest.update(`${name}\0`).update(await fs.readFile(path.join(room, folder, name)));
      }
    }
  }
  for (const name of ['@grpc/grpc-js', '@pulumi/pulumi', 'esbuild', 'google-protobuf', 'ssh2'] as const) {
    digest.update(`${name} ${dependencies[name]}\0`);
  }
  return digest.digest('hex').slice(0, 12);
}

/**
 * Makes a folder of commands, once for each combination of digest and parts.
 *
 * @returns the folder for PATH, with `pulumi` in it
 */
export async function assemble(parts: Parts, digest: string): Promise<string> {
  const key = createHash('sha256').update(`${digest} ${JSON.stringify(parts)}`);
  const folder = path.join(toolchainDir(), key.digest('hex').slice(0, 12));
  if (!(await exists(folder))) {
    await makeAtomic(folder, (draft) => fill(draft, folder, parts));
  }
  return path.join(folder, 'bin');
}

/** Writes the content of `folder` into `draft`, which will be renamed to `folder`. */
async function fill(draft: string, folder: string, parts: Parts): Promise<void> {
  const writeCommand = async (relative: string, text: string): Promise<void> => {
    const file = path.join(draft, relative);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, text, { mode: 0o755 });
  };
  const addPlugin = async (source: string, command: string): Promise<void> => {
    const bundle = `${source}.js`;
    await bundlePlugin(source, path.join(draft, bundle));
    await execa('node', [path.join(draft, runner), '--prepare', path.join(draft, bundle)]);
    const words = [runner, bundle].map((name) => quote(path.join(folder, name)));
    await writeCommand(command, `#!/bin/sh\nexec node ${words.join(' ')} "$@"\n`);
  };
  await fs.mkdir(draft);
  await fs.copyFile(path.join(projectRoot, 'toolchain', runner), path.join(draft, runner));
  await addPlugin('provider-command', path.join('home', commandFolder, 'pulumi-resource-command'));
  let { cli } = parts;
  if (parts.languageHost === 'ours') {
    // Beside the CLI, because the CLI prints a warning if it finds a language host on PATH.
    await addPlugin('language-nodejs', 'cli/pulumi-language-nodejs');
    await fs.link(parts.cli, path.join(draft, 'cli', 'pulumi'));
    cli = path.join(folder, 'cli', 'pulumi');
  }
  const plugins = [commandFolder];
  if (parts.openstack !== undefined) {
    const target = path.join(draft, 'home', openstackFolder);
    await fs.mkdir(target, { recursive: true });
    await fs.link(parts.openstack, path.join(target, 'pulumi-resource-openstack'));
    plugins.push(openstackFolder);
  }
  await writeCommand('bin/pulumi', launcher(cli, folder, plugins));
}

/** Bundles a plugin into one file that reads no other file of this checkout. */
async function bundlePlugin(source: string, bundle: string): Promise<void> {
  await execa(path.join(projectRoot, 'node_modules', '.bin', 'esbuild'), [
    path.join(projectRoot, 'toolchain', source, 'main.ts'),
    `--outfile=${bundle}`,
    '--bundle',
    '--minify',
    '--platform=node',
    '--target=node20',
    // Optional native helpers of ssh2.
    '--external:*.node',
    '--external:cpu-features',
    '--log-level=error',
  ]);
}

/**
 * Text of the script `pulumi`, which runs the CLI with our plugins: they are on PATH if the user has set PULUMI_HOME, else in
 * a PULUMI_HOME of the tool chain. The script switches off the CLI's search for newer versions.
 */
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
