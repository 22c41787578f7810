import { type DecidingService, controlPlaneServices } from '../../roleServices';
import { servicePrefix } from '../../tripleo/serviceNames';
import type { SiteKind } from '../../types';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { OwnCeph, ResolvedLab, ResolvedSite } from '../resolve';
import { monitorRoles, checkCeph, checkCephKeys, count } from './ceph';

/** Checks clusters and stores of sites, and whether a site's nodes are enough for its services. */
export function checkSites(lab: ResolvedLab, seen: SitesSeen): Finding[] {
  const { sites } = lab;
  const withCluster = sites.flatMap((site) => (site.ownCeph ? [{ ...site, ownCeph: site.ownCeph }] : []));
  const stores = lab.topology === 'multistore';
  const isWhole = ({ name, nodes }: ResolvedSite) => !seen.partial.has(name) && nodes.length > 0;
  return [
    ...unique(withCluster, 'cluster'),
    ...(stores ? unique(withCluster, 'store') : []),
    ...withCluster.flatMap(checkCluster),
    ...(stores ? withCluster.flatMap(checkStore) : []),
    ...sites.flatMap((site) => checkCache(lab, site)),
    ...sites.flatMap((site) => checkCephKeys(lab, site)),
    ...sites.flatMap(checkOvercloudKeys),
    ...sites.filter(isWhole).flatMap((site) => checkRoles(lab, site)),
    ...withCluster.filter(isWhole).flatMap((site) => checkCeph(lab, site)),
  ];
}

type SiteWithCluster = ResolvedSite & { ownCeph: OwnCeph };

/** Finds keys of an overcloud at a site without one. */
function checkOvercloudKeys({ name, kind, written }: ResolvedSite): Finding[] {
  if (kind !== 'external-ceph') {
    return [];
  }
  const message = 'is for an overcloud, and this site is a Ceph cluster without one';
  const remedy = 'Take it out; write it at the sites with the overclouds that need it';
  const keys = (['bridges', 'parameters', 'environments'] as const).filter(
    (key) => Object.keys(written[key]).length > 0,
  );
  return keys.map((key) => ({ at: labPath('sites', name, key), message, remedy }));
}

/** Finds clusters, or stores, with the name of another site's. */
function unique(sites: SiteWithCluster[], what: 'cluster' | 'store'): Finding[] {
  const owners = new Map<string, { name: string; cluster: string }>();
  return sites.flatMap(({ name, ownCeph: { cluster, id: store }, written: { ceph } }) => {
    const id = what === 'cluster' ? cluster : store;
    const owner = owners.get(id);
    owners.set(id, owner ?? { name, cluster });
    if (owner === undefined) {
      return [];
    }
    // Both stores have the names of their clusters: the finding about the clusters covers them.
    if (what === 'store' && id === cluster && owner.cluster === cluster) {
      return [];
    }
    const written = ceph[what];
    return [
      {
        at: labPath('sites', name, ...(written ? ['ceph', what] : [])),
        ...(written && { value: written }),
        message: `has the ${what} ${id}, which ${owner.name} has already`,
        remedy: `Write ceph: { ${what}: … } with a name that no other site has`,
      },
    ];
  });
}

function checkStore({ name, ownCeph }: SiteWithCluster): Finding[] {
  const store = ownCeph.id;
  return store.toLowerCase().startsWith('os_glance_')
    ? [
        {
          at: labPath('sites', name, 'ceph', 'store'),
          value: store,
          message: 'starts with os_glance_, which Glance reserves for itself',
          remedy: 'Write another id, such as the name of the site',
        },
      ]
    : [];
}

function checkCluster({ name, ownCeph }: SiteWithCluster): Finding[] {
  if (/^[a-zA-Z0-9]+$/.test(ownCeph.cluster)) {
    return [];
  }
  return [
    {
      at: labPath('sites', name),
      message: 'cannot be the name of its Ceph cluster: TripleO accepts letters and digits only',
      remedy: `Add ceph: { cluster: ${name.replaceAll('-', '')} }`,
    },
  ];
}

