import { driveGroupOf, osdsOf } from './driveGroups';
import { type Lab, centralStoreSite, hasOwnCluster } from './lab';
import { planCluster, siteOf } from './plan';
import { subnetsOfNode } from './networks';
import { roleAt } from './roles';
import { poolSettings, poolsOf } from './tripleo/ceph';
import type { ClusterPlan, LabPlan, NetworkName, NodePlan, SitePlan, SubnetPlan } from './types';

/** The document of `kit audit`: what the lab file says and the kit's records do not. */
export interface AuditDocument {
  /** Digest of the kit of this checkout. */
  kit: string;
  sites: AuditedSite[];
  images: { name: string; stores: string[] }[];
  /** The path on the storage network to the monitors of the central store's cluster; absent: Glance has no store in Ceph. */
  storage?: { addresses: string[]; mtu: number };
}

/** What a site of the lab file must have. */
export interface AuditedSite {
  site: string;
  /** Availability zone of its servers and volumes. */
  zone: string;
  /** Whether a cinder-volume serves volumes in its zone. */
  volumes: boolean;
  /** Names of its jobs. */
  steps: string[];
  nodes: AuditedNode[];
  cluster?: AuditedCluster;
}

/** What a host must have. */
export interface AuditedNode {
  name: string;
  compute: boolean;
  /** Address on the storage network. */
  storage?: string;
  /** On all its networks. */
  addresses: string[];
  /** `10.8.0.0/14 via 10.8.16.1`. Of a host whose interfaces an operator configures: none. */
  routes: string[];
}

/** A Ceph cluster of a site. */
export type AuditedCluster = ClusterPlan & {
  /** Names of its pools. */
  pools: string[];
  /** Texts for `kit ceph pools --pool`. */
  settings: string[];
  /** Absent: the lab file does not say how many. */
  osds?: number;
};

/**
 * What an audit of a lab needs to know.
 *
 * @param kit digest of the kit of this checkout
 */
export function auditDocument(lab: Lab, plan: LabPlan, kit: string): AuditDocument {
  const addresses = centralMonitors(lab);
  const mtu = lab.networks.storage?.mtu;
  return {
    kit,
    sites: plan.sites.map((site) => auditedSite(lab, site)),
    images: plan.images.map(({ name, stores }) => ({ name, stores })),
    ...(addresses.length > 0 && mtu !== undefined && { storage: { addresses, mtu } }),
  };
}

function auditedSite(lab: Lab, site: SitePlan): AuditedSite {
  const { zone } = siteOf(lab, site.name);
  return {
    site: site.name,
    zone,
    // Cinder's services of the control plane serve `central`, too; without Ceph an edge site has none.
    volumes:
      site.kind === 'control-plane' ||
      (site.kind === 'edge' &&
        site.cluster !== undefined &&
        site.nodes.some(({ role }) => roleAt(site, role).volumes)),
    steps: site.steps.map(({ name }) => name),
    nodes: site.nodes.map((node) => auditedNode(lab, site, node)),
    ...auditedCluster(lab, site),
  };
}

function auditedNode(lab: Lab, site: SitePlan, node: NodePlan): AuditedNode {
  const { name, role, addresses, nicTemplate } = node;
  const { storage } = addresses;
  // TripleO's templates take those of ctlplane from the undercloud, whose Neutron makes a route to each other subnet of the network
  // (neutron services/segments/plugin.py SegmentHostRoutes).
  const hasItsRoutes = (network: NetworkName): boolean =>
    lab.provisioner === 'sandbox' || (nicTemplate !== undefined && network !== 'ctlplane');
  const subnets = subnetsOfNode(site, node).filter(
    ({ network }) => addresses[network] !== undefined && hasItsRoutes(network),
  );
  return {
    name,
    compute: roleAt(site, role).compute,
    ...(storage !== undefined && { storage }),
    addresses: Object.values(addresses),
    routes: lastingRoutes(subnets.flatMap(({ routes }) => routes)),
  };
}

/**
 * The routes that a host keeps. Of several to one destination Linux keeps one, by the order in which the interfaces come up; a default
 * route may be that of another network.
 */
function lastingRoutes(routes: SubnetPlan['routes']): string[] {
  const isAlone = (wanted: string): boolean =>
    routes.filter(({ destination }) => destination === wanted).length === 1;
  return routes
    .filter(({ destination }) => destination !== '0.0.0.0/0' && isAlone(destination))
    .map(({ destination, nexthop }) => `${destination} via ${nexthop}`);
}

function auditedCluster(lab: Lab, { name, nodes }: SitePlan): { cluster?: AuditedCluster } {
  const { ceph } = siteOf(lab, name);
  if (!hasOwnCluster(ceph)) {
    return {};
  }
  const osds = ceph.kind === 'deployed' ? osdCount(nodes) : undefined;
  return {
    cluster: {
      ...planCluster(lab, name),
      pools: poolsOf(lab, ceph),
      settings: ceph.kind === 'deployed' ? poolSettings(lab, ceph) : [],
      ...(osds !== undefined && { osds }),
    },
  };
}

/** How many OSDs nodes have; undefined if that depends on the disks of a node. */
function osdCount(nodes: NodePlan[]): number | undefined {
  const counts = nodes.map(({ osdDevices }) =>
    'paths' in driveGroupOf(osdDevices).data_devices ? osdsOf(osdDevices) : undefined,
  );
  return counts.reduce(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}

/** Addresses on the storage network of the monitors of the cluster with the control plane's store; none if that store is in Swift. */
function centralMonitors(lab: Lab): string[] {
  if (lab.topology === 'cache') {
    return [];
  }
  const site = siteOf(lab, centralStoreSite(lab.sites));
  const { ceph, nodes } = site;
  if (ceph.kind === 'existing') {
    return ceph.monitors;
  }
  const monitors = nodes.filter(({ role }) => ceph.kind === 'deployed' && roleAt(site, role).mon);
  return monitors.flatMap(({ addresses: { storage } }) => (storage === undefined ? [] : [storage]));
}
