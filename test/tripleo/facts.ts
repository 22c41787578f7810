import {
  type Lab,
  type LabSite,
  type NodePlan,
  type Role,
  type SitePlan,
  type SubnetPlan,
  allSubnets,
  centralCeph,
  centralStoreSite,
  planLab,
  roleAt,
  subnetsOfNode,
} from '../../model';
import { expectedInterfaces, mtuOf } from './interfaces';

/** Facts by name, as undercloud/facts.py prints them. */
export type Facts = Record<string, unknown>;

const glance = 'tripleo::profile::base::glance::api';
const volume = 'tripleo::profile::base::cinder::volume';
const user = 'openstack';

/** A site with everything that its facts depend on. */
interface FactSources {
  lab: Lab;
  site: SitePlan;
  file: LabSite;
  /** The Ceph cluster that the site's services use; absent: none. */
  cluster?: string;
  fsids: Record<string, string>;
}

/**
 * The facts that a site's stack phase must give, computed from the lab's plan: all facts that undercloud/facts.py looks for.
 * @param fsids of the lab's clusters, by name; under '' the one that the client generated for the stack, even if the stack
 *   has no cluster
 */
export function expectedFacts(lab: Lab, site: SitePlan, fsids: Record<string, string>): Facts {
  const file = lab.sites[site.name] as LabSite;
  const cluster = file.ceph.kind === 'none' ? undefined : file.ceph.cluster;
  const all = { lab, site, file, fsids, ...(cluster !== undefined && { cluster }) };
  const roles = [...new Set(site.nodes.map(({ role }) => role))];
  return Object.assign(
    {},
    ...site.nodes.map(nodeFacts),
    ...site.nodes.map((node) => expectedInterfaces(lab, site, node)),
    ...allSubnets(site)
      .filter(({ network }) => network !== 'ctlplane')
      .map((subnet) => subnetFact(lab, subnet)),
    vips(all),
    names(lab),
    ...roles.map((role) => roleFacts(all, roleAt(site, role))),
    ...roles.map((role) => roleNetworks(all, roleAt(site, role))),
    ceph(all),
    zone(all),
  ) as Facts;
}

function nodeFacts({ name, role, addresses }: NodePlan): Facts {
  const entries = Object.entries(addresses).map(([network, address]) => [`node/${name}/${network}`, address]);
  return { [`node/${name}/role`]: role, ...(Object.fromEntries(entries) as Facts) };
}

function subnetFact({ networks }: Lab, { network, name, cidr, gateway, vlan, routes }: SubnetPlan): Facts {
  return {
    [`subnet/${name}`]: {
      network,
      mtu: networks[network]?.mtu,
      cidr,
      gateway: gateway ?? null,
      // TripleO's default, which nothing reads where hosts have their interfaces already.
      vlan: vlan ?? 1,
      routes: routes.map(({ destination, nexthop }) => `${destination} via ${nexthop}`).sort(),
    },
  };
}

/**
 * The networks of a role's hosts, which are all in one rack or in the site's own subnets: what NIC templates read, and the gateways
 * that hosts ping.
 */
function roleNetworks({ lab, site }: FactSources, role: Role): Facts {
  const node = site.nodes.find((other) => other.role === role.name)!;
  const own = subnetsOfNode(site, node).filter(({ network }) => role.networks.includes(network));
  const byExternal = own.some(({ network, gateway }) => network === 'external' && gateway !== undefined);
  const entries = own.map((subnet) => {
    const { network, cidr, gateway, vlan, routes } = subnet;
    const isDefault = network === (byExternal ? 'external' : 'ctlplane');
    return [
      `role/${role.name}/network ${network}`,
      {
        prefix: Number(cidr.split('/')[1]),
        mtu: mtuOf(lab, network),
        gateway: gateway ?? null,
        ...(network !== 'ctlplane' && { vlan: vlan ?? 1 }),
        routes: [
          ...routes.map(({ destination, nexthop }) => `${destination} via ${nexthop}`),
          ...(isDefault ? [`default via ${gateway}`] : []),
        ].sort(),
      },
    ];
  });
  return Object.fromEntries(entries) as Facts;
}

const vipNetworks = ['ctlplane', 'storage', 'storage_mgmt', 'internal_api', 'external'] as const;

/**
 * The control plane has one virtual address on each network. An edge site has one only on ctlplane, which TripleO uses in
 * place of the others (THT network/ports/noop.yaml).
 */
function vips({ site }: FactSources): Facts {
  const entries = vipNetworks.map((network) => {
    const own = site.kind === 'control-plane' ? network : 'ctlplane';
    return [`vip/${network}`, site.subnets.find((subnet) => subnet.network === own)?.vip];
  });
  return Object.fromEntries(entries) as Facts;
}

