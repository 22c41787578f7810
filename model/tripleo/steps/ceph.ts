import type { DeployedCeph, ExistingCeph, LabSite } from '../../lab';
import { isSingleHost } from '../../roles';
import type { StepPlan, UndercloudPlan } from '../../types';
import { cephVars, configSettings, initialConf, poolSettings, poolsOf, rolesOf } from '../ceph';
import { exportCeph } from '../cephExport';
import { cephSpec, osdSpec } from '../cephSpec';
import { nameOptions, timeOptions } from '../hosts';
import { centralCeph, clientFiles } from '../paths';
import { deleteStack, kit, onUndercloud, overcloud, type SiteContext, step } from './step';

/** `ceph deploy`: the site's cluster. */
export function cephDeploy(context: SiteContext, ceph: DeployedCeph): StepPlan {
  const { lab, site, files, at } = context;
  const conf = initialConf(site, ceph);
  const osds = osdSpec(ceph);
  const prepare = lab.undercloud.containerPrepare;
  // The overcloud of a site creates pools and user itself.
  const alone = site.kind === 'external-ceph';
  return step('ceph-deploy', 90, {
    texts: () => ({
      ...(osds === undefined ? { [files.cephSpec]: cephSpec(lab, site, ceph) } : { [files.osdSpec]: osds }),
      ...(conf && { [files.cephConf]: conf }),
      ...(alone && { [files.cephVars]: cephVars(lab, ceph) }),
    }),
    commands: [
      ...(alone ? [cephKeys(context)] : []),
      overcloud(
        'ceph',
        'deploy',
        '-y',
        '--stack',
        site.stack,
        '--cluster',
        ceph.cluster,
        '--roles-data',
        at(files.roles),
        '--network-data',
        at(files.networkData),
        ...(lab.networks.storage_mgmt ? [] : ['--cluster-network-name', 'storage']),
        ...(osds === undefined ? ['--ceph-spec', at(files.cephSpec)] : ['--osd-spec', at(files.osdSpec)]),
        ...(conf ? ['--config', at(files.cephConf)] : []),
        ...(isSingleHost(rolesOf(site)) ? ['--single-host-defaults'] : []),
        ...timeOptions(site),
        ...nameOptions(lab),
        ...(alone ? ['--force', '--ansible-extra-vars', at(files.cephVarsWithKeys)] : []),
        ...(prepare ? ['--container-image-prepare', prepare] : []),
        '--output',
        at(files.deployedCeph),
        at(files.deployedMetal),
      ),
      ...cephConfig(context, ceph),
      ...cephHierarchy(context, ceph),
      ...(alone ? cephPools(context, ceph) : []),
    ],
    needs: [
      'network-provision',
      'node-provision',
      'roles-generate',
      ...(prepare ? (['container-images'] as const) : []),
    ],
    results: [files.deployedCeph, ...(alone ? [files.cephVarsWithKeys] : [])],
    // Files of `ceph deploy` are deleted with the site's overcloud, if it has one.
    teardown: alone ? [deleteStack(site)] : [],
  });
}

/** Adds keys to the variables of a cluster without an overcloud; the keys stay on the undercloud. */
function cephKeys({ site, undercloud, files, at }: SiteContext): string[] {
  return [
    ...kit(undercloud, 'ceph', 'keys', '--variables', at(files.cephVars)),
    ...['--clients', `${undercloud.home}/overcloud-deploy/${site.stack}/ceph_client.yml`],
    ...['--output', at(files.cephVarsWithKeys)],
  ];
}

/**
 * Whether a site's cluster may have started with one host, as only a role with monitor and OSD allows. --single-host-defaults acts
 * when the cluster is made, and its pools would then keep placing copies on different disks of one host.
 */
function mayHaveGrown(site: LabSite): boolean {
  const present = rolesOf(site);
  return !isSingleHost(present) && present.some(({ mon, osd }) => mon && osd);
}

/** Options of the kit for a cluster, and for the node whose administrator's key it takes. */
function clusterOptions({ site, nodes }: SiteContext, { cluster, monitor }: DeployedCeph): string[] {
  const address = nodes.find(({ name }) => name === monitor.name)?.addresses.ctlplane ?? '';
  return ['--cluster', cluster, '--site', site.name, '--node', monitor.name, '--address', address];
}

/** Gives a cluster the operator's own settings, which `ceph deploy` gives to a new cluster only. */
function cephConfig(context: SiteContext, ceph: DeployedCeph): string[][] {
  const settings = configSettings(ceph).flatMap((setting) => ['--set', setting]);
  const words = ['ceph', 'config', ...clusterOptions(context, ceph), ...settings];
  return settings.length > 0 ? [kit(context.undercloud, ...words)] : [];
}

