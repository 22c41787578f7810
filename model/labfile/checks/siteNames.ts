import { controlPlane, type Topology } from '../../lab';
import { nearest } from '../faults';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { LabFile } from '../schema';

/** Names that an edge site cannot have, and why. */
const reserved = new Map(
  Object.entries({
    images: 'the stack <lab>-images has that name',
    ...Object.fromEntries(
      ['kit', 'jobs', 'stores', 'uploads'].map((name) => [
        name,
        'the kit keeps things of that name on the undercloud',
      ]),
    ),
    subnet: "TripleO's own subnets end in that",
    nova: 'it is the availability zone that Nova takes for hosts without one',
    internal: 'it is an availability zone of Nova itself',
  }),
);

/** Sites that a topology does not have, and what to do instead. */
const notThere: Record<Topology, ReadonlyMap<string, string>> = {
  multistore: new Map(
    Object.entries({
      central: 'Put its nodes into control-plane, as Compute or ComputeHCI',
      'external-ceph': 'Give control-plane a Ceph cluster of its own: nodes of the role CephStorage',
    }),
  ),
  cache: new Map(
    Object.entries({
      'external-ceph': "Take it out: images lie in the control plane's Swift",
    }),
  ),
};

/** Sites whose name is at fault, `name` being undefined where one is missing. */
export function checkSiteNames(file: LabFile, { named }: SitesSeen): { name?: string; finding: Finding }[] {
  const fault = (name: string, message: string, remedy: string) => ({
    name,
    finding: { at: labPath('sites', name), message, remedy },
  });
  const faults = Object.keys(file.sites).flatMap((name) => {
    const instead = notThere[file.topology].get(name);
    if (instead)
      return [fault(name, `is a site that the topology ${file.topology} does not have here`, instead)];
    const reason = reserved.get(name);
    return reason
      ? [fault(name, `cannot have this name: ${reason}`, 'Give it another one, such as dcn0')]
      : [];
  });
  if (named.has(controlPlane)) return faults;
  const meant = nearest(controlPlane, named);
  if (meant) {
    return [
      ...faults,
      fault(meant, `would be an edge site, and there is no ${controlPlane}`, `Did you mean ${controlPlane}?`),
    ];
  }
  const remedy = `Add ${controlPlane}: with nodes of the roles Controller, CephStorage and Compute`;
  return [...faults, { finding: { at: labPath('sites'), message: `has no ${controlPlane}`, remedy } }];
}
