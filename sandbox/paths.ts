import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { stateDir } from '../lib/paths';

/** Where a lab's sandbox keeps what; absolute paths. */
export interface SandboxPaths {
  lab: string;
  /** Everything that outlives a restart of the machine. */
  state: string;
  /** What belongs to running hosts only: podman's run state. Lies in /run, so that it goes with the machine. */
  run: string;
  /** The private key that opens the undercloud. */
  operatorKey: string;
  /** The undercloud's own key pair, authorized on nodes; kept so that a new undercloud can reach the nodes. */
  undercloudKey: string;
  /** The undercloud's public host key, `ssh-ed25519 AAAA…`; there once it was made. */
  undercloudHostKey: string;
  host(name: string): HostPaths;
}

/** Where one host keeps what. */
export interface HostPaths {
  directory: string;
  /** Upper and work directory of its overlay, and where the whole root is mounted. */
  upper: string;
  work: string;
  root: string;
  /** What containers of its own write: no overlay can lie on the host's. */
  containers: string;
  /** Its record; there once the host was made completely. */
  record: string;
  lock: string;
}

export function pathsOf(lab: string): SandboxPaths {
  const state = path.join(stateDir(lab), 'sandbox');
  return {
    lab,
    state,
    run: path.join('/run/glance-dcn', lab),
    operatorKey: path.join(state, 'id_ed25519'),
    undercloudKey: path.join(state, 'undercloud_rsa'),
    undercloudHostKey: path.join(state, 'undercloud.hostkey'),
    host: (name) => {
      const directory = path.join(state, 'hosts', name);
      return {
        directory,
        upper: path.join(directory, 'upper'),
        work: path.join(directory, 'work'),
        root: path.join(directory, 'root'),
        containers: path.join(directory, 'containers'),
        record: path.join(directory, 'host.json'),
        lock: path.join(state, 'locks', name),
      };
    },
  };
}

/** Network namespace of the router that joins the lab's sites. */
export function routerNamespace(lab: string): string {
  return `dcn-${lab}`;
}

/** Network namespace of a host. */
export function hostNamespace(lab: string, host: string): string {
  return `dcn-${lab}-${host}`;
}

/** File by which a network namespace can be entered. */
export function namespaceFile(namespace: string): string {
  return path.join('/run/netns', namespace);
}

/**
 * Name of a network interface for a site or host: readable where the kernel's 15 characters allow it, else cut and made
 * unique by a digest of the whole name.
 */
export function interfaceName(kind: 'br' | 'wan' | 'up' | 'new' | 'h', name: string): string {
  const whole = `${kind}-${name}`;
  if (whole.length <= 15) {
    return whole;
  }
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 5);
  return `${whole.slice(0, 9)}-${digest}`;
}
