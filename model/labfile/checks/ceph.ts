import { externalCeph } from '../../names';
import { isSingleHost } from '../../roles';
import type { SiteKind } from '../../types';
import { type Finding, labPath } from '../findings';
import { own } from '../own';
import type { ResolvedLab, ResolvedSite } from '../resolve';
import { checkCephUser } from './cephUser';
import { checkDevices, checkNodesWithoutOsd, osdsOfOnlyHost } from './devices';
import { defaultRule } from '../schema/pools';

/** How many of a site's nodes have a role with a property. */
export function count(
  { nodes }: ResolvedSite,
  property: 'mon' | 'osd' | 'etcd' | 'glance' | 'volumes',
): number {
  return nodes.filter(({ role }) => role[property]).length;
}

/** Roles with OSDs, by kind of site. */
export const cephRoles: Record<Exclude<SiteKind, 'central'>, string> = {
  'external-ceph': 'CephAll',
  'control-plane': 'CephStorage or ComputeHCI',
  edge: 'DistributedComputeHCI or CephAll',
};

/** Roles with monitors, by kind of site. */
export const monitorRoles: typeof cephRoles = { ...cephRoles, 'control-plane': 'CephAll' };

const deviceKeys = ['devices', 'devicesByRole'] as const;

/** Finds keys of Ceph that only another site can have. */
export function checkCephKeys(lab: ResolvedLab, site: ResolvedSite): Finding[] {
  const { name, written } = site;
  const at = labPath('sites', name, 'ceph');
  const misplaced = written.ceph.existing !== undefined && name !== externalCeph;
  const message = 'is only for a Ceph cluster outside of all overclouds';
  const remedy =
    lab.topology === 'cache'
      ? "Take it out: in the topology cache images are in the control plane's Swift"
      : `Take it out, or add a site ${externalCeph} with it`;
  const existing = !misplaced && written.ceph.existing !== undefined;
  const ofNewCluster = existing
    ? [
        ...([...deviceKeys, 'poolSize', 'config'] as const)
          .filter((key) => written.ceph[key] !== undefined)
          .map((key): string[] => [key]),
        ...Object.entries(written.ceph.pools ?? {}).flatMap(
          ([pool, { size, pgNum, targetSizeRatio, rule }]) =>
            Object.entries({ size, pgNum, targetSizeRatio, rule: rule === defaultRule ? undefined : rule })
              .filter(([, value]) => value !== undefined)
              .map(([key]) => ['pools', pool, key]),
        ),
      ]
    : [];
  return [
    ...checkOwnCephKeys(lab, site),
    ...checkNodesWithoutOsd(site),
    ...checkBackups(lab, site),
    ...checkPoolNames(site),
    ...checkCephUser(site),
    ...ofNewCluster.map((keys) => ({
      at: [...at, ...keys],
      message: 'is for a cluster that the lab makes, and this one exists already',
      remedy: 'Take it out',
    })),
    ...(lab.topology === 'cache' && written.ceph.pools?.images
      ? [
          {
            at: [...at, 'pools', 'images'],
            message: 'is for the topology multistore',
            remedy: "Take it out: in the topology cache images are in the control plane's Swift",
          },
        ]
      : []),
    ...(misplaced ? [{ at: [...at, 'existing'], message, remedy }] : []),
  ];
}

/** Finds pools of a cluster with the same name. */
function checkPoolNames({ name, pools, written }: ResolvedSite): Finding[] {
  const keys = Object.keys(pools) as (keyof typeof pools)[];
  return keys.flatMap((key, position): Finding[] => {
    const owner = keys.slice(0, position).find((other) => pools[other].name === pools[key].name);
    if (owner === undefined) {
      return [];
    }
    // The other one may have the name by its key.
    const at = written.ceph.pools?.[key]?.name === undefined ? owner : key;
    return [
      {
        at: labPath('sites', name, 'ceph', 'pools', at, 'name'),
        value: pools[key].name,
        message: `is the name of two pools, ${owner} and ${key}`,
        remedy: 'Write a name that no other pool of the cluster has',
      },
    ];
  });
}

