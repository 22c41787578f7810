import { addressAt, networksOf, subnet } from './addresses';
import { centralSite, controlPlane, type Lab, type LabNode, type LabSite } from './lab';
import { planServer, planSiteCloud, undercloudAddress } from './openstack';
import { roleOf } from './roles';
import { clientUser, poolsOf } from './tripleo/ceph';
import { cacheBytes, zoneOf } from './tripleo/environments';
import { clientFiles } from './tripleo/paths';
import { siteSteps } from './tripleo/steps';
import type {
  ClusterPlan,
  ImagePlan,
  LabPlan,
  NodePlan,
  SitePlan,
  StorePlan,
  SubnetPlan,
  UndercloudPlan,
} from './types';

/** The plan of everything in a lab. */
export function planLab(lab: Lab): LabPlan {
  return {
    lab: lab.name,
    undercloud: planUndercloud(lab),
    sites: Object.keys(lab.sites).map((site) => planSite(lab, site)),
    images: planImages(lab),
  };
}

/**
 * The plan of one site. It takes from the lab what is common to all sites, the control plane's numbers and names, where
 * the central store lies, and the site itself: no other site can change it, and its cost does not grow with their number.
 * @throws Error if the lab has no such site
 */
export function planSite(lab: Lab, name: string): SitePlan {
  const site = siteOf(lab, name);
  const center = siteOf(lab, controlPlane);
  const undercloud = planUndercloud(lab);
  const subnets = subnetsOf(lab, site);
  const nodes = site.nodes.map((node) => planNode(lab, site, node));
  const own = storeOf(lab, site);
  return {
    name,
    kind: site.kind,
    nodes,
    subnets,
    ...(site.cluster !== undefined && { cluster: { name: site.cluster, pools: poolsOf(lab) } }),
    ...(holdsStore(lab, site) && { store: own }),
    ...(site.cache && {
      cache: {
        nodes: nodes.filter(({ role }) => roleOf(role).glance).map((node) => node.name),
        limitBytes: cacheBytes(site.cache),
      },
    }),
    ...(nodes.some(({ role }) => roleOf(role).compute) && {
      servers: { zone: zoneOf(lab, site, own), ...serverDisks(lab, site) },
    }),
    ...(site.openstack && { openstack: planSiteCloud(site) }),
    steps: siteSteps({
      lab,
      site,
      undercloud,
      nodes,
      subnets,
      knownSubnets: site === center ? subnets : [...subnetsOf(lab, center), ...subnets],
      own,
      central: storeOf(lab, center),
    }),
  };
}

/** Images with the stores, or the store and the caches, that must hold them. */
export function planImages(lab: Lab): ImagePlan[] {
  return lab.images.map((image) => {
    if (lab.topology === 'cache') {
      return { ...image, keepFormat: true, stores: [siteOf(lab, controlPlane).store], caches: image.sites };
    }
    return { ...image, stores: [controlPlane, ...image.sites].map((site) => siteOf(lab, site).store) };
  });
}

/**
 * How to reach the undercloud; what the file leaves out is the sandbox's, whose host is this machine, or that of a server
 * of the cloud: its ctlplane address, unless it gets a floating one.
 */
export function planUndercloud(lab: Lab): UndercloudPlan {
  const { host, port, user, home, hostKey, privateKeyFile, bastion } = lab.undercloud;
  const homeDirectory = home ?? `/home/${user}`;
  const isServer = lab.openstack?.undercloud !== undefined;
  return {
    host: host ?? (isServer ? undercloudAddress(lab) : '127.0.0.1'),
    port: port ?? (host || isServer ? 22 : lab.sandbox.sshPort),
    user,
    home: homeDirectory,
    ...(hostKey && { hostKey }),
    ...(privateKeyFile && { privateKeyFile }),
    ...(bastion && { bastion }),
    directory: `${homeDirectory}/dcn/${lab.name}`,
  };
}

function siteOf(lab: Lab, name: string): LabSite {
  const site = lab.sites[name];
  if (!site) {
    throw new Error(`lab ${lab.name} has no site ${name}; it has ${Object.keys(lab.sites).join(', ')}`);
  }
  return site;
}

/** The store from which a site's servers start. */
function storeOf(lab: Lab, site: LabSite): StorePlan {
  if (lab.topology === 'cache') {
    return { id: site.store, description: `${controlPlane} swift glance store` };
  }
  const ceph = clusterOf(lab, site);
  if (!ceph) {
    throw new Error(`site ${site.name} has no Ceph cluster for store ${site.store}`);
  }
  const { cluster, ...access } = ceph;
  return {
    id: site.store,
    description: `${site.store} rbd glance store`,
    cluster,
    pools: poolsOf(lab),
    ...access,
  };
}

/** The Ceph cluster that a site works with: its own, or the central one. */
function clusterOf(lab: Lab, site: LabSite): ClusterPlan | undefined {
  const home = site.cluster !== undefined ? site : siteOf(lab, centralSite(lab.sites));
  if (home.cluster === undefined) {
    return undefined;
  }
  const monitor = home.nodes.find(({ role }) => roleOf(role).mon);
  if (monitor) {
    const address = planNode(lab, home, monitor).addresses.ctlplane;
    return { cluster: home.cluster, node: { site: home.name, name: monitor.name, address } };
  }
  const client = { user: clientUser, ...clientFiles(home.name, home.cluster, clientUser) };
  return { cluster: home.cluster, client };
}

/** Where the disks of a site's servers lie: in the topology `cache` a site without a cluster has them on its nodes. */
function serverDisks(lab: Lab, site: LabSite): { ceph?: ClusterPlan } {
  const ceph = lab.topology === 'cache' && site.cluster === undefined ? undefined : clusterOf(lab, site);
  return ceph ? { ceph } : {};
}

/** Whether a site's store is one that it brings to Glance: in the topology `cache` the control plane's is the only one. */
function holdsStore(lab: Lab, site: LabSite): boolean {
  return site.kind === 'control-plane' || (site.kind === 'edge' && lab.topology === 'multistore');
}

function subnetsOf(lab: Lab, site: LabSite): SubnetPlan[] {
  return networksOf(site.kind).map((name) =>
    subnet(name, lab.networks[name], site.name, site.kind, site.index),
  );
}

function planNode(lab: Lab, site: LabSite, node: LabNode): NodePlan {
  const role = roleOf(node.role);
  const addresses = Object.fromEntries(
    role.networks.map((name) => [
      name,
      node.addresses[name] ?? addressAt(lab.networks[name], site.index, node.host),
    ]),
  );
  return {
    name: node.name,
    role: node.role,
    addresses: addresses as NodePlan['addresses'],
    osdDevices: role.osd ? site.devices : [],
    ...(node.login && { login: node.login }),
    ...(site.openstack && { server: planServer(lab, site, node) }),
  };
}
