import * as path from 'node:path';
import { stateDir } from '../lib/paths';

/** Absolute paths of the files of a lab's sandbox. */
export interface SandboxPaths {
  lab: string;
  /** Folder of everything that a restart of the machine leaves. */
  state: string;
  /** Folder of podman's run state, which only running hosts need; in /run, which a restart of the machine empties. */
  run: string;
  /** File in `run` that holds the path of the state folder whose sandbox is up. */
  owner: string;
  /** The private key that opens the undercloud. */
  operatorKey: string;
  /** The undercloud's own private key, authorized on nodes; kept so that a new undercloud can reach the nodes. */
  undercloudKey: string;
  /** The undercloud's public host key, `ssh-ed25519 AAAA…`; exists once the undercloud is created. */
  undercloudHostKey: string;
  /** The settings that the undercloud's services were last started with, as JSON; exists while the sandbox is up. */
  undercloudSettings: string;
  /** Lock on the lab's sandbox as a whole; exists from the first `sandbox up` on. */
  labLock: string;
  /** Lock on adding a site. */
  siteLock: string;
  host(name: string): HostPaths;
}

/** Absolute paths of the files of one host. */
export interface HostPaths {
  directory: string;
  /** Upper directory, work directory and mount point of the host's root, an overlay. */
  upper: string;
  work: string;
  root: string;
  /** Storage of the containers that the host runs: an overlay cannot be on the host's root, itself an overlay. */
  containers: string;
  /** The host's record; exists once the host is complete. */
  record: string;
  lock: string;
}

export function pathsOf(lab: string): SandboxPaths {
  const state = path.join(stateDir(lab), 'sandbox');
  const run = path.join('/run/glance-dcn', lab);
  const locks = path.join(state, 'locks');
  return {
    lab,
    state,
    run,
    owner: path.join(run, 'owner'),
    operatorKey: path.join(state, 'id_ed25519'),
    undercloudKey: path.join(state, 'undercloud_rsa'),
    undercloudHostKey: path.join(state, 'undercloud.hostkey'),
    undercloudSettings: path.join(state, 'ctlplane.json'),
    labLock: path.join(locks, '.lab'),
    siteLock: path.join(locks, '.site'),
    host: (name) => {
      const directory = path.join(state, 'hosts', name);
      return {
        directory,
        upper: path.join(directory, 'upper'),
        work: path.join(directory, 'work'),
        root: path.join(directory, 'root'),
        containers: path.join(directory, 'containers'),
        record: path.join(directory, 'host.json'),
        lock: path.join(locks, name),
      };
    },
  };
}
