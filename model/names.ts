/** TripleO's networks, in the order in which every generated file lists them; `ctlplane` is the undercloud's own. */
export type NetworkName = 'ctlplane' | 'storage' | 'storage_mgmt' | 'internal_api' | 'tenant' | 'external';

/**
 * Kinds of site. `external-ceph`: a Ceph cluster without an overcloud; `central`: computes that are clients of it; `edge`:
 * distributed compute nodes with a store, or with caches, of their own.
 */
export type SiteKind = 'external-ceph' | 'control-plane' | 'central' | 'edge';

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
/** The kit's links on a node to its volumes: a volume's own device name contains its id, which differs from node to node. */
export function volumeDevices(count: number): string[] {
  return Array.from({ length: count }, (_, number) => `/dev/glance-dcn/osd${number}`);
}

/** A lab's name has no hyphen: the first hyphen of a stack's name ends it. */
const labName = '[a-z][a-z0-9]*';
const wholeName = new RegExp(`^${labName}$`);
const fileName = new RegExp(`^Pulumi\\.(${labName})\\.yaml$`);
const stackParts = new RegExp(`^(?<lab>${labName})(-(?<part>.+))?$`);

/** Whether a text is the name of a lab. */
export function isLabName(text: string): boolean {
  return wholeName.test(text);
}

/** Name of the lab that a file describes, by the file's name (`Pulumi.<lab>.yaml`); undefined for another name. */
export function labOfFile(name: string): string | undefined {
  return fileName.exec(name)?.[1];
}

/** Name of the stack of a part of a lab: a site, or `images`. The stack with what the sites share has the lab's name. */
export function stackName(lab: string, part: string): string {
  return `${lab}-${part}`;
}

/** The lab and the part of the lab in a stack's name; undefined for a text that cannot be a stack's name. */
export function partsOfStack(stack: string): { lab: string; part?: string } | undefined {
  const parts = stackParts.exec(stack)?.groups;
  return parts && { lab: parts.lab as string, part: parts.part };
}

/** The end of an error of a stack's program that needs more outputs of another stack; `./dcn preview` finds the other stack by these words. */
export function bringUpFirst(stack: string): string {
  return `bring it up first with \`pulumi up -s ${stack}\`.`;
}

/** Names of the steps that are TripleO verbs, in the order in which a site runs them. */
export const verbNames = [
  'network-provision',
  'vip-provision',
  'node-provision',
  'roles-generate',
  'container-images',
  'ceph-deploy',
  'overcloud-stack',
  'overcloud-config',
  'overcloud-export',
  'ceph-export',
] as const;

/** Name of a step that is one TripleO verb. */
export type VerbName = (typeof verbNames)[number];

/** Name of a step: a TripleO verb, or an operator's hook before or after one. */
export type StepName = VerbName | `before-${VerbName}` | `after-${VerbName}`;

/** The verb of a step, or the verb that a hook is for. */
export function verbOfStep(step: StepName): VerbName {
  return step.replace(/^(before|after)-/, '') as VerbName;
}
