import {
  type DeployedCeph,
  type ExistingCeph,
  hasOwnCluster,
  type Lab,
  type LabNode,
  type LabSite,
  type PublicTls,
  osdDevicesOf,
} from './lab';
import type { ImagePlan } from './images';
import { defaultUser } from './labfile/schema/site';
import { controlPlane } from './names';
import { allSubnets, publicAddress } from './networks';
import { planServer, planSiteCloud } from './openstack';
import { describeRole, type OwnRole, type Role, roleAt } from './roles';
import { poolNames, poolsOf } from './tripleo/ceph';
import { domainOf } from './tripleo/hosts';
import { planExistingNetworks } from './tripleo/existingNetworks';
import { planNicTemplate } from './tripleo/nics';
import { clientFiles } from './tripleo/paths';
import { descriptionOf } from './tripleo/stores';
import { siteSteps } from './tripleo/steps';
import type {
  ClusterAccess,
  ClusterPlan,
  HostNodePlan,
  LabPlan,
  NodePlan,
  NodePlanBase,
  PublicTlsPlan,
  ServerNodePlan,
  SitePlan,
  StorePlan,
  SubnetPlan,
  UndercloudPlan,
} from './types';

/** The plan of everything in a lab. */
export function planLab(lab: Lab): LabPlan {
  const common = planCommon(lab);
  return {
    lab: lab.name,
    undercloud: common.undercloud,
    sites: Object.keys(lab.sites).map((site) => planSite(lab, site, common)),
    images: planImages(lab),
  };
}

/** The common part of the plans of all sites. */
interface CommonPlan {
  undercloud: UndercloudPlan;
  controlPlaneSubnets: SubnetPlan[];
}

function planCommon(lab: Lab): CommonPlan {
  return {
    undercloud: planUndercloud(lab),
    controlPlaneSubnets: allSubnets(siteOf(lab, controlPlane)),
  };
}

/**
 * The plan of one site. It depends on the site, the lab's common values, the control plane, the site of the central store and
 * `central`: no other site can change it, and its cost does not grow with the number of sites.
 * @throws Error if the lab has no such site
 */
export function planSite(lab: Lab, name: string, common: CommonPlan = planCommon(lab)): SitePlan {
  const site = siteOf(lab, name);
  const named = { name, kind: site.kind, stack: site.stack };
  if (site.openstack) {
    const nodes = site.nodes.map((node): ServerNodePlan => ({
      ...planHost(lab, site, node),
      server: planServer(site, node),
    }));
    const { steps, ...rest } = planOnNodes(lab, site, nodes, common);
    return { ...named, nodes, ...rest, openstack: planSiteCloud(site), steps };
  }
  const nodes = site.nodes.map((node): HostNodePlan => ({
    ...planHost(lab, site, node),
    ...(node.login && { login: node.login }),
  }));
  return { ...named, nodes, ...planOnNodes(lab, site, nodes, common) };
}

/** The part of a site's plan that does not depend on the provisioner. */
function planOnNodes(
  lab: Lab,
  site: LabSite,
  nodes: NodePlan[],
  { undercloud, controlPlaneSubnets }: CommonPlan,
) {
  const { subnets, racks } = site;
  const own = allSubnets(site);
  const store = planStore(lab, site);
  const central = siteOf(lab, controlPlane);
  const existing =
    site.ceph.kind === 'existing'
      ? undefined
      : planExistingNetworks(lab, site === central ? [site] : [central, site]);
  return {
    subnets,
    ...(site.ownRoles && { ownRoles: site.ownRoles.map(planRole) }),
    ...(racks.length > 0 && { racks }),
    ...(existing && { existing }),
    ...(site === central && lab.publicTls && { publicTls: planPublicTls(lab.publicTls, site) }),
    ...(site.environments.length > 0 && { environments: site.environments }),
    ...(hasOwnCluster(site.ceph) && { cluster: { name: site.ceph.cluster, pools: poolsOf(lab, site.ceph) } }),
    ...(holdsStore(lab, site) && { store }),
    ...(site.cache && {
      cache: {
        nodes: nodes.filter(({ role }) => roleAt(site, role).glance).map((node) => node.name),
        limitBytes: site.cache.limitBytes,
      },
    }),
    ...(nodes.some(({ role }) => roleAt(site, role).compute) && {
      servers: { zone: site.zone, ...serverDisks(lab, site) },
    }),
    ...(lab.hosts.fqdn && { hostDomain: domainOf(lab.hosts) }),
    ...(site.ntpServers.length > 0 && { ntpServers: site.ntpServers }),
    steps: siteSteps({
      lab,
      site,
      undercloud,
      nodes,
      subnets: own,
      knownSubnets: site.kind === 'control-plane' ? own : [...controlPlaneSubnets, ...own],
    }),
  };
}