/**
 * Moves hosts to their places in the CRUSH hierarchy. Ceph reads the places of a Ceph spec only when it makes the buckets of hosts (cephadm
 * module.py _add_host), and by names that differ from those of the OSDs' hosts where these have a domain.
 */
function cephHierarchy(context: SiteContext, ceph: DeployedCeph): string[][] {
  const hosts = Object.entries(ceph.locations).flatMap(([name, location]) => {
    const buckets = Object.entries(location).map((entry) => entry.join('='));
    return ['--host', [name, ...buckets].join(',')];
  });
  const words = ['ceph', 'hierarchy', ...clusterOptions(context, ceph), ...hosts];
  return hosts.length > 0 ? [kit(context.undercloud, ...words)] : [];
}

/** Gives the pools of a cluster those settings that TripleO gives only to new pools, or to none. */
export function cephPools(context: SiteContext, ceph: DeployedCeph): string[][] {
  const { lab, site, undercloud } = context;
  const settings = [
    ...poolSettings(lab, ceph).flatMap((words) => ['--pool', words]),
    ...(mayHaveGrown(site) ? ['--over-hosts'] : []),
  ];
  const words = ['ceph', 'pools', ...clusterOptions(context, ceph), ...settings];
  return settings.length > 0 ? [kit(undercloud, ...words)] : [];
}

/** `export ceph`: the central cluster, for the other sites. */
export function cephExport({ site, at }: SiteContext, { user }: DeployedCeph): StepPlan {
  const { export: exported } = centralCeph(site.name);
  return step('ceph-export', 10, {
    commands: [exportCeph([site.stack], at(exported), user)],
    needs: ['overcloud-config'],
    results: [exported],
  });
}

/**
 * The same without an overcloud: `export ceph` looks for a folder `cephadm`, which its configuration phase would have
 * made, and reads what `ceph deploy` has left beside it (tripleoclient export.py export_ceph).
 */
export function cephExportAlone(
  { site, undercloud, at }: SiteContext,
  { cluster, user }: DeployedCeph,
): StepPlan {
  const exported = centralCeph(site.name);
  const stacks = `${undercloud.home}/overcloud-deploy`;
  return step('ceph-export', 10, {
    commands: [
      ['mkdir', '-p', `${stacks}/${site.stack}/cephadm`],
      [...exportCeph([site.stack], at(exported.export), user), '--config-download-dir', stacks],
      cephClients(site, undercloud),
    ],
    needs: ['ceph-deploy'],
    results: Object.values(exported),
    teardown: [cephRelease(undercloud, cluster, Object.values(exported))],
  });
}

/** The files for clients of a Ceph cluster that exists already, after a check with a client's key. */
export function cephAdopt({ lab, site, undercloud, at }: SiteContext, existing: ExistingCeph): StepPlan {
  const exported = centralCeph(site.name);
  const client = clientFiles(site.name, existing.cluster, existing.user);
  const results = [...Object.values(exported), ...Object.values(client)];
  return step('ceph-export', 10, {
    commands: [
      [
        ...kit(undercloud, 'ceph', 'adopt', '--cluster', existing.cluster, '--fsid', existing.fsid),
        ...existing.monitors.flatMap((address) => ['--monitor', address]),
        ...['--user', existing.user, '--keyring', existing.keyring],
        ...poolsOf(lab, existing).flatMap((pool) => ['--pool', pool]),
        ...['--client-conf', at(client.conf), '--client-keyring', at(client.keyring)],
        ...['--export', at(exported.export)],
      ],
      cephClients(site, undercloud),
    ],
    results,
    teardown: [cephRelease(undercloud, existing.cluster, results)],
  });
}

/** Deletes the files for a cluster's clients; refused while the control plane's store is in the cluster. */
function cephRelease(undercloud: UndercloudPlan, cluster: string, files: string[]): string[] {
  return kit(undercloud, 'ceph', 'release', '--cluster', cluster, ...files.map(onUndercloud(undercloud)));
}

/** Writes the files for clients without their own cluster, from the export. */
function cephClients(site: LabSite, undercloud: UndercloudPlan): string[] {
  const at = onUndercloud(undercloud);
  const { export: exported, parameters, variables } = centralCeph(site.name);
  return [
    ...kit(undercloud, 'ceph', 'clients', '--export', at(exported)),
    ...['--parameters', at(parameters), '--variables', at(variables)],
  ];
}
