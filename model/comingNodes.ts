import type { LabNode, LabSite } from './lab';
import { findRoleAt, type Role } from './roles';
import { osdSpec } from './tripleo/cephSpec';

/**
 * Why nodes cannot come to a site that stands as the lab file has them: place, value and remedy; [] if they can.
 *
 * @param before the nodes with which the site was brought up last, by name
 */
export function comingNodeFaults(site: LabSite, before: Record<string, { role?: string }>): string[] {
  return site.ceph.kind === 'deployed' ? [...monitorFaults(site, before), ...etcdFaults(site, before)] : [];
}

/** Whether a site that stands has nodes of roles with a duty. */
function stood(
  site: LabSite,
  before: Record<string, { role?: string }>,
  duty: (role: Role) => boolean,
): boolean {
  return Object.values(before).some(({ role }) => {
    const known = role === undefined ? undefined : findRoleAt(site, role);
    return known !== undefined && duty(known);
  });
}

/** The nodes of a site whose roles have a duty. */
function nodesWith(site: LabSite, duty: (role: Role) => boolean): LabNode[] {
  return site.nodes.filter((node) => {
    const role = findRoleAt(site, node.role);
    return role !== undefined && duty(role);
  });
}

/**
 * `ceph deploy` looks for the cluster only on the first node with a monitor, and makes a new one if no daemon of Ceph runs there
 * (tripleo-ansible cli-deployed-ceph.yaml, tripleo_cephadm pre.yaml and bootstrap.yaml). The first is that of the Ceph spec: of the plan's,
 * in the order of the lab file; of TripleO's own, in the order of its inventory, by role and name (ceph_spec_bootstrap.py
 * get_inventory_hosts_to_ips).
 */
function monitorFaults(site: LabSite, before: Record<string, { role?: string }>): string[] {
  if (site.ceph.kind !== 'deployed' || !stood(site, before, ({ mon }) => mon)) {
    return [];
  }
  const own = osdSpec(site.ceph) === undefined;
  const monitors = nodesWith(site, ({ mon }) => mon);
  const keyOf = ({ role, name }: LabNode) => `${role} ${name}`;
  const sorted = own ? monitors : monitors.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const [first] = sorted;
  if (!first || before[first.name]) {
    return [];
  }
  const standing = sorted.find(({ name }) => before[name]);
  const remedy = standing
    ? own
      ? `write it below ${standing.name}`
      : `give it a name or a role that sorts after those of ${standing.name}`
    : 'bring the site up with it and with a node with a monitor that stands, before that one is taken out';
  return [
    `glance-dcn:sites.${site.name}.nodes.${first.name}: is new, and the first of the nodes with monitors, on which ceph deploy ` +
      `looks for the site's cluster; it would make another cluster there: ${remedy}.`,
  ];
}

/**
 * New members join an etcd that stands only with EtcdInitialClusterState: existing (THT etcd-container-puppet.yaml). Otherwise they make one
 * of their own, and the site's cinder-volumes do not see each other's locks. A new member starts when all are on etcd's list ("member count
 * is unequal"), and until then those that stand must be the majority of the list.
 */
function etcdFaults(site: LabSite, before: Record<string, { role?: string }>): string[] {
  const members = nodesWith(site, ({ etcd }) => etcd);
  const fresh = members.filter(({ name }) => !before[name]);
  const standing = members.length - fresh.length;
  if (fresh.length === 0 || !stood(site, before, ({ etcd }) => etcd)) {
    return [];
  }
  const place = (name: string) => `glance-dcn:sites.${site.name}.nodes.${name}`;
  if (fresh.length >= standing) {
    return [
      `${fresh.map(({ name }) => place(name)).join(', ')}: is new, and has etcd; of nodes with etcd stay ${standing}: fewer must be new at once, ` +
        'or etcd loses its majority when they join. Bring them up in turn, give others a role …ScaleOut, or recreate the site.',
    ];
  }
  return site.parameters.EtcdInitialClusterState === 'existing'
    ? []
    : fresh.map(
        ({ name }) =>
          `${place(name)}: is new, and has etcd: write EtcdInitialClusterState: existing under ` +
          `glance-dcn:sites.${site.name}.parameters, so that it joins the site's etcd; take this out again before you recreate the site.`,
      );
}