/** A role without its data, which are in a file of a step. */
function planRole({ name, networks, hostname, services }: OwnRole): Role {
  return describeRole(name, networks, hostname, services);
}

function planPublicTls(
  { certificate, intermediates, ca, key, name }: PublicTls,
  { subnets }: LabSite,
): PublicTlsPlan {
  return {
    certificate: certificate + intermediates,
    ...(ca !== undefined && { ca }),
    key,
    ...(name !== undefined && { name }),
    address: publicAddress(subnets)!,
  };
}

/** Images with the stores, or the store and the caches, that must hold them. */
export function planImages(lab: Lab): ImagePlan[] {
  return lab.images.map((image) => {
    if (lab.topology === 'cache') {
      return {
        ...image,
        keepFormat: true,
        stores: [siteOf(lab, controlPlane).store.id],
        caches: image.sites,
      };
    }
    return { ...image, stores: [controlPlane, ...image.sites].map((site) => siteOf(lab, site).store.id) };
  });
}

/** How to reach the undercloud, and the lab's directory on it. */
export function planUndercloud({ name, undercloud }: Lab): UndercloudPlan {
  const { host, port, user, home, hostKey, privateKeyFile, bastion } = undercloud;
  return {
    host,
    port,
    user,
    home,
    ...(hostKey && { hostKey }),
    ...(privateKeyFile && { privateKeyFile }),
    ...(bastion && { bastion }),
    directory: `${home}/dcn/${name}`,
  };
}

/** A site of a lab. @throws Error if the lab has no such site */
export function siteOf(lab: Lab, name: string): LabSite {
  const site = lab.sites[name];
  if (!site) {
    throw new Error(`lab ${lab.name} has no site ${name}; it has ${Object.keys(lab.sites).join(', ')}`);
  }
  return site;
}

/** The store from which a site's servers start. */
function planStore(lab: Lab, { store }: LabSite): StorePlan {
  const named = { id: store.id, description: descriptionOf(store) };
  if (store.kind === 'swift') {
    return named;
  }
  const { cluster, ...rest } = planCluster(lab, store.site);
  return { ...named, cluster, pools: poolsOf(lab, clusterOf(lab, store.site)), ...rest };
}

/** The Ceph cluster of a site. */
function clusterOf(lab: Lab, name: string): DeployedCeph | ExistingCeph {
  const { ceph } = siteOf(lab, name);
  if (!hasOwnCluster(ceph)) {
    throw new Error(`lab ${lab.name}: site ${name} has no Ceph cluster`);
  }
  return ceph;
}

/** The Ceph cluster of a site that has one of its own. */
export function planCluster(lab: Lab, name: string): ClusterPlan {
  const { cluster, pools, user } = clusterOf(lab, name);
  const names = poolNames(lab, pools);
  return {
    cluster,
    ...(Object.keys(names).length > 0 && { poolNames: names }),
    ...(user !== defaultUser && { clientUser: user }),
    ...accessTo(lab, name, cluster),
  };
}

/** How the kit reaches the Ceph cluster of a site. */
function accessTo(lab: Lab, name: string, cluster: string): ClusterAccess {
  const ceph = clusterOf(lab, name);
  if (ceph.kind === 'deployed') {
    const { monitor } = ceph;
    return { node: { site: name, name: monitor.name, address: monitor.addresses.ctlplane } };
  }
  return { client: { user: ceph.user, ...clientFiles(name, cluster, ceph.user) } };
}

/** The Ceph cluster with the disks of a site's servers; without Ceph the disks are on the nodes. */
function serverDisks(lab: Lab, { name, ceph }: LabSite): { ceph?: ClusterPlan } {
  if (ceph.kind === 'none') {
    return {};
  }
  return { ceph: planCluster(lab, ceph.kind === 'client' ? ceph.site : name) };
}

/** Whether a site adds a store to Glance: in the topology `cache` only the control plane does. */
function holdsStore(lab: Lab, site: LabSite): boolean {
  return site.kind === 'control-plane' || (site.kind === 'edge' && lab.topology === 'multistore');
}

function planHost(lab: Lab, site: LabSite, node: LabNode): NodePlanBase {
  const { name, role, rack, addresses } = node;
  const nicTemplate = planNicTemplate(site, role, planUndercloud(lab).directory);
  return {
    name,
    role,
    ...(rack !== undefined && { rack }),
    addresses,
    ...(nicTemplate !== undefined && { nicTemplate }),
    osdDevices: osdDevicesOf(site, node),
  };
}
