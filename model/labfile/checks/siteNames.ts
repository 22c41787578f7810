import { controlPlane, externalCeph } from '../../names';
import { nearest } from '../faults';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { ResolvedLab } from '../resolve';
import { reservedStacks } from './stacks';
import { reservedZones } from './zones';

/** Names that an edge site cannot have, and why. */
export const reservedSiteNames = new Map(
  Object.entries({
    images: 'the stack <lab>-images has that name',
    ...Object.fromEntries(
      ['kit', 'jobs', 'stores', 'caches', 'uploads'].map((name) => [
        name,
        'the kit has a file or folder of that name on the undercloud',
      ]),
    ),
    subnet: "names of TripleO's own subnets end in it",
  }),
);

/** Findings about names of sites; `name` is the site, undefined if a site is missing. */
export function checkSiteNames(
  { topology, sites }: ResolvedLab,
  { named }: SitesSeen,
): { name?: string; finding: Finding }[] {
  const fault = (name: string, message: string, remedy: string) => ({
    name,
    finding: { at: labPath('sites', name), message, remedy },
  });
  const faults = sites.flatMap(({ name, kind, written }) => {
    if (topology === 'cache' && name === externalCeph) {
      return [
        fault(
          name,
          'is a site that the topology cache does not have',
          "Take it out: images are in the control plane's Swift",
        ),
      ];
    }
    if (kind === 'central' && !named.has(externalCeph)) {
      return [
        fault(
          name,
          `is for clients of ${externalCeph}, which this lab does not have`,
          `Put its nodes into ${controlPlane}, those with disks for Ceph as CephStorage or ComputeHCI, the others as Compute; or add ${externalCeph}`,
        ),
      ];
    }
    const reason =
      reservedSiteNames.get(name) ??
      (written.stack === undefined ? reservedStacks.get(name) : undefined) ??
      (written.zone === undefined ? reservedZones.get(name) : undefined);
    return reason
      ? [fault(name, `cannot have this name: ${reason}`, 'Give it another one, such as dcn0')]
      : [];
  });
  if (named.has(controlPlane)) {
    return faults;
  }
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