/** All sites have the same names of end points, although each has its own addresses. */
function names({ hosts: { domain = 'localdomain' }, networks }: Lab): Facts {
  const labels = {
    ctlplane: 'ctlplane.',
    external: '',
    internal_api: 'internalapi.',
    storage: 'storage.',
    storage_mgmt: 'storagemgmt.',
  };
  const entries = vipNetworks
    .filter((network) => networks[network])
    .map((network) => [`cloud_name_${network}`, `overcloud.${labels[network]}${domain}`]);
  return { domain, 'cloud names': Object.fromEntries(entries) as Facts };
}

function roleFacts(all: FactSources, role: Role): Facts {
  const has = (service: string) => role.services.includes(service);
  const facts = {
    ...(role.glance && glanceFacts(all)),
    ...((role.compute || has('NovaApi')) && { 'nova::cross_az_attach': false }),
    ...(role.schedules &&
      all.lab.defaultZone !== undefined && {
        'nova::availability_zone::default_schedule_zone': all.lab.defaultZone,
      }),
    ...(role.compute && novaFacts(all)),
    ...((has('CinderVolume') || hasEdgeVolumes(all, role)) && cinderFacts(all)),
    ...(has('NeutronApi') && physicalNetworks(all)),
    ...(role.ovnController && { 'ovn::controller::ovn_bridge_mappings': bridges(all) }),
    // Without NIC templates hosts have their interfaces and addresses already.
    'network config': all.site.nodes.some(({ nicTemplate }) => nicTemplate !== undefined),
    // Strict, TripleO's default, hosts would drop requests whose answers leave by another interface.
    rp_filter: 2,
    ...(all.file.ntpServers.length > 0 && { 'time servers': all.file.ntpServers }),
    services: services(all, role),
  };
  return Object.fromEntries(Object.entries(facts).map(([key, value]) => [`role/${role.name}/${key}`, value]));
}

function glanceFacts({ lab, site, file, cluster }: FactSources): Facts {
  const store = file.store.id;
  const rbd = {
    'glance::backend::rbd::rbd_store_ceph_conf': confOf(cluster),
    'glance::backend::rbd::rbd_store_pool': 'images',
    'glance::backend::rbd::rbd_store_user': user,
  };
  if (lab.topology === 'cache') {
    return {
      ...rbd,
      glance_backend: 'swift',
      [`${glance}::glance_backend_id`]: store,
      [`${glance}::glance_store_description`]: 'control-plane swift glance store',
      [`${glance}::multistore_config`]: {},
      'glance::api::enabled_import_methods': ['web-download'],
      'glance::policy::policies': {},
      'glance::api::pipeline': site.cache ? 'keystone+cachemanagement' : 'keystone',
      ...(site.cache && {
        [`${glance}::glance_enable_cache`]: true,
        'glance::api::image_cache_max_size': site.cache.limitBytes,
        'glance::api::cache_prefetcher_interval': file.parameters.GlanceImagePrefetcherInterval ?? 60,
      }),
    };
  }
  return {
    ...rbd,
    glance_backend: 'rbd',
    [`${glance}::glance_backend_id`]: store,
    [`${glance}::glance_store_description`]: `${store} rbd glance store`,
    [`${glance}::multistore_config`]: Object.fromEntries(
      otherStores(lab, site).map(({ id, cluster: home }) => [
        id,
        { GlanceBackend: 'rbd', GlanceStoreDescription: `${id} rbd glance store`, CephClusterName: home },
      ]),
    ),
    'glance::api::enabled_import_methods': ['web-download', 'copy-image'],
    'glance::policy::policies': {
      'glance-copy_image': { key: 'copy_image', value: "role:admin or 'public':%(visibility)s" },
    },
    'glance::api::pipeline': 'keystone',
  };
}

/** Beside its own store, the control plane's Glance has those of all edge sites, and an edge site's the control plane's. */
function otherStores(lab: Lab, site: SitePlan): { id: string; cluster: string | undefined }[] {
  const others = planLab(lab).sites.filter(({ kind }) =>
    site.kind === 'control-plane' ? kind === 'edge' : kind === 'control-plane',
  );
  return others.flatMap(({ store }) => (store ? [{ id: store.id, cluster: store.cluster }] : []));
}

function novaFacts({ lab, site, file, cluster, fsids }: FactSources): Facts {
  return {
    // With images in Swift, a server's disk in Ceph is never a clone: Nova must download the image.
    'nova::workarounds::never_download_image_if_on_rbd':
      lab.topology === 'multistore' && site.kind !== 'control-plane',
    // Only caches are asked for images: the control plane's glance-api can copy an image from every store.
    ...(site.kind === 'edge' && {
      'nova::glance::endpoint_override':
        lab.topology === 'cache' ? "http://%{hiera('internal_api_uri')}:9292" : '<SERVICE DEFAULT>',
    }),
    'nova::compute::rbd::ephemeral_storage': cluster !== undefined,
    'nova::compute::rbd::libvirt_images_rbd_pool': 'vms',
    'nova::compute::rbd::libvirt_images_rbd_ceph_conf': confOf(cluster),
    'nova::compute::rbd::libvirt_images_rbd_glance_store_name': file.store.id,
    'nova::compute::rbd::libvirt_rbd_user': user,
    'nova::compute::rbd::libvirt_rbd_secret_uuid': fsidOf(fsids, cluster),
  };
}

