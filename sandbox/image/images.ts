import type { Lab } from '../../model';
import type { Report } from '../../lib/report';
import { ensureLayer } from './cache';
import { cephLayer, containersLayer, nodeLayer, undercloudLayer } from './layers';

/** Root file systems of the hosts: directories for overlayfs' `lowerdir`, topmost first, for each kind of host. */
export interface Images {
  node: string[];
  undercloud: string[];
  /** podman storage that holds Ceph's container image; absent where nodes do not run Ceph in containers. */
  containers?: string;
}

/** `sandbox: { tripleo }` of the lab file: how much of TripleO is real. */
export type Mode = Lab['sandbox']['tripleo'];

/**
 * Finds the hosts' images in the cache. A missing layer is unpacked if the cache has its archive, else built from the
 * distribution's packages (the undercloud's also from PyPI). Several processes may call it at once.
 * @throws UserError that names the layer, the last lines of its build, and the log
 */
export async function ensureImages(report: Report, mode: Mode = 'quick'): Promise<Images> {
  const node = nodeLayer();
  const nodeDirectory = await ensureLayer(node, report);
  const undercloudDirectory = await ensureLayer(undercloudLayer(node, nodeDirectory), report);
  const undercloud = [undercloudDirectory, nodeDirectory];
  if (mode === 'quick') {
    return { node: [nodeDirectory], undercloud };
  }
  const containersDirectory = await ensureLayer(containersLayer(node, nodeDirectory), report);
  const containers = await ensureLayer(cephLayer(), report);
  return { node: [containersDirectory, nodeDirectory], undercloud, containers };
}
