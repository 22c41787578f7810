import { controlPlane } from '../../names';
import { type Finding, labPath } from '../findings';
import type { ResolvedLab, ResolvedSite } from '../resolve';

/** Names that an availability zone cannot have, and why. */
export const reservedZones: ReadonlyMap<string, string> = new Map(
  Object.entries({
    nova: 'it is the availability zone that Nova uses for hosts without one',
    internal: 'it is an availability zone of Nova itself',
  }),
);

/** Checks the keys `zone` and `defaultZone`. */
export function checkZones(lab: ResolvedLab): Finding[] {
  const overclouds = lab.sites.filter(({ kind }) => kind !== 'external-ceph');
  return [
    ...lab.sites.flatMap(checkKeys),
    ...overclouds.flatMap(checkName),
    ...checkOwners(overclouds),
    ...checkDefault(lab, overclouds),
  ];
}

/** Finds keys at a site that cannot have them. */
function checkKeys({ name, kind, written: { zone, defaultZone } }: ResolvedSite): Finding[] {
  const findings: Finding[] = [];
  if (zone !== undefined && kind === 'external-ceph') {
    findings.push({
      at: labPath('sites', name, 'zone'),
      value: zone,
      message: 'is for servers and volumes, and this site is a Ceph cluster without an overcloud',
      remedy: `Take it out, or write it at ${controlPlane}`,
    });
  }
  if (defaultZone !== undefined && kind !== 'control-plane') {
    findings.push({
      at: labPath('sites', name, 'defaultZone'),
      value: defaultZone,
      message: 'is a setting of the Nova of the control plane',
      remedy: `Write it at ${controlPlane}`,
    });
  }
  return findings;
}

function checkName({ name, zone, written }: ResolvedSite): Finding[] {
  const reason = reservedZones.get(zone ?? '');
  return reason
    ? [{ ...place(name, written.zone), message: `cannot have the zone ${zone}: ${reason}`, remedy: another }]
    : [];
}

const another = 'Write zone: … with a name that no other site has';

/**
 * Finds sites with one zone. Each TripleO stack removes the hosts of others from the host aggregate of its zone (THT
 * nova-az-config.yaml). The computes of `central` have the control plane's zone, unless both sites have computes.
 */
function checkOwners(sites: ResolvedSite[]): Finding[] {
  const owners = new Map<string | undefined, ResolvedSite>();
  const inOrder = sites.toSorted((a, b) => rank(a) - rank(b));
  return inOrder.flatMap((site): Finding[] => {
    const { name, kind, zone, written } = site;
    const owner = owners.get(zone);
    if (zone === undefined || owner === undefined) {
      owners.set(zone, site);
      return [];
    }
    if (written.zone === undefined && owner.written.zone === undefined && site.ownCeph?.id === zone) {
      // Both zones have the names of the stores: the finding about the stores covers them.
      return [];
    }
    const isCentral = kind === 'central' && owner.kind === 'control-plane';
    if (isCentral && !hasComputes(owner)) {
      return [];
    }
    return [
      {
        ...place(name, written.zone),
        message: isCentral
          ? `has computes in the availability zone ${zone}, and so has ${owner.name}: each of the two stacks would remove the ` +
            "other's computes from it"
          : `has the availability zone ${zone}, which ${owner.name} has already`,
        remedy: isCentral ? `Write zone: … at one of them, or put all computes into ${owner.name}` : another,
      },
    ];
  });
}

/** The control plane first, then sites without the key: the finding is about a key, if there is one. */
function rank({ kind, written }: ResolvedSite): number {
  return kind === 'control-plane' ? 0 : written.zone === undefined ? 1 : 2;
}

function checkDefault({ defaultZone }: ResolvedLab, sites: ResolvedSite[]): Finding[] {
  const written = sites.find(({ kind }) => kind === 'control-plane')?.written.defaultZone;
  const zones = sites.filter(hasComputes).map(({ zone }) => zone);
  if (written === undefined || zones.includes(defaultZone)) {
    return [];
  }
  return [
    {
      at: labPath('sites', controlPlane, 'defaultZone'),
      value: written,
      message: 'is not the availability zone of a site with computes',
      remedy: zones.length > 0 ? `Write one of ${zones.join(', ')}` : 'Take it out',
    },
  ];
}

function hasComputes({ nodes }: ResolvedSite): boolean {
  return nodes.some(({ role }) => role.compute);
}

/** The place of a site's zone: the key, or the site from which it follows. */
function place(site: string, written: string | undefined): Pick<Finding, 'at' | 'value'> {
  return written === undefined
    ? { at: labPath('sites', site) }
    : { at: labPath('sites', site, 'zone'), value: written };
}