/** Finds cinder-backup at a client of a cluster that the lab makes: an overcloud adds a pool for backups to its own cluster only. */
function checkBackups({ topology, sites }: ResolvedLab, { name, ownCeph, written }: ResolvedSite): Finding[] {
  const made = sites.some((site) => site.kind === 'external-ceph' && !site.written.ceph.existing);
  if (topology === 'cache' || ownCeph || !made) {
    return [];
  }
  return written.environments.flatMap((value, position): Finding[] =>
    value.endsWith('/cinder-backup.yaml')
      ? [
          {
            at: labPath('sites', name, 'environments', position),
            value,
            message: `needs a pool for backups, which the cluster of ${externalCeph} does not have`,
            remedy: `Take it out, or give the site its own Ceph cluster, or ${externalCeph} an existing one: ceph: { existing: … }`,
          },
        ]
      : [],
  );
}

/** Finds keys of a cluster at a site without its own cluster. In the topology `cache` no site has a key `store`. */
function checkOwnCephKeys(lab: ResolvedLab, { name, kind, ownCeph, written }: ResolvedSite): Finding[] {
  if (ownCeph) {
    return [];
  }
  const cached = lab.topology === 'cache';
  const role = kind === 'edge' ? 'DistributedComputeHCI' : 'CephStorage';
  const [message, remedy] = cached
    ? [
        'is for a Ceph cluster, and the site has no node with an OSD',
        `Take it out, or give a node the role ${role}`,
      ]
    : [
        `is for a cluster of its own, and this site is a client of ${externalCeph}`,
        `Take it out, or write it at ${externalCeph}`,
      ];
  const keys = [
    'cluster',
    ...(cached ? [] : ['store' as const]),
    ...deviceKeys,
    'poolSize',
    'pools',
    'user',
    'config',
  ] as const;
  return keys
    .filter((key) => written.ceph[key] !== undefined)
    .map((key) => ({
      at: labPath('sites', name, 'ceph', key),
      value: written.ceph[key],
      message,
      remedy,
    }));
}

interface Places {
  count: number;
  of: 'host with OSDs' | 'OSD';
}

/** Number of places that can each hold one copy of an object: the hosts with OSDs, or the OSDs of the only host. */
function placesOfCopies(site: ResolvedSite): Places {
  if (!isSingleHost(site.nodes.map(({ role }) => role))) {
    return { count: count(site, 'osd'), of: 'host with OSDs' };
  }
  return { count: osdsOfOnlyHost(site), of: 'OSD' };
}

function tooManyCopies({ count, of }: Places): { message: string; remedy: string } {
  return {
    message: `is more copies than Ceph can place: each must be on a different ${of}`,
    remedy: `Write at most ${count}, or add hosts with OSDs`,
  };
}

/** Whether a site has the services that its kind needs: checkSites reports a control plane without Controllers. */
function hasServices({ kind, nodes }: ResolvedSite): boolean {
  return kind !== 'control-plane' || nodes.some(({ role }) => role.services.includes('Keystone'));
}

/** Checks the OSDs, monitors and pools of a site with its own cluster. */
export function checkCeph(lab: ResolvedLab, site: ResolvedSite): Finding[] {
  const { name, kind, written } = site;
  const at = labPath('sites', name);
  const findings: Finding[] = [];
  if (kind === 'central') {
    return [];
  }
  if (count(site, 'osd') === 0) {
    findings.push({
      at: [...at, 'nodes'],
      message: 'has no node with an OSD, and each site has its store in a Ceph cluster of its own',
      remedy: `Give a node the role ${cephRoles[kind]}`,
    });
  } else if (hasServices(site) && count(site, 'mon') === 0) {
    findings.push({
      at: [...at, 'nodes'],
      message: 'has OSDs and no Ceph monitor',
      remedy: `Give one node, or three, the role ${monitorRoles[kind]}`,
    });
  }
  const { poolSize } = written.ceph;
  const places = placesOfCopies(site);
  if (poolSize !== undefined && count(site, 'osd') > 0 && poolSize > places.count) {
    findings.push({
      at: [...at, 'ceph', 'poolSize'],
      value: poolSize,
      ...tooManyCopies(places),
    });
  }
  return [...findings, ...checkDevices(lab, site), ...checkPools(site, places), ...checkConfig(lab, site)];
}

