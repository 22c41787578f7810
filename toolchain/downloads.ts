import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import execa from 'execa';
import type { Report } from '../lib/report';
import { UserError } from '../lib/userError';
import { commandVersion, pulumiVersion } from './versions';

/** Pulumi's releases; Pulumi's install script uses the same address. */
const releases = 'https://get.pulumi.com/releases';
/** Time within which the server must answer, in milliseconds. */
const probeMs = 3000;
const downloadMs = 15 * 60 * 1000;

/** Names of this machine's architecture in the names of Pulumi's archives. */
const architectures: Partial<Record<string, { cli: string; plugin: string }>> = {
  x64: { cli: 'x64', plugin: 'amd64' },
  arm64: { cli: 'arm64', plugin: 'arm64' },
};

/** URLs of Pulumi's archives for this machine; undefined if Pulumi publishes none. */
function archives(): { cli: string; checksums: string; plugin: string } | undefined {
  const arch = architectures[process.arch];
  if (!arch) {
    return undefined;
  }
  const plugin = `pulumi-resource-command-v${commandVersion}-${process.platform}-${arch.plugin}`;
  return {
    cli: `${releases}/sdk/pulumi-v${pulumiVersion}-${process.platform}-${arch.cli}.tar.gz`,
    checksums: `${releases}/sdk/pulumi-${pulumiVersion}-checksums.txt`,
    plugin: `${releases}/plugins/${plugin}.tar.gz`,
  };
}

async function isReachable(url: string | undefined): Promise<boolean> {
  try {
    const found = url && (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(probeMs) }));
    return Boolean(found && found.ok);
  } catch {
    return false;
  }
}

/** Whether Pulumi's CLI can download the command provider. */
export async function pluginsAreReachable(): Promise<boolean> {
  return isReachable(archives()?.plugin);
}

/** Whether Pulumi's build of the CLI can be downloaded. */
export async function cliIsReachable(): Promise<boolean> {
  return isReachable(archives()?.cli);
}

/** @throws UserError if the server does not give the whole file */
async function download(url: string): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(downloadMs) });
    if (!response.ok) {
      throw new Error(`${response.status} ${response.statusText}`);
    }
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    // Of a broken connection fetch says only `fetch failed`; the cause has the reason.
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? `${message}: ${cause.message}` : message;
    throw new UserError(
      `${url}: ${reason}: run the command again; if it fails again, put a \`pulumi\` of your own on PATH`,
    );
  }
}

/**
 * Downloads Pulumi's archive, checks it against the published checksums and unpacks it into `folder`: the CLI and its
 * language hosts, in `folder/pulumi`.
 *
 * @throws UserError if the checksum differs, or Pulumi publishes no CLI for this machine
 */
export async function downloadCli(folder: string, report: Report): Promise<void> {
  const urls = archives();
  if (!urls) {
    throw new UserError(
      `Pulumi publishes no CLI for ${process.platform} ${process.arch}: put a \`pulumi\` of your own on PATH`,
    );
  }
  report(`downloading Pulumi ${pulumiVersion}`);
  const archive = await download(urls.cli);
  const name = path.basename(urls.cli);
  const sums = await download(urls.checksums).then(
    (text) => text.toString().split('\n'),
    () => undefined,
  );
  if (!sums) {
    report(`Pulumi publishes no checksums for ${name}: using it unchecked`);
  } else {
    const expected = sums.find((line) => line.trim().endsWith(name))?.split(/\s+/)[0];
    const actual = createHash('sha256').update(archive).digest('hex');
    if (expected !== actual) {
      throw new UserError(
        `${urls.cli}: checksum is ${actual}, published is ${expected ?? 'none'}: run the command again; if the checksums ` +
          'still differ, put a `pulumi` of your own on PATH',
      );
    }
  }
  const file = path.join(folder, name);
  await fs.writeFile(file, archive);
  await execa('tar', ['--extract', '--gzip', '--no-same-owner', '--file', file, '--directory', folder]);
  await fs.rm(file);
}
