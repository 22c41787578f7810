import { defaultDriveGroup } from '../driveGroups';
import type { Topology } from '../lab';
import { externalCeph } from '../names';
import { findRoleAt } from '../roles';
import { poolParameter } from '../tripleo/ceph';
import type { LabValues } from './fit';
import type { Noter } from './notes';
import type { SurveyedSite } from './stacks';
import type { SurveyedStack } from './survey';
import { listIn, mapIn, numberIn, textIn } from './values';

/** Whether `ceph deploy` made a cluster for a stack. */
export function hasCluster({ ceph, parameters }: SurveyedStack): boolean {
  return ceph !== null || parameters.DeployedCeph === true;
}

/** The lab file's keys of a site's cluster and store, with all their values. */
export function cephValues(topology: Topology, site: SurveyedSite, note: Noter): LabValues {
  const { stack, name } = site;
  const { parameters, ceph } = stack;
  const place = `glance-dcn:sites.${name}.ceph`;
  const cluster = ceph?.cluster ?? textIn(parameters, 'CephClusterName');
  const user = ceph?.user || textIn(parameters, 'CephClientUserName');
  const size = numberIn(parameters, 'CephPoolDefaultSize');
  const isAlone = name === externalCeph;
  const store = textIn(parameters, 'GlanceBackendID');
  if (size === undefined && !isAlone) {
    const what = 'no parameter gives the number of copies, so it is TripleO’s default here';
    note('guess', `${place}.poolSize`, what, 'Compare it with `ceph osd pool ls detail`');
  }
  return {
    ...(cluster !== undefined && { cluster }),
    ...(store !== undefined && topology === 'multistore' && { store }),
    ...devicesOf(site, note),
    ...(!isAlone && { poolSize: size ?? 3 }),
    pools: poolsOf(parameters, topology, size, place, note),
    ...(user !== undefined && { user }),
  };
}

function poolsOf(
  parameters: SurveyedStack['parameters'],
  topology: Topology,
  poolSize: number | undefined,
  place: string,
  note: Noter,
): LabValues {
  const keys = (['images', 'vms', 'volumes'] as const).filter(
    (key) => key !== 'images' || topology === 'multistore',
  );
  const entries = listIn(parameters, 'CephPools').map((entry) => mapIn({ entry }, 'entry'));
  const names = keys.map((key) => textIn(parameters, poolParameter[key]) ?? key);
  const others = entries.map((entry) => textIn(entry, 'name') ?? '').filter((name) => !names.includes(name));
  if (others.length > 0) {
    const what = `the cluster has the pools ${others.join(', ')}, too, which a lab file cannot name`;
    note('unmapped', `${place}.pools`, what, 'The next deployment leaves them as they are');
  }
  return Object.fromEntries(
    keys.map((key, position) => {
      const name = names[position]!;
      const entry = entries.find((candidate) => candidate.name === name) ?? {};
      const isFixed = [entry.pg_autoscale_mode, entry.pg_autoscale].some(
        (mode) => mode === 'off' || mode === false,
      );
      const size = numberIn(entry, 'size');
      const pgNum = numberIn(entry, 'pg_num');
      const ratio = numberIn(entry, 'target_size_ratio');
      const rule = textIn(entry, 'rule_name');
      return [
        key,
        {
          name,
          ...(size !== undefined && size > 1 && size !== poolSize && { size }),
          ...(isFixed && pgNum !== undefined && { pgNum }),
          ...(ratio !== undefined && { targetSizeRatio: ratio }),
          ...(rule !== undefined && { rule }),
        },
      ];
    }),
  );
}

/** The disks that became OSDs, by the specification that `ceph deploy` made. */
function devicesOf(site: SurveyedSite, note: Noter): LabValues {
  const { name, stack } = site;
  const place = `glance-dcn:sites.${name}.ceph.devices`;
  const hosts = stack.hosts.filter(({ role }) => findRoleAt(site, role)?.osd);
  const [spec, ...more] = stack.specs;
  if (!spec) {
    const remedy = 'Write the disks as `ceph orch ls osd --export` has them';
    note(
      'unseen',
      place,
      '`ceph deploy` has left no specification of OSDs; written is what a lab has by default',
      remedy,
    );
    return {};
  }
  const isOfAll = hosts.every((host) => spec.hosts.some((one) => one.split('.')[0] === host.name));
  if (more.length > 0 || spec.id !== defaultDriveGroup || !isOfAll) {
    const what = 'the hosts have OSDs by several specifications; written is the first one';
    note('unmapped', place, what, 'Write those of roles into devicesByRole, those of nodes at the nodes');
  }
  const { data_devices: data } = spec;
  const others = Object.fromEntries(
    Object.entries(spec).filter(([key]) => !['id', 'hosts', 'data_devices'].includes(key)),
  );
  const keys = Object.keys(data ?? {});
  const isShort = Object.keys(others).length === 0 && keys.length === 1;
  if (isShort && data?.all === true) {
    return { devices: 'all' };
  }
  return {
    devices:
      isShort && Array.isArray(data?.paths) ? data.paths : { ...(data && { data_devices: data }), ...others },
  };
}
