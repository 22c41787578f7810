import type { SiteNetwork } from '../network/site';

/** A host to create. */
export interface HostPlan {
  name: string;
  site: SiteNetwork;
  /** In any of the site's subnets; the SSH server is asked at the first one. */
  addresses: [string, ...string[]];
  /** Names of its blank disks (`/dev/vdb`). */
  disks: string[];
  /** The account of whoever deploys the host: sudo without a password, opened by the keys in `authorized`. */
  account: string;
  /** Public keys as lines of authorized_keys. */
  authorized: string[];
  /** File of the account's own private key, with `.pub` beside it; absent if the host reaches no other host. */
  keyPair?: string;
  /** Lines of /etc/hosts beside the host's own. */
  names: string[];
  /** overlayfs `lowerdir`, topmost first. */
  image: string[];
  /** podman storage with the images of the containers that the host runs; absent if it runs none. */
  containers?: string;
  /** Folders whose files are put on the host's root. */
  files: string[];
}
