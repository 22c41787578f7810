import * as fs from 'node:fs';
import * as path from 'node:path';
import type { SandboxPaths } from '../paths';

/** A line of /etc/hosts: address, full name, short name. */
export function hostsLine(address: string, name: string, domain: string): string {
  return `${address} ${name}.${domain} ${name}`;
}

/**
 * Text of a host's /etc/hosts: its own line, then those of the other hosts.
 * @param lines of all hosts of the lab
 */
export function hostsFile(name: string, lines: string[]): string {
  const [own, others] = [true, false].map((isOwn) =>
    lines.filter((line) => line.endsWith(` ${name}`) === isOwn),
  );
  return ['127.0.0.1 localhost', '::1 localhost', ...own!, ...others!, ''].join('\n');
}

/** Adds the lines that a host's /etc/hosts lacks, in place: processes of the host may hold the file open. */
export function addHostsLines(paths: SandboxPaths, host: string, lines: string[]): void {
  const file = path.join(paths.host(host).root, 'etc/hosts');
  const existing = new Set(fs.readFileSync(file, 'utf8').split('\n'));
  const missing = lines.filter((line) => !existing.has(line));
  if (missing.length > 0) {
    fs.appendFileSync(file, missing.map((line) => `${line}\n`).join(''));
  }
}
