import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import execa from 'execa';
import { withLock } from './lock';
import { cacheDir } from './paths';
import type { Report } from './report';
import { UserError } from './userError';

const policyFile = '/usr/sbin/policy-rc.d';
/** Time for which apt waits while another process runs it, in seconds. */
const aptLockSeconds = 300;

/** The packages that are not installed. */
async function missing(names: readonly string[]): Promise<string[]> {
  const { stdout } = await execa(
    'dpkg-query',
    ['--show', '--showformat', '${Package} ${db:Status-Status}\n', ...names],
    {
      reject: false, // dpkg-query fails if it does not know one of the packages
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
 * Runs `install` under a policy that starts no services: we need the programs of packages, not their daemons. A policy that
 * the machine has already is kept.
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

/** Disables the services of newly installed packages, which would start at the next boot. */
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
 * Installs the Debian packages that are missing, without starting or enabling their services.
 *
 * @param report gets lines of progress, none if no package is missing
 * @throws UserError with the packages and the command to run, if this machine is no Debian, we are not root, or apt fails
 */
export async function ensureSystemPackages(names: readonly string[], report: Report): Promise<void> {
  const debian = await fs.access('/usr/bin/dpkg-query').then(
    () => true,
    () => false,
  );
  if (!debian) {
    throw new UserError(
      `this needs the Debian packages ${names.join(', ')}, and this machine does not run Debian: use Debian 12`,
    );
  }
  const wanted = await missing(names);
  if (wanted.length === 0) {
    return;
  }
  if (process.getuid?.() !== 0) {
    throw new UserError(
      `these packages are missing: ${wanted.join(', ')}; only root can install them: install them with: apt-get install ${wanted.join(' ')}`,
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
    let updated = '';
    try {
      await withoutServices(async () => {
        try {
          await install();
        } catch {
          // The package lists are missing or old. apt-get update succeeds without the lists that it could not fetch.
          updated = (await apt('update')).all ?? '';
          await install();
        }
      });
    } catch (error) {
      const { all, message } = error as execa.ExecaError;
      throw new UserError(
        [
          `apt-get could not install ${still.join(', ')}:`,
          ...updated.split('\n').filter((line) => /^[WE]: /.test(line)),
          lastLines(all ?? message),
          'Correct the package sources of this machine (/etc/apt), or the way to their server, until this succeeds: ' +
            `apt-get update && apt-get install ${still.join(' ')}. Then run the same command again.`,
        ].join('\n'),
      );
    }
    await disableServices(still);
  });
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-10).join('\n');
}
