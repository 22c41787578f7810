import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import execa from 'execa';
import { withLock } from './lock';
import { cacheDir } from './paths';

const policyFile = '/usr/sbin/policy-rc.d';
/** How long apt may wait for another run of it, in seconds. */
const aptLockSeconds = 300;

/** Those of the packages that are not installed. */
async function missing(names: readonly string[]): Promise<string[]> {
  const { stdout } = await execa(
    'dpkg-query',
    ['--show', '--showformat', '${Package} ${db:Status-Status}\n', ...names],
    {
      reject: false, // it fails when it does not know one of them
    },
  );
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}

/**
 * Runs `install` while no service may start: we need the programs of packages, not the daemons that some of them bring.
 * A policy that the machine has already stays as it is.
 */
async function withoutServices(install: () => Promise<void>): Promise<void> {
  const ours = await fs.writeFile(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755, flag: 'wx' }).then(
    () => true,
    () => false,
  );
  try {
    await install();
  } finally {
    if (ours) {
      await fs.rm(policyFile, { force: true });
    }
  }
}

/** Services that newly installed packages would start at the next boot: not ours to leave running. */
async function disableServices(packages: readonly string[]): Promise<void> {
  const { stdout } = await execa('dpkg', ['--listfiles', ...packages]);
  const units = stdout
    .split('\n')
    .filter((file) => /\/systemd\/system\/[^/@]+\.(service|socket|timer)$/.test(file))
    .map((file) => path.basename(file));
  if (units.length > 0) {
    await execa('systemctl', ['disable', '--quiet', ...new Set(units)], { reject: false });
  }
}

/**
 * Installs those of the Debian packages that are missing; says nothing and touches nothing when none is. Services that
 * come with them are neither started nor enabled.
 * @throws Error that names the packages and the command to run, when this is no Debian, we are not root, or apt fails.
 */
export async function ensureSystemPackages(
  names: readonly string[],
  report: (line: string) => void,
): Promise<void> {
  const remedy = (packages: readonly string[]): string =>
    `install them with: apt-get install ${packages.join(' ')}`;
  const debian = await fs.access('/usr/bin/dpkg-query').then(
    () => true,
    () => false,
  );
  if (!debian) {
    throw new Error(
      `this needs the Debian packages ${names.join(', ')}, and this machine is not a Debian: use Debian 12`,
    );
  }
  const wanted = await missing(names);
  if (wanted.length === 0) {
    return;
  }
  if (process.getuid?.() !== 0) {
    throw new Error(
      `these packages are missing: ${wanted.join(', ')}; only root can install them: ${remedy(wanted)}`,
    );
  }
  const waiting = (): void => report('waiting for another run that installs packages');
  await withLock(path.join(cacheDir(), 'apt.lock'), waiting, async () => {
    const still = await missing(wanted);
    if (still.length === 0) {
      return;
    }
    report(`installing ${still.join(', ')}`);
    const apt = (...args: string[]): execa.ExecaChildProcess =>
      execa('apt-get', ['-o', `DPkg::Lock::Timeout=${aptLockSeconds}`, '--quiet', '--yes', ...args], {
        env: { DEBIAN_FRONTEND: 'noninteractive' },
        all: true,
      });
    const install = async (): Promise<void> => {
      await apt('install', '--no-install-recommends', ...still);
    };
    try {
      // Package lists may be missing or stale: they are fetched when the first try fails.
      await withoutServices(() => install().catch(() => apt('update').then(install)));
    } catch (error) {
      const { all, message } = error as execa.ExecaError;
      throw new Error(
        `apt-get could not install ${still.join(', ')}:\n${lastLines(all ?? message)}\n${remedy(still)}`,
      );
    }
    await disableServices(still);
  });
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-10).join('\n');
}
