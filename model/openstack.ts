import { undercloudAddress } from './addresses';
import type { CloudLab, CloudLabNode, CloudLabSite } from './lab';
import { controlPlane, volumeDevices } from './names';
import { roleAt } from './roles';
import type {
  UndercloudServerPlan,
  CloudPlan,
  NetworkName,
  NodePlan,
  ServerPlan,
  SiteCloudPlan,
  SitePlan,
} from './types';

/** The resources that the sites of a lab share in its cloud. */
export function planCloud(lab: CloudLab): CloudPlan {
  const { cloud, image, user, keyPair, securityGroups, externalNetwork, undercloud } = lab.openstack;
  const networks = Object.values(lab.sites).map((site) => ({
    site: site.name,
    subnets: site.subnets.filter(({ network }) => !site.openstack.networks[network]),
  }));
  return {
    cloud,
    lab: lab.name,
    image,
    user,
    ...(keyPair && { keyPair }),
    ...(securityGroups && { securityGroups }),
    ranges: Object.values(lab.networks).flatMap(({ ranges }) => ranges),
    ...(externalNetwork && { externalNetwork }),
    networks: networks.filter(({ subnets }) => subnets.length > 0),
    ...(undercloud && { undercloud: { ...undercloud, ports: undercloudPorts(lab) } }),
  };
}

function undercloudPorts(lab: CloudLab): UndercloudServerPlan['ports'] {
  const { subnets, openstack } = lab.sites[controlPlane]!;
  return subnets
    .filter(({ network }) => network === 'ctlplane' || network === 'external')
    .map((subnet) => {
      const existing = openstack.networks[subnet.network];
      return { network: subnet.network, address: undercloudAddress(subnet), ...(existing && { existing }) };
    });
}

/** A site's part of the plan for a cloud. */
export function planSiteCloud({ openstack }: CloudLabSite): SiteCloudPlan {
  const { availabilityZone, networks } = openstack;
  return { ...(availabilityZone && { availabilityZone }), networks };
}

/** A node as a server. */
export function planServer(site: CloudLabSite, node: CloudLabNode): ServerPlan {
  const { perNode, sizeGiB, type } = site.openstack.volumes;
  const role = roleAt(site, node.role);
  const hasOsds = role.osd && site.ceph.kind === 'deployed';
  return {
    flavor: node.flavor,
    volumes: volumeDevices(hasOsds ? perNode : 0).map((device, number) => ({
      name: `${node.name}-osd${number}`,
      device,
      sizeGiB,
      ...(type && { type }),
    })),
    // Controllers share the virtual addresses of the control plane. Neutron drops what a port sends from another address.
    virtualAddresses: Object.fromEntries(
      (role.virtualAddresses ? site.subnets : []).map(({ network, vip }) => [network, vip]),
    ),
  };
}

/** One quota of a cloud. */
export interface Quota {
  /** As `openstack quota show` calls it. */
  name: string;
  needed: number;
  /** The resources that use it. */
  what: string;
}

/** Rules that Neutron puts into a new security group by itself: outgoing traffic, for IPv4 and IPv6. */
const egressRules = 2;

/**
 * The quotas that a lab needs in its cloud's project. `cores` and `ram` depend on the flavors, which the lab file only names:
 * see `flavorsOf`.
 */
export function quotasOf(cloud: CloudPlan, sites: SitePlan[]): Quota[] {
  const nodes = sites.flatMap((site) => site.nodes);
  const volumes = nodes.flatMap(({ server }) => server?.volumes ?? []);
  const groups = sites.flatMap(({ nodes: all }) =>
    rolesOf(all).map((role) => all.filter((node) => node.role === role)),
  );
  const subnetsMade = cloud.networks.flatMap(({ subnets }) => subnets);
  const undercloud = cloud.undercloud ? 1 : 0;
  const ports = nodes.reduce(
    (sum, node) => sum + Object.keys(node.addresses).length,
    cloud.undercloud?.ports.length ?? 0,
  );
  const floating = cloud.undercloud && cloud.externalNetwork ? 1 : 0;
  const ownGroup = cloud.securityGroups ? 0 : 1;
  const rules = ownGroup * (cloud.ranges.length + egressRules) + undercloud * (1 + egressRules);
  const largest = Math.max(0, ...groups.map(({ length }) => length));
  const quotas = {
    instances: [nodes.length + undercloud, 'servers'],
    'key-pairs': [cloud.keyPair ? 0 : 1, 'of the undercloud'],
    'server-groups': [groups.length, 'one for each role at a site'],
    'server-group-members': [largest, 'the largest of them'],
    volumes: [volumes.length, 'OSDs'],
    gigabytes: [volumes.reduce((sum, { sizeGiB }) => sum + sizeGiB, 0), 'OSDs, in GiB'],
    networks: [subnetsMade.length, 'one for each of TripleO’s at a site'],
    subnets: [subnetsMade.length, 'one for each network'],
    ports: [ports + 2 * subnetsMade.length, 'of servers; one for the router and one for DHCP in each subnet'],
    routers: [subnetsMade.length > 0 ? 1 : 0, 'joins the subnets'],
    'floating-ips': [floating, 'of the undercloud'],
    secgroups: [ownGroup + undercloud, 'of the nodes, and of the undercloud'],
    'secgroup-rules': [rules, 'in them'],
  } satisfies Record<string, [number, string]>;
  return Object.entries(quotas)
    .filter(([, [needed]]) => needed > 0)
    .map(([name, [needed, what]]) => ({ name, needed, what }));
}

/** The roles of some nodes, each once: a site has a server group for each role. */
export function rolesOf(nodes: NodePlan[]): string[] {
  return [...new Set(nodes.map(({ role }) => role))];
}

/** How many servers of each flavor a lab has, by the flavor's name. */
export function flavorsOf(cloud: CloudPlan, sites: SitePlan[]): Map<string, number> {
  const names = sites.flatMap((site) => site.nodes.flatMap(({ server }) => server?.flavor ?? []));
  const all = [...names, ...(cloud.undercloud ? [cloud.undercloud.flavor] : [])].sort();
  return new Map([...new Set(all)].map((name) => [name, all.filter((other) => other === name).length]));
}

/** Name in the cloud of a network that the lab makes for a site. */
export function cloudNetworkName(lab: string, site: string, network: NetworkName): string {
  return `${lab}-${site}-${network}`;
}
