import type { HostPlace } from '../network/connection';

/** A host to create. */
export interface HostPlan extends HostPlace {
  name: string;
  /** Each in one of its place's subnets; the host is ready when its SSH server answers at the first one. */
  addresses: [string, ...string[]];
  /** Names of its blank disks (`/dev/vdb`). */
  disks: string[];
  /** Whether a disk rotates, as the kernel shall say; of the others the kernel says what it says of the machine's own disk. */
  rotational: Record<string, boolean>;
  /** Account for the deployment: sudo without a password, login with the keys in `authorized`. */
  account: string;
  /** Public keys as lines of authorized_keys. */
  authorized: string[];
  /** File of the account's own private key, with `.pub` beside it; absent if the host logs in to no other host. */
  keyPair?: string;
  /** Lines of /etc/hosts for all hosts of the lab. */
  hostsLines: string[];
  /** overlayfs `lowerdir`, topmost first. */
  image: string[];
  /** podman storage with the images of the containers that the host runs; absent if it runs none. */
  containers?: string;
  /** Folders whose files are put on the host's root. */
  files: string[];
}
