import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import execa from 'execa';
import { makeAtomic } from '../lib/atomicFile';
import { projectRoot } from '../lib/paths';
import type { Report } from '../lib/report';
import { UserError } from '../lib/userError';
import { toolchainDir } from './folders';
import { openstackVersion, pulumiVersion } from './versions';

/** A Go program that we build from published modules. */
interface GoProgram {
  /** The program's name in messages. */
  title: string;
  /** Folder in toolchain/ with the module. */
  module: string;
  /** File name of the program. */
  name: string;
  version: string;
  /** Time of a build, for people. */
  duration: string;
  /** Go package to build, from the module's folder. */
  package: string;
  /** Go variable that the linker sets to the version. */
  versionVariable: string;
}

/**
 * Builds Pulumi's CLI.
 *
 * @returns path of the program
 * @throws Error if the build fails, or Go is missing or older than 1.21
 */
export async function buildCli(report: Report): Promise<string> {
  return build(
    {
      title: `Pulumi ${pulumiVersion}`,
      module: 'pulumi-cli',
      name: 'pulumi',
      version: pulumiVersion,
      duration: '3 to 5 minutes',
      package: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
      versionVariable: 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version',
    },
    report,
  );
}

/** Builds the OpenStack provider. @returns and @throws as `buildCli` */
export async function buildOpenstackProvider(report: Report): Promise<string> {
  return build(
    {
      title: `the OpenStack provider ${openstackVersion}`,
      module: 'provider-openstack',
      name: 'pulumi-resource-openstack',
      version: openstackVersion,
      duration: '1 to 3 minutes',
      package: '.',
      versionVariable: 'main.version',
    },
    report,
  );
}

/** Builds a program into the cache, once for each combination of version and content of the module. @returns its path */
async function build(program: GoProgram, report: Report): Promise<string> {
  const { title, name, version, duration } = program;
  const source = path.join(projectRoot, 'toolchain', program.module);
  const files = (await fs.readdir(source)).sort();
  const digest = createHash('sha256');
  for (const file of files) {
    digest.update(await fs.readFile(path.join(source, file)));
  }
  const folder = path.join(toolchainDir(), `${name}-${version}-${digest.digest('hex').slice(0, 12)}`);
  const built = path.join(folder, name);
  if (await fs.stat(built).catch(() => undefined)) {
    return built;
  }
  await checkGo(title);
  const started = Date.now();
  const elapsed = (): string => `${Math.round((Date.now() - started) / 1000)} s`;
  report(`building ${title} from its Go module (${duration}, once)`);
  const ticker = setInterval(() => report(`building ${title} from its Go module: ${elapsed()}`), 15_000);
  try {
    await makeAtomic(folder, async (draft) => {
      await fs.mkdir(draft);
      for (const file of files) {
        await fs.copyFile(path.join(source, file), path.join(draft, file));
      }
      const flags = `-s -w -X ${program.versionVariable}=${version}`;
      await execa('go', ['build', '-trimpath', '-ldflags', flags, '-o', name, program.package], {
        cwd: draft,
        env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' },
      });
    });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    const lines = (stderr ?? message).split('\n').slice(-15).join('\n');
    throw new UserError(
      `${title} did not build after ${elapsed()}:\n${lines}\nRun the command again if the network failed, or put a \`pulumi\` on PATH.`,
    );
  } finally {
    clearInterval(ticker);
  }
  report(`built ${title} in ${elapsed()}`);
  return built;
}

/** Requires Go 1.21: from this version on, Go downloads the version of Go that a module's go.mod names. */
async function checkGo(title: string): Promise<void> {
  const remedy = 'install Go 1.21 or later, or put a `pulumi` on PATH';
  const { stdout } = await execa('go', ['env', 'GOVERSION']).catch(() => {
    throw new UserError(`no \`go\` on PATH, which building ${title} needs: ${remedy}`);
  });
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (Number(major) === 1 && Number(minor) < 21) {
    throw new UserError(`\`go\` on PATH is ${stdout}, too old to build ${title}: ${remedy}`);
  }
}
