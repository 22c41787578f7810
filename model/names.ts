/** TripleO's user on the nodes (tripleoclient v2/overcloud_node.py --overcloud-ssh-user). */
export const nodeUser = 'tripleo-admin';
/** Name of the site that every lab has. */
export const controlPlane = 'control-plane';
/** Name of the site that is a Ceph cluster without an overcloud. */
export const externalCeph = 'external-ceph';
/** Default name of the Ceph cluster and of the store of the control plane. */
export const centralCluster = 'central';
/** Id of the only Glance store in the topology `cache`; it must be the same at every site. */
export const swiftStore = 'swift';
/** Folder on a node with links to its volumes, `osd0`…: a volume's own device name contains its id, which differs from node to node. */
export const volumeLinks = '/dev/glance-dcn';

/** Pattern of a lab's name: the part of a stack's name before the first hyphen. */
export const labNamePattern = /^[a-z][a-z0-9]*$/;

/** Name of a lab's stack: of a site, of the images, or without `part` of what the sites share. */
export function stackName(lab: string, part?: string): string {
  return part === undefined ? lab : `${lab}-${part}`;
}
