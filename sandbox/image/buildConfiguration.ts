import execa from 'execa';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { UserError } from '../../lib/userError';

/** This machine's access to its package sources, for a build in another root. */
export interface BuildConfiguration {
  /** Files with the machine's package sources of the suite. */
  aptSources: string[];
  /** File with the machine's `Acquire` settings (proxies, checks). */
  aptAcquire: string;
}

const sourcesDir = '/etc/apt/sources.list.d';
const certificates = '/etc/ssl/certs/ca-certificates.crt';

/**
 * Copies this machine's configuration for package downloads into `directory`: apt.conf and sources.list.d, auth.conf.d,
 * ca.crt, pip.conf, resolv.conf, hosts. None of these files may stay in an image.
 * @throws UserError if the machine has no package source of the suite
 */
export function buildConfiguration(directory: string, suite: string): BuildConfiguration {
  const sources = aptSources(suite);
  if (sources.length === 0) {
    throw new UserError(
      `no package source of ${suite} in /etc/apt/sources.list or ${sourcesDir}: the hosts of the sandbox are built from ` +
        `${suite}'s packages; add such a source`,
    );
  }
  fs.mkdirSync(path.join(directory, 'sources.list.d'), { recursive: true });
  for (const file of sources) {
    fs.copyFileSync(file, path.join(directory, 'sources.list.d', path.basename(file)));
  }
  copyIfExists('/etc/apt/auth.conf', path.join(directory, 'auth.conf'));
  copyIfExists('/etc/apt/auth.conf.d', path.join(directory, 'auth.conf.d'));
  const acquire = acquireSettings();
  fs.writeFileSync(path.join(directory, 'acquire.conf'), acquire);
  fs.writeFileSync(path.join(directory, 'apt.conf'), `${acquire}${chrootSettings}`);

  copyIfExists(process.env.SSL_CERT_FILE || certificates, path.join(directory, 'ca.crt'));
  const pipConfOfUser = ['.pip/pip.conf', '.config/pip/pip.conf'].map((file) =>
    path.join(os.homedir(), file),
  );
  for (const file of ['/etc/pip.conf', ...pipConfOfUser, process.env.PIP_CONFIG_FILE]) {
    if (file) {
      copyIfExists(file, path.join(directory, 'pip.conf'));
    }
  }
  for (const file of ['resolv.conf', 'hosts']) {
    fs.copyFileSync(path.join('/etc', file), path.join(directory, file));
  }
  return {
    aptSources: sources.map((file) => path.join(directory, 'sources.list.d', path.basename(file))),
    aptAcquire: path.join(directory, 'acquire.conf'),
  };
}

/** Settings for apt in the layer's chroot, where layer.sh mounts the machine's sources below /run/build. */
const chrootSettings = `
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "/run/build/sources.list.d";
Dir::Etc::netrc "/run/build/auth.conf";
Dir::Etc::netrcparts "/run/build/auth.conf.d";
Acquire::https::CAInfo "/run/build/ca.crt";
Acquire::Languages "none";
`;

function aptSources(suite: string): string[] {
  const candidates = fs.existsSync(sourcesDir)
    ? fs.readdirSync(sourcesDir).map((name) => path.join(sourcesDir, name))
    : [];
  const sourceOfSuite = new RegExp(`(^deb\\s.*|^Suites:.*)\\s${suite}(-updates|-security)?(\\s|$)`, 'm');
  return ['/etc/apt/sources.list', ...candidates]
    .filter((file) => /\.(list|sources)$/.test(file) && fs.existsSync(file))
    .filter((file) => sourceOfSuite.test(fs.readFileSync(file, 'utf8')));
}

/** The machine's `Acquire` settings for how to download (proxies, checks, retries); others could change the image. */
function acquireSettings(): string {
  const dump = execa.sync('apt-config', ['dump', 'Acquire']).stdout.split('\n');
  const kept = dump.filter((line) =>
    /^Acquire::(https?|ftp|socks|Check-|Retries|Force|Max-|Min-)\S* "./i.test(line),
  );
  return kept.map((line) => `${line}\n`).join('');
}

function copyIfExists(from: string, to: string): void {
  if (fs.existsSync(from)) {
    fs.cpSync(from, to, { recursive: true, dereference: true });
  }
}