function cinderFacts(all: FactSources): Facts {
  const { site, file, cluster, fsids } = all;
  return {
    'cinder::storage_availability_zone': file.zone,
    [`${volume}::cinder_enable_rbd_backend`]: cluster !== undefined,
    // Active/active at edge sites only: pacemaker manages the control plane's cinder-volume.
    [`${volume}::cinder_volume_cluster`]: site.kind === 'edge' ? site.name : '',
    [`${volume}::rbd::cinder_rbd_ceph_conf`]: confOf(cluster),
    [`${volume}::rbd::cinder_rbd_pool_name`]: 'volumes',
    [`${volume}::rbd::cinder_rbd_user_name`]: user,
    [`${volume}::rbd::cinder_rbd_secret_uuid`]: fsidOf(fsids, cluster),
  };
}

function physicalNetworks({ lab }: FactSources): Facts {
  const networks = Object.entries(lab.physicalNetworks ?? { datacentre: { flat: true, vlans: ['1:1000'] } });
  return {
    'neutron::plugins::ml2::flat_networks': networks.filter(([, { flat }]) => flat).map(([name]) => name),
    'neutron::plugins::ml2::network_vlan_ranges': networks.flatMap(([name, { vlans }]) =>
      vlans.map((ids) => `${name}:${ids}`),
    ),
  };
}

function bridges({ file }: FactSources): string[] {
  const mappings = Object.entries(file.bridges).map(([network, bridge]) => `${network}:${bridge}`);
  return mappings.length > 0 ? mappings : ['datacentre:br-ex'];
}

/** An edge site with Ceph runs cinder-volume on its nodes with etcd. */
function hasEdgeVolumes({ site }: FactSources, role: Role): boolean {
  return site.kind === 'edge' && role.etcd && site.cluster !== undefined;
}

function services(all: FactSources, role: Role): string[] {
  const { lab, site, file, cluster } = all;
  const has = (service: string) => role.services.includes(service);
  const own = site.cluster !== undefined;
  const edgeVolumes = hasEdgeVolumes(all, role);
  const present: Record<string, boolean> = {
    ceph_client: cluster !== undefined && (role.compute || role.glance || role.volumes),
    ceph_mgr: own && role.mon,
    ceph_mon: own && role.mon,
    ceph_osd: own && role.osd,
    chrony: file.ntpServers.length > 0,
    cinder_volume: has('CinderVolume') || edgeVolumes,
    etcd: edgeVolumes,
    glance_api: role.glance && site.kind === 'control-plane',
    glance_api_edge: role.glance && site.kind === 'edge',
    haproxy: has('HAproxy'),
    // At an edge site, computes without a glance-api reach the site's through this haproxy.
    haproxy_edge: site.kind === 'edge' && role.compute && !role.glance,
    nova_compute: role.compute,
    swift_proxy: has('SwiftProxy') && lab.topology === 'cache',
    swift_storage: has('SwiftStorage') && lab.topology === 'cache',
  };
  return Object.keys(present).filter((name) => present[name]);
}

function ceph({ lab, site, file, cluster, fsids }: FactSources): Facts {
  if (cluster === undefined) {
    return {};
  }
  const home = `/home/${lab.undercloud.user}`;
  const central = centralStoreSite(lab.sites);
  const others = lab.topology === 'multistore' && site.kind !== 'central' ? otherStores(lab, site) : [];
  return {
    'ceph/cluster': cluster,
    'ceph/fsid': fsids[cluster],
    // A client creates no pools in another site's cluster.
    'ceph/pools': [...(site.cluster?.pools ?? [])].sort(),
    'ceph/client variables':
      file.ceph.kind === 'client'
        ? `${home}/dcn/${lab.name}/${centralCeph(central).variables}`
        : `${home}/overcloud-deploy/${site.stack}/ceph_client.yml`,
    'ceph/external': Object.fromEntries(
      others.map(({ cluster: name }) => [name, fsids[name as string]]),
    ) as unknown,
  };
}

/** Computes are in the availability zone by which users choose the site. */
function zone({ site, file }: FactSources): Facts {
  const computes = site.nodes.some(({ role }) => roleAt(site, role).compute);
  return computes ? { zone: [file.zone, file.zone] } : {};
}

/** A site without a cluster keeps TripleO's default, `ceph`. */
function confOf(cluster: string | undefined): string {
  return `/etc/ceph/${cluster ?? 'ceph'}.conf`;
}

function fsidOf(fsids: Record<string, string>, cluster: string | undefined): string {
  return fsids[cluster ?? ''] ?? `the fsid of ${cluster}`;
}
