import * as fs from 'node:fs';
import * as path from 'node:path';
import { UserError } from '../../lib/userError';
import type { HostPlace } from '../network/connection';
import type { SandboxPaths } from '../paths';

/** Identity of an existing host. A host that is created anew under the same name has another one. */
export interface HostIdentity {
  /** machine-id in UUID notation. */
  instanceId: string;
  /** The SSH server's public key, `ssh-ed25519 AAAA…`. */
  hostKey: string;
}

/** The record of a host: everything that is needed to power the host on again. */
export interface HostRecord extends HostIdentity, HostPlace {
  name: string;
  addresses: [string, ...string[]];
  disks: string[];
  /** Absent in records of version 0.1.0. */
  rotational?: Record<string, boolean>;
  image: string[];
  containers?: string;
}

/** A host's record; undefined if the host was never created completely. */
export function recordOf(paths: SandboxPaths, name: string): HostRecord | undefined {
  const { record } = paths.host(name);
  return fs.existsSync(record) ? (JSON.parse(fs.readFileSync(record, 'utf8')) as HostRecord) : undefined;
}

/** @throws UserError if the lab has no such host */
export function recordOrThrow(paths: SandboxPaths, name: string): HostRecord {
  const record = recordOf(paths, name);
  if (!record) {
    throw new UserError(
      `the sandbox of lab ${paths.lab} has no host ${name}. Its hosts: ${hostNames(paths).join(', ') || 'none'}.`,
    );
  }
  return record;
}

/** Names of all hosts that were created completely, sorted. */
export function hostNames(paths: SandboxPaths): string[] {
  const directory = path.join(paths.state, 'hosts');
  const names = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
  return names.filter((name) => fs.existsSync(paths.host(name).record)).sort();
}
