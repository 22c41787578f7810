import { comingNodeFaults } from './comingNodes';
import type { Lab } from './lab';
import { defaultCopies, findRoleAt, type Role } from './roles';
import { type DecidingService, keptServices } from './roleServices';

/** Services that a node may have and leave a site that stays: `kit nodes drain` moves their work to other nodes, and removes their records. */
const drained: readonly DecidingService[] = [
  'CephMon',
  'CephOSD',
  'CinderVolumeEdge',
  'Etcd',
  'NovaCompute',
  'OVNController',
];

/** The nodes of a site that stands and are no longer in the lab file. */
export interface LeavingNodes {
  /** Names of those that can leave. */
  names: string[];
  /** Why others cannot, or all of them together cannot, or nodes cannot come in their place: place, value and remedy. */
  faults: string[];
}

/**
 * Decides which nodes leave a site, and which must stay.
 *
 * @param before the nodes with which the site was brought up last, by name; version 0.1.0 recorded no roles
 * @throws Error if the lab has no such site
 */
export function leavingNodes(
  lab: Lab,
  name: string,
  before: Record<string, { role?: string }>,
): LeavingNodes {
  const site = lab.sites[name];
  if (!site) {
    throw new Error(`lab ${lab.name} has no site ${name}`);
  }
  const roleOf = (role: string | undefined): Role | undefined =>
    role === undefined ? undefined : findRoleAt(site, role);
  const stay = new Set(site.nodes.map((node) => node.name));
  const gone = Object.entries(before)
    .filter(([node]) => !stay.has(node))
    .map(([node, { role }]) => ({ node, role: roleOf(role) }));
  const place = (node: string): string => `glance-dcn:sites.${name}.nodes.${node}`;
  const staying = gone.flatMap(({ node, role }) => {
    const message = role
      ? keptBy(place(node), role)
      : `${place(node)}: is gone, but its role is not on record: put it back.`;
    return message === undefined ? [] : [{ node, message }];
  });
  const names = gone.map(({ node }) => node).filter((node) => !staying.some((fault) => fault.node === node));
  const withOsds = gone.filter(({ node, role }) => role?.osd && names.includes(node));
  const faults = staying.map(({ message }) => message);
  if (site.ceph.kind === 'deployed' && !site.ceph.hasPoolSize && withOsds.length > 0) {
    const rolesBefore = Object.values(before).flatMap(({ role }) => roleOf(role) ?? []);
    const copies = defaultCopies(rolesBefore);
    // Nodes that come have no OSDs yet when others are drained.
    const hosts = rolesBefore.filter(({ osd }) => osd).length - withOsds.length;
    if (hosts < copies) {
      faults.push(
        `${withOsds.map(({ node }) => place(node)).join(', ')}: is gone, but the site was brought up with ${copies} copies of ` +
          `each object, and has ${hosts} hosts with OSDs left: put it back; or bring the site up with it and another node with ` +
          `OSDs${hosts > 0 ? `, or with it and glance-dcn:sites.${name}.ceph.poolSize: ${hosts}` : ''} first.`,
      );
    }
  }
  return { names, faults: [...faults, ...comingNodeFaults(site, before)] };
}

/** Why nodes of a role cannot leave their site; undefined: they can. */
function keptBy(place: string, role: Role): string | undefined {
  const kept = keptServices.filter(
    (service) => role.services.includes(service) && !drained.includes(service),
  );
  if (kept.length > 0) {
    return `${place}: is gone, but has ${kept.join(', ')}, which this version takes from no node of a site that is up: put it back.`;
  }
  return role.compute || role.osd || role.mon
    ? undefined
    : `${place}: is gone, but this version takes only nodes with servers or of a Ceph cluster out of a site that is up: put it back.`;
}
