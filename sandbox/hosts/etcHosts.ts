import * as fs from 'node:fs';
import * as path from 'node:path';
import type { SandboxPaths } from '../paths';

const domain = 'localdomain';

/** A line of /etc/hosts: address, full name, short name. */
export function hostsLine(address: string, name: string): string {
  return `${address} ${name}.${domain} ${name}`;
}

/** Text of a host's /etc/hosts: its own line, then those of the other hosts. */
export function hostsFile(address: string, name: string, lines: string[]): string {
  const own = hostsLine(address, name);
  const others = lines.filter((line) => line !== own);
  return ['127.0.0.1 localhost', '::1 localhost', own, ...others, ''].join('\n');
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