/** Checks the caches of a site, and keys that only the other topology has. */
function checkCache({ topology, images }: ResolvedLab, site: ResolvedSite): Finding[] {
  const { name, kind, written, cacheLimitMiB: limit } = site;
  const { cache } = written;
  const at = labPath('sites', name);
  if (topology === 'multistore') {
    if (!cache) {
      return [];
    }
    const remedy =
      'Take it out: each site has a store here, and servers start from it; or write topology: cache';
    return [{ at: [...at, 'cache'], message: 'is for the topology cache', remedy }];
  }
  const findings: Finding[] = [];
  if (written.ceph.store !== undefined) {
    findings.push({
      at: [...at, 'ceph', 'store'],
      value: written.ceph.store,
      message: 'is for the topology multistore',
      remedy: "Take it out: the only store is the control plane's Swift",
    });
  }
  if (kind === 'control-plane') {
    if (cache) {
      const remedy = 'Take it out, and write it at the edge sites';
      findings.push({
        at: [...at, 'cache'],
        message: 'is for edge sites: this site has Swift itself',
        remedy,
      });
    }
    return findings;
  }
  // The sizes of other sources are not known yet: the kit checks them later.
  const wanted = Object.values(images)
    .filter(({ sites }) => sites.includes(name))
    .reduce((sum, { source }) => sum + ('generated' in source ? source.generated.sizeMiB : 0), 0);
  if (wanted > limit) {
    findings.push({
      at: [...at, ...(cache?.limitMiB === undefined ? [] : ['cache', 'limitMiB'])],
      value: limit,
      message: `is the limit of each cache, and the images that name the site have ${wanted} MiB`,
      remedy: `Write cache: { limitMiB: ${wanted} } or more, or take the site out of images`,
    });
  }
  return findings;
}

/** Checks the numbers of nodes that TripleO, etcd and Ceph monitors need (tripleo-docs distributed_compute_node.rst). */
function checkRoles(lab: ResolvedLab, site: ResolvedSite): Finding[] {
  const { name, kind, ownCeph } = site;
  const found = (message: string, remedy: string) => ({
    at: labPath('sites', name, 'nodes'),
    message,
    remedy,
  });
  if (kind === 'central') {
    return [];
  }
  if (kind === 'control-plane') {
    return checkControlPlane(lab, site, found);
  }
  const findings: Finding[] = [];
  if (kind === 'edge' && count(site, 'glance') === 0) {
    findings.push(
      found(
        'has no glance-api of its own',
        'Give one node, or three, the role DistributedComputeHCI or DistributedCompute',
      ),
    );
  }
  // etcd is for cinder-volume, which an edge site has with Ceph only.
  if (count(site, 'etcd') === 2 && ownCeph) {
    findings.push(
      found(
        'has two nodes with etcd, of which neither is a majority',
        'Write one or three of DistributedComputeHCI or DistributedCompute, and …ScaleOut roles for the others',
      ),
    );
  } else if (count(site, 'mon') === 2) {
    findings.push(twoMonitors(kind, found));
  }
  if (ownCeph && count(site, 'volumes') > 0 && count(site, 'etcd') === 0) {
    findings.push(
      found(
        'has CinderVolumeEdge and no node with Etcd, by which its cinder-volumes share their work',
        `Add ${servicePrefix}Etcd to the role with CinderVolumeEdge`,
      ),
    );
  }
  return findings;
}

type Found = (message: string, remedy: string) => Finding;

function twoMonitors(kind: Exclude<SiteKind, 'central'>, found: Found): Finding {
  return found(
    'has two Ceph monitors, of which neither is a majority',
    `Write one or three of ${monitorRoles[kind]}, and for the others a role without a monitor`,
  );
}

/** Finds services that no node of the control plane has, and services on two nodes that need a majority. */
function checkControlPlane(lab: ResolvedLab, site: ResolvedSite, found: Found): Finding[] {
  const nodes = site.nodes.filter(({ role }) => role.kinds.includes('control-plane'));
  const running = (service: DecidingService) =>
    nodes.filter(({ role }) => role.services.includes(service)).length;
  if (running('Keystone') === 0) {
    return [found('has no Controller', 'Give the role Controller to one node, or to three')];
  }
  if (nodes.filter(({ role }) => role.name === 'Controller').length === 2) {
    return [found('has two Controllers, of which neither is a majority', 'Write one Controller, or three')];
  }
  const needed = [
    ...controlPlaneServices,
    ...(lab.topology === 'cache' ? (['SwiftProxy', 'SwiftStorage'] as const) : []),
  ];
  const missing = needed.filter((service) => running(service) === 0);
  const pairs = (['MySQL', 'OsloMessagingRpc'] as const).filter((service) => running(service) === 2);
  return [
    ...(missing.length > 0
      ? [
          found(
            `has no node with ${missing.join(', ')}`,
            'Give a node a role with these services of TripleO, such as Controller',
          ),
        ]
      : []),
    ...pairs.map((service) =>
      found(
        `has ${service} on two nodes, of which neither is a majority`,
        `Write one or three nodes of roles with ${servicePrefix}${service}`,
      ),
    ),
    ...(site.ownCeph && running('CephMon') === 2 ? [twoMonitors('control-plane', found)] : []),
  ];
}
