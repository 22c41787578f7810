import { otherRoles, roles } from '../roles';
import { nearest } from './faults';
import { type Finding, labPath } from './findings';
import type { Path } from './locate';
import type { OwnRoles } from './ownRoles';
import type { LabFile, LabFileSite } from './schema';

/** A lab file whose nodes and keys name known roles alone. */
export interface KnownRoles {
  file: LabFile;
  findings: Finding[];
  /** Paths of the values that were left out, each as its keys. */
  left: string[][];
}

/**
 * Leaves out nodes, and entries by role, whose role is not known, so that the rest can still be checked. A role with a fault in the role data
 * file is left out without a finding of its own.
 */
export function withKnownRoles(file: LabFile, own: OwnRoles): KnownRoles {
  const findings: Finding[] = [];
  const left: string[][] = [];
  const usable = new Set([...roles, ...own.roles].map(({ name }) => name));
  const choices = [...own.names, ...roles.map(({ name }) => name)];
  const isKnown = (name: string, path: string[], explain: () => Finding) => {
    if (usable.has(name)) {
      return true;
    }
    left.push(path);
    if (!own.names.has(name) && own.complete) {
      findings.push(explain());
    }
    return false;
  };
  const byRole = <T>(entries: Record<string, T>, path: string[]): Record<string, T> =>
    filterEntries(entries, (role) =>
      isKnown(role, [...path, role], () => ({ at: atOf([...path, role]), ...unknownKey(role, choices) })),
    );
  const siteOf = (site: LabFileSite, name: string): LabFileSite => {
    const at = ['sites', name];
    const { nodes, nics, ceph, openstack } = site;
    return {
      ...site,
      nodes: filterEntries(nodes, (node, entry) => {
        const role = typeof entry === 'string' ? entry : entry.role;
        const path = [...at, 'nodes', node, ...(typeof entry === 'string' ? [] : ['role'])];
        return isKnown(role, path, () => ({ at: atOf(path), value: role, ...unknownRole(role, choices) }));
      }),
      nics: byRole(nics, [...at, 'nics']),
      ceph: {
        ...ceph,
        ...(ceph.devicesByRole && {
          devicesByRole: byRole(ceph.devicesByRole, [...at, 'ceph', 'devicesByRole']),
        }),
      },
      openstack: { ...openstack, flavors: byRole(openstack.flavors, [...at, 'openstack', 'flavors']) },
    };
  };
  const sites = Object.entries(file.sites).map(([name, site]) => [name, siteOf(site, name)] as const);
  const { openstack } = file;
  return {
    file: {
      ...file,
      sites: Object.fromEntries(sites),
      ...(openstack && {
        openstack: { ...openstack, flavors: byRole(openstack.flavors, ['openstack', 'flavors']) },
      }),
    },
    findings,
    left,
  };
}

/** The first of some names of roles, as a text: TripleO has many roles. */
export function someOf(names: string[]): string {
  const first = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${first}, … (docs/lab-file.md#roles)` : first;
}

function filterEntries<T>(
  entries: Record<string, T>,
  keep: (key: string, value: T) => boolean,
): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).filter(([key, value]) => keep(key, value)));
}

function atOf(path: string[]): Path {
  return labPath(...path);
}

function unknownRole(role: string, choices: string[]): Pick<Finding, 'message' | 'remedy'> {
  const reason = otherRoles.get(role);
  const meant = nearest(role, choices);
  return {
    message: reason ? 'is not supported by this version' : 'is not one of the known values',
    remedy: reason ?? (meant ? `Did you mean ${meant}?` : `Write one of ${someOf(choices)}`),
  };
}

function unknownKey(role: string, choices: string[]): Pick<Finding, 'message' | 'remedy'> {
  const meant = nearest(role, choices);
  return {
    message: 'is not a known key',
    remedy: meant ? `Did you mean ${meant}?` : `Known keys: ${someOf(choices)}`,
  };
}
