import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import execa from 'execa';
import { makeAtomic } from '../lib/atomicFile';
import { cacheDir, projectRoot } from '../lib/paths';

/** Takes one line of progress. */
export type Report = (line: string) => void;

/** Where Pulumi publishes its releases (its own install script reads from there). */
const DOWNLOADS = 'https://get.pulumi.com/releases';
/** A server that does not answer within this is out of reach, in milliseconds. */
const PROBE_MS = 3000;
const DOWNLOAD_MS = 15 * 60 * 1000;

const CLI_PACKAGE = 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi';
const VERSION_VARIABLE = 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version';

const ARCHES: Partial<Record<string, { cli: string; plugin: string }>> = {
  x64: { cli: 'x64', plugin: 'amd64' },
  arm64: { cli: 'arm64', plugin: 'arm64' },
};

/** Pulumi's own archives for this machine; undefined where it publishes none. */
function archives(version: string): { cli: string; checksums: string; plugin: string } | undefined {
  const arch = ARCHES[process.arch];
  if (!arch) {
    return undefined;
  }
  return {
    cli: `${DOWNLOADS}/sdk/pulumi-v${version}-${process.platform}-${arch.cli}.tar.gz`,
    checksums: `${DOWNLOADS}/sdk/pulumi-${version}-checksums.txt`,
    plugin: `${DOWNLOADS}/plugins/pulumi-resource-command-v1.2.1-${process.platform}-${arch.plugin}.tar.gz`,
  };
}

async function isThere(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_MS) })).ok;
  } catch {
    return false;
  }
}

/** Whether Pulumi's CLI could fetch the command provider by itself. */
export async function pluginsAreReachable(version: string): Promise<boolean> {
  const urls = archives(version);
  return urls !== undefined && (await isThere(urls.plugin));
}

/** Whether Pulumi's own build of this CLI can be downloaded. */
export async function cliIsReachable(version: string): Promise<boolean> {
  const urls = archives(version);
  return urls !== undefined && (await isThere(urls.cli));
}

async function download(url: string): Promise<Buffer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
  if (!response.ok) {
    throw new Error(`${url}: ${response.status} ${response.statusText}`);
  }
  return Buffer.from(await response.arrayBuffer());
}

/**
 * Downloads Pulumi's own archive into `folder` (with its language hosts) and checks it against the published checksums.
 * @returns the CLI's path.
 * @throws Error when the archive is not what the checksums say.
 */
export async function downloadCli(version: string, folder: string, report: Report): Promise<string> {
  const urls = archives(version);
  if (!urls) {
    throw new Error(`Pulumi publishes no CLI for ${process.platform} ${process.arch}`);
  }
  report(`downloading Pulumi ${version}`);
  const archive = await download(urls.cli);
  const name = path.basename(urls.cli);
  const sums = await download(urls.checksums).then(
    (text) => text.toString().split('\n'),
    () => undefined,
  );
  if (!sums) {
    report(`no checksums are published for ${name}: taken as it came over HTTPS`);
  } else {
    const expected = sums.find((line) => line.trim().endsWith(name))?.split(/\s+/)[0];
    const actual = createHash('sha256').update(archive).digest('hex');
    if (expected !== actual) {
      throw new Error(
        `${urls.cli}: checksum is ${actual}, published is ${expected ?? 'none'}: download it again`,
      );
    }
  }
  const file = path.join(folder, name);
  await fs.writeFile(file, archive);
  await execa('tar', ['--extract', '--gzip', '--no-same-owner', '--file', file, '--directory', folder]);
  await fs.rm(file);
  return path.join(folder, 'pulumi', 'pulumi');
}

/**
 * Builds the CLI from its Go module (minutes, once) into the cache.
 * @returns the CLI's path.
 * @throws Error when Go is missing or too old to fetch the toolchain the module asks for, or the build fails.
 */
export async function buildCli(version: string, report: Report): Promise<string> {
  return buildGo(
    {
      what: `Pulumi ${version}`,
      folder: 'pulumi-cli',
      name: 'pulumi',
      version,
      duration: '3 to 5 minutes',
      packagePath: CLI_PACKAGE,
      versionVariable: VERSION_VARIABLE,
    },
    report,
  );
}

/**
 * Builds the provider of an OpenStack cloud from published Go modules (a minute beside the CLI, once) into the cache.
 * @param version of @pulumi/openstack
 * @returns its path. @throws Error as `buildCli` does
 */
export async function buildOpenstackProvider(version: string, report: Report): Promise<string> {
  return buildGo(
    {
      what: `the OpenStack provider ${version}`,
      folder: 'provider-openstack',
      name: 'pulumi-resource-openstack',
      version,
      duration: '1 to 3 minutes',
      packagePath: '.',
      versionVariable: 'main.version',
    },
    report,
  );
}

/** A program of Go: what messages call it, its folder in toolchain/, and what it is built from there. */
interface GoProgram {
  what: string;
  folder: string;
  name: string;
  version: string;
  duration: string;
  packagePath: string;
  /** Variable that the linker sets to the version. */
  versionVariable: string;
}

async function buildGo(program: GoProgram, report: Report): Promise<string> {
  const { what, name, version, duration, packagePath, versionVariable } = program;
  const template = path.join(projectRoot, 'toolchain', program.folder);
  const files = (await fs.readdir(template)).sort();
  // A new pin gives a new program.
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(await fs.readFile(path.join(template, file)));
  }
  const key = `${version}-${hash.digest('hex').slice(0, 12)}`;
  const folder = path.join(cacheDir(), 'toolchain', `${name}-${key}`);
  const built = path.join(folder, name);
  if (await fs.stat(built).catch(() => undefined)) {
    return built;
  }
  await checkGo(what);
  const started = Date.now();
  const elapsed = (): string => `${Math.round((Date.now() - started) / 1000)} s`;
  report(`building ${what} from its Go module (${duration}, once)`);
  const ticker = setInterval(() => report(`building ${what} from its Go module: ${elapsed()}`), 15_000);
  try {
    await makeAtomic(folder, async (work) => {
      await fs.mkdir(work);
      for (const file of files) {
        await fs.copyFile(path.join(template, file), path.join(work, file));
      }
      const flags = `-s -w -X ${versionVariable}=${version}`;
      await execa('go', ['build', '-trimpath', '-ldflags', flags, '-o', name, packagePath], {
        cwd: work,
        env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' },
      });
    });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(
      `${what} did not build after ${elapsed()}:\n${(stderr ?? message).split('\n').slice(-15).join('\n')}`,
    );
  } finally {
    clearInterval(ticker);
  }
  report(`built ${what} in ${elapsed()}`);
  return built;
}

/** Any Go since 1.21 gets itself the one that the module's go.mod asks for. */
async function checkGo(what: string): Promise<void> {
  const remedy = 'install Go 1.21 or later, or put a `pulumi` on PATH';
  const { stdout } = await execa('go', ['env', 'GOVERSION']).catch(() => {
    throw new Error(`no \`go\` on PATH, which building ${what} needs: ${remedy}`);
  });
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (Number(major) === 1 && Number(minor) < 21) {
    throw new Error(`\`go\` on PATH is ${stdout}, too old to build ${what}: ${remedy}`);
  }
}