const ofNetworks = 'Take it out: it follows from the networks of the lab file';
const ofPools =
  'Take it out, and write pools: { …: { pgNum: … } }: `overcloud deploy` sets it by CephPoolDefaultPgNum';
const ofCluster = 'Take it out: `ceph deploy` sets it for the cluster that it makes';

/** Options of Ceph that follow from other keys or belong to `ceph deploy`, with the remedy. */
const managedOptions: Record<string, string> = {
  osd_pool_default_size: 'Take it out, and write poolSize',
  osd_pool_default_pg_num: ofPools,
  osd_pool_default_pgp_num: ofPools,
  osd_crush_chooseleaf_type: 'Take it out: it follows from the number of hosts with OSDs',
  public_network: ofNetworks,
  cluster_network: ofNetworks,
  ms_bind_ipv4: ofNetworks,
  ms_bind_ipv6: ofNetworks,
  fsid: ofCluster,
  mon_host: ofCluster,
  mon_initial_members: ofCluster,
  container_image: 'Take it out: undercloud.containerPrepare names the file with the image',
};

/**
 * Finds settings of a cluster that something else sets, too: the plan, `ceph deploy`, or TripleO by a parameter; and settings of a module
 * that the managers do not have.
 */
function checkConfig({ provisioner, sandbox }: ResolvedLab, { name, written }: ResolvedSite): Finding[] {
  const withoutCephadm = provisioner === 'sandbox' && sandbox.tripleo === 'quick';
  const overrides = written.parameters.CephConfigOverrides as
    Record<string, Record<string, unknown>> | undefined;
  return Object.entries(written.ceph.config ?? {}).flatMap(([section, options]) =>
    Object.entries(options ?? {}).flatMap(([option, value]): Finding[] => {
      const remedy = own(managedOptions, option);
      const at = labPath('sites', name, 'ceph', 'config', section, option);
      if (remedy) {
        return [{ at, value, message: 'cannot be set by a site', remedy }];
      }
      if (withoutCephadm && option.startsWith('mgr/cephadm/')) {
        const message = 'is of the module cephadm, which the managers of the sandbox do not have';
        return [
          { at, value, message, remedy: 'Take it out, or write glance-dcn:sandbox: { tripleo: full }' },
        ];
      }
      return own(own(overrides ?? {}, section) ?? {}, option) === undefined
        ? []
        : [
            {
              at,
              value,
              message:
                'is in CephConfigOverrides of the site’s parameters, too, which `overcloud deploy` sets',
              remedy: 'Take one of them out',
            },
          ];
    }),
  );
}

/** Checks the settings of the pools of a site's cluster. */
function checkPools({ name, kind, written }: ResolvedSite, places: Places): Finding[] {
  const { CephCrushRules: rules } = written.parameters;
  const ruleNames = Array.isArray(rules)
    ? rules.map((rule) => (rule as { name?: unknown } | null)?.name)
    : [];
  return Object.entries(written.ceph.pools ?? {}).flatMap(
    ([pool, { size, pgNum, targetSizeRatio, rule }]) => {
      const at = labPath('sites', name, 'ceph', 'pools', pool);
      const found: Finding[] = [];
      if (size !== undefined && size > places.count) {
        found.push({ at: [...at, 'size'], value: size, ...tooManyCopies(places) });
      }
      if (pgNum !== undefined && targetSizeRatio !== undefined) {
        found.push({
          at: [...at, 'targetSizeRatio'],
          value: targetSizeRatio,
          message: 'is for the autoscaler, which a pool with pgNum does not have',
          remedy: 'Take out pgNum or targetSizeRatio',
        });
      }
      if (rule !== defaultRule && !ruleNames.includes(rule)) {
        found.push({
          at: [...at, 'rule'],
          value: rule,
          message: 'is a CRUSH rule that the cluster does not have',
          remedy:
            kind === 'external-ceph'
              ? 'Take it out: only an overcloud makes rules'
              : `Write parameters: { CephCrushRules: [{ name: ${rule}, root: default, type: host, class: … }] }, or take it out`,
        });
      }
      return found;
    },
  );
}
