import type { DeployedCeph, ExistingCeph, Lab, LabCeph, LabSite } from '../lab';
import { osdsOf } from '../driveGroups';
import type { CephSection } from '../labfile/schema/cephConfig';
import { defaultRule, type PoolKey, type Pools } from '../labfile/schema/pools';
import { defaultUser } from '../labfile/schema/site';
import { isSingleHost, type Role, roleAt } from '../roles';
import { toYaml } from './yaml';

/** Pools of the clusters of a lab, by the service that uses each. With Glance's data in Swift, Glance has no pool. */
export function poolKeys(lab: Lab): PoolKey[] {
  return [...(lab.topology === 'cache' ? [] : ['images' as const]), 'vms', 'volumes'];
}

/** Names of the RBD pools of a cluster. */
export function poolsOf(lab: Lab, { pools }: DeployedCeph | ExistingCeph): string[] {
  return poolKeys(lab).map((key) => pools[key].name);
}

/** Those names of a cluster's pools that differ from TripleO's default names for Glance, Nova and Cinder (THT cephadm/ceph-base.yaml). */
export function poolNames(lab: Lab, pools: Pools): Partial<Record<PoolKey, string>> {
  return Object.fromEntries(
    poolKeys(lab).flatMap((key) => (pools[key].name === key ? [] : [[key, pools[key].name]])),
  );
}

/** TripleO's parameters of the names of pools. */
export const poolParameter: Record<PoolKey, string> = {
  images: 'GlanceRbdPoolName',
  vms: 'NovaRbdPoolName',
  volumes: 'CinderRbdPoolName',
};

/** Those of the names that differ from the defaults, for the cluster that a site works with. */
export function poolParameters(lab: Lab, ceph: LabCeph): Record<string, string> {
  const names = ceph.kind === 'none' ? {} : poolNames(lab, ceph.pools);
  return Object.fromEntries(
    Object.entries(names).map(([key, name]) => [poolParameter[key as PoolKey], name]),
  );
}

/**
 * The pools for TripleO's Ceph role, which has no default `application` (tripleo-ansible tripleo_cephadm/tasks/pools.yaml). Since
 * May 2023 the role reads only `pg_num`, `rule_name`, `pg_autoscale` and `target_size_ratio` of these settings, and changes no
 * pool that exists; before, it did not know `pg_autoscale`. `kit ceph pools` sets them with every release.
 */
function poolEntries(lab: Lab, ceph: DeployedCeph) {
  return poolKeys(lab).map((key) => {
    const { name, pgNum, targetSizeRatio, rule } = ceph.pools[key];
    const size = sizeOf(ceph, key);
    return {
      name,
      application: 'rbd',
      pg_num: pgNum ?? 16,
      ...(pgNum !== undefined && { pgp_num: pgNum, pg_autoscale_mode: 'off', pg_autoscale: 'off' }),
      ...(targetSizeRatio !== undefined && { target_size_ratio: targetSizeRatio }),
      ...(size !== undefined && { size }),
      rule_name: rule,
    };
  });
}

/**
 * Copies of each object in a pool. Undefined for one copy, which new pools have by Ceph's own default: Ceph refuses to
 * lower a pool to it.
 */
function sizeOf({ pools, poolSize }: DeployedCeph, key: PoolKey): number | undefined {
  const size = pools[key].size ?? poolSize;
  return size > 1 ? size : undefined;
}

/**
 * The settings of pools for `kit ceph pools --pool`. The default rule is not among them: a pool may have another one by
 * an operator's hand.
 */
export function poolSettings(lab: Lab, ceph: DeployedCeph): string[] {
  return poolKeys(lab).flatMap((key) => {
    const { name, pgNum, targetSizeRatio, rule } = ceph.pools[key];
    const settings = {
      size: sizeOf(ceph, key),
      pg_num: pgNum,
      target_size_ratio: targetSizeRatio,
      crush_rule: rule === defaultRule ? undefined : rule,
    };
    const words = Object.entries(settings).flatMap(([setting, value]) =>
      value === undefined ? [] : [`${setting}=${value}`],
    );
    return words.length > 0 ? [[name, ...words].join(',')] : [];
  });
}

/**
 * ceph_vars.yaml, for `ceph deploy --ansible-extra-vars`, where no overcloud makes pools and user later. The user has no
 * `key` here: `kit ceph keys` adds the key on the undercloud, so that it is in no plan. Without `tripleo_cephadm_keys` the
 * client would make another key in each run, and replace that of the cluster's clients.
 */
