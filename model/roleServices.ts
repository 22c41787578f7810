import type { NetworkName, SiteKind } from './names';

/** TripleO's services by which the model tells what a role's nodes are for, without OS::TripleO::Services::. */
export const decidingServices = [
  'CephMon',
  'CephOSD',
  'CinderApi',
  'CinderScheduler',
  'CinderVolume',
  'CinderVolumeEdge',
  'Etcd',
  'GlanceApi',
  'GlanceApiEdge',
  'HAproxy',
  'HAproxyEdge',
  'Keystone',
  'MySQL',
  'NeutronApi',
  'NovaApi',
  'NovaCompute',
  'NovaConductor',
  'NovaScheduler',
  'OVNController',
  'OVNDBs',
  'OsloMessagingRpc',
  'PlacementApi',
  'Redis',
  'SwiftProxy',
  'SwiftStorage',
] as const;

/** One of the services that decide what a role's nodes are for. */
export type DecidingService = (typeof decidingServices)[number];

/** Services that a control plane has on one node at least; with the topology `cache` also those of Swift. */
export const controlPlaneServices: readonly DecidingService[] = [
  'Keystone',
  'GlanceApi',
  'HAproxy',
  'MySQL',
  'OsloMessagingRpc',
  'NovaApi',
  'NovaConductor',
  'NovaScheduler',
  'PlacementApi',
  'NeutronApi',
  'OVNDBs',
  'CinderApi',
  'CinderScheduler',
  'CinderVolume',
];

/** Services that only an edge site has (THT environments/dcn.yaml). */
export const edgeServices: readonly DecidingService[] = ['GlanceApiEdge', 'HAproxyEdge', 'CinderVolumeEdge'];

/** For each service that needs another one on its host: services of which one is enough, and what the first of them does. */
export const companions: readonly {
  of: readonly string[];
  one: readonly [string, ...string[]];
  because: string;
}[] = [
  {
    of: ['NovaCompute'],
    one: ['NovaAZConfig'],
    because: 'puts hosts into the availability zone of the site',
  },
  { of: ['NovaCompute'], one: ['NovaLibvirt', 'NovaLibvirtLegacy'], because: 'runs the servers' },
  { of: ['CephMon'], one: ['CephMgr'], because: 'each host with a monitor has' },
  { of: ['CephMgr'], one: ['CephMon'], because: 'each host with a manager has' },
  // THT's resource registry gives these services by their templates for Pacemaker.
  {
    of: ['HAproxy', 'MySQL', 'OsloMessagingRpc', 'CinderVolume'],
    one: ['Pacemaker', 'PacemakerRemote'],
    because: 'starts it',
  },
];

/** Services that TripleO does not clear away when a role loses them: data, members of clusters, or records of the host stay behind. */
export const keptServices: readonly DecidingService[] = [
  'CephMon',
  'CephOSD',
  'CinderVolume',
  'CinderVolumeEdge',
  'Etcd',
  'HAproxy',
  'MySQL',
  'NovaCompute',
  'OVNController',
  'OVNDBs',
  'OsloMessagingRpc',
  'Redis',
  'SwiftStorage',
];

/** What a role's services mean for its nodes. */
export interface Duties {
  mon: boolean;
  osd: boolean;
  /** Runs etcd at the edge, for cinder-volume's active/active. */
  etcd: boolean;
  compute: boolean;
  /** Runs ovn-controller, to which bridges of provider networks belong. */
  ovnController: boolean;
  /** Runs a glance-api: the control plane's, or the edge's own. */
  glance: boolean;
  /** Runs cinder-volume. */
  volumes: boolean;
  /** Chooses hosts for servers and volumes, and so reads the zone of those without one. */
  schedules: boolean;
  /**
   * May hold virtual addresses of the control plane: Pacemaker puts those of OVNDBs and Redis beside these services (puppet-tripleo
   * ovn_dbs_bundle.pp, redis_bundle.pp).
   */
  virtualAddresses: boolean;
}

/** What services mean for the nodes that have them. */
export function dutiesOf(services: ReadonlySet<string>): Duties {
  const any = (...names: DecidingService[]) => names.some((name) => services.has(name));
  return {
    mon: any('CephMon'),
    osd: any('CephOSD'),
    etcd: any('Etcd') && any(...edgeServices),
    compute: any('NovaCompute'),
    ovnController: any('OVNController'),
    glance: any('GlanceApi', 'GlanceApiEdge'),
    volumes: any('CinderVolume', 'CinderVolumeEdge'),
    schedules: any('NovaApi', 'NovaScheduler', 'CinderApi', 'CinderScheduler'),
    virtualAddresses: any('HAproxy', 'OVNDBs', 'Redis'),
  };
}

/** Whether services are those of a Ceph cluster alone. */
function isCephAlone(services: ReadonlySet<string>): boolean {
  const deciding = decidingServices.filter((name) => services.has(name));
  return deciding.length > 0 && deciding.every((name) => name === 'CephMon' || name === 'CephOSD');
}

/**
 * Kinds of site in which a role with these services belongs. At an edge site servers get their images from the site's own
 * glance-apis, on their host or behind its HAproxyEdge.
 */
export function kindsOf(services: ReadonlySet<string>): SiteKind[] {
  if (edgeServices.some((name) => services.has(name))) {
    return ['edge'];
  }
  if (isCephAlone(services)) {
    return ['external-ceph', 'control-plane', 'edge'];
  }
  const { compute, mon, osd } = dutiesOf(services);
  return compute && !mon && !osd ? ['control-plane', 'central'] : ['control-plane'];
}

/** Host numbers of nodes with these services: `first` + the number at the end of the node's name, below `end`. */
export function blockOf(services: ReadonlySet<string>): { first: number; end: number } {
  if (dutiesOf(services).compute) {
    return { first: 70, end: 200 };
  }
  return isCephAlone(services) ? { first: 30, end: 70 } : { first: 10, end: 30 };
}

/**
 * The networks that services need, and the service that needs each (THT network/service_net_map.j2.yaml). With HAproxy Pacemaker puts a virtual address
 * on each network that has one (puppet-tripleo haproxy_bundle.pp network_virtual_ips), and finds no interface for it where a host is not on the network.
 */
export function networksOfServices(services: ReadonlySet<string>): [NetworkName, DecidingService][] {
  const needs: [NetworkName, DecidingService[]][] = [
    [
      'internal_api',
      decidingServices.filter((name) => name !== 'CephMon' && name !== 'CephOSD' && name !== 'SwiftStorage'),
    ],
    [
      'storage',
      [
        'CephMon',
        'CephOSD',
        'GlanceApi',
        'GlanceApiEdge',
        'NovaCompute',
        'CinderVolume',
        'CinderVolumeEdge',
        'SwiftProxy',
        'HAproxy',
      ],
    ],
    ['storage_mgmt', ['CephOSD', 'SwiftStorage', 'HAproxy']],
    ['tenant', ['OVNController', 'NovaCompute']],
    ['external', ['HAproxy']],
  ];
  return needs.flatMap(([network, names]): [NetworkName, DecidingService][] => {
    const service = names.find((name) => services.has(name));
    return service === undefined ? [] : [[network, service]];
  });
}