export function cephVars(lab: Lab, ceph: DeployedCeph): string {
  const osd = poolsOf(lab, ceph)
    .map((name) => `profile rbd pool=${name}`)
    .join(', ');
  const caps = { mgr: 'allow *', mon: 'profile rbd', osd };
  return toYaml({
    tripleo_cephadm_pools: poolEntries(lab, ceph),
    tripleo_cephadm_keys: [{ name: `client.${ceph.user}`, mode: '0600', caps }],
  });
}

/** The roles of a site's nodes, one for each node. */
export function rolesOf(site: LabSite): Role[] {
  return site.nodes.map(({ role }) => roleAt(site, role));
}

/**
 * initial-ceph.conf, for `ceph deploy --config`: settings that the first pool needs already, and the operator's own, which win.
 * Undefined where Ceph's own defaults are right.
 */
export function initialConf(site: LabSite, { poolSize, config }: DeployedCeph): string | undefined {
  // Nova's guests share the hosts' memory with the OSDs (tripleo-docs features/deployed_ceph.rst, HCI).
  const shared = rolesOf(site).some(({ osd, compute }) => osd && compute);
  const sections = {
    // --single-host-defaults sets 2 if the file has no value.
    global: poolSize !== 3 || isSingleHost(rolesOf(site)) ? { osd_pool_default_size: `${poolSize}` } : {},
    mon: poolSize === 1 ? { mon_warn_on_pool_no_redundancy: 'false' } : {},
    osd: shared ? { osd_memory_target_autotune: 'true', osd_numa_auto_affinity: 'true' } : {},
    mgr: shared ? { 'mgr/cephadm/autotune_memory_target_ratio': '0.2' } : {},
    client: {},
  };
  const blocks = Object.entries(sections).flatMap(([name, options]) => {
    const lines = Object.entries({ ...options, ...config[name as CephSection] }).map((entry) =>
      entry.join(' = '),
    );
    return lines.length > 0 ? [[`[${name}]`, ...lines, ''].join('\n')] : [];
  });
  return blocks.length > 0 ? blocks.join('') : undefined;
}

/** The operator's own settings for `kit ceph config --set`. */
export function configSettings({ config }: DeployedCeph): string[] {
  return Object.entries(config).flatMap(([section, options]) =>
    Object.entries(options).map(([option, value]) => `${section}/${option}=${value}`),
  );
}

/**
 * Parameters of ceph.yaml. CephPoolDefaultSize repeats the value of initial-ceph.conf, because `overcloud deploy` overwrites that
 * (deployed-ceph sets ApplyCephConfigOverridesOnUpdate). An entry of CephPools replaces TripleO's own pool of that name.
 */
export function cephParameters(lab: Lab, site: LabSite, ceph: DeployedCeph): Record<string, unknown> {
  return {
    CephPoolDefaultSize: ceph.poolSize,
    CephPools: poolEntries(lab, ceph),
    ...poolParameters(lab, ceph),
    ...(ceph.user !== defaultUser && { CephClientUserName: ceph.user }),
    ...reservedMemory(site, ceph),
  };
}

/**
 * Memory of hyperconverged hosts that Nova does not give to servers, in MiB: TripleO's default, and 5 GiB for each OSD of the role's host
 * with the most (tripleo-docs features/derived_parameters.rst, HCI). A role's own parameter would win over NovaReservedHostMemory of the
 * site. Where nothing says the number of OSDs, the lab file has the value.
 */
function reservedMemory(site: LabSite, { driveGroups }: DeployedCeph): Record<string, unknown> {
  if (site.parameters.NovaReservedHostMemory !== undefined) {
    return {};
  }
  const hyperconverged = rolesOf(site).filter(({ osd, compute }) => osd && compute);
  return Object.fromEntries(
    hyperconverged.flatMap(({ name }) => {
      const groups = driveGroups.filter(({ nodes }) =>
        site.nodes.some((node) => node.role === name && nodes.includes(node.name)),
      );
      const osds = groups.map(({ devices }) => osdsOf(devices));
      return osds.every((count) => count !== undefined)
        ? [[`${name}Parameters`, { NovaReservedHostMemory: reservedMiB(Math.max(...osds)) }]]
        : [];
    }),
  );
}

/** MiB of memory that a hyperconverged host keeps from servers, by the number of its OSDs. */
function reservedMiB(osds: number): number {
  return 4096 + osds * 5120;
}
