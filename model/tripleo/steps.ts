import { centralStoreSite, type DeployedCeph, type ExistingCeph, type Lab, type LabSite } from '../lab';
import { nodeUser } from '../names';
import { isSingleHost } from '../roles';
import type { NodePlan, StepPlan, SubnetPlan, UndercloudPlan } from '../types';
import {
  cephParameters,
  cephVars,
  clientUser,
  initialConf,
  osdSpec,
  poolParameters,
  poolsOf,
  rolesOf,
} from './ceph';
import {
  absolute,
  cephClientEnvironment,
  environmentFiles,
  filesOfOthers,
  glanceParameters,
} from './environments';
import { hostParameters, hostTimeEnvironment, timeOptions } from './hosts';
import { networkParameters } from './networkParameters';
import { composableName, networkData, roleNetworks, vipData } from './networks';
import { neutronParameters } from './neutron';
import { nicFiles, nicParameters } from './nics';
import { baremetal, rolesPresent } from './nodes';
import { centralCeph, clientFiles, shared, type SiteFiles, siteFiles, templates } from './paths';
import { environmentTexts } from './parameters';
import { zoneParameters } from './zones';

/** The input of all steps of one site. */
export interface SiteContext {
  lab: Lab;
  site: LabSite;
  undercloud: UndercloudPlan;
  nodes: NodePlan[];
  /** The site's own subnets. */
  subnets: SubnetPlan[];
  /** The control plane's subnets, then the site's own if it is another. */
  knownSubnets: SubnetPlan[];
  files: SiteFiles;
  /** The absolute path on the undercloud of a file below the lab directory. */
  at: (file: string) => string;
}

/** The TripleO verbs of a site, in order. */
export function siteSteps(known: Omit<SiteContext, 'files' | 'at'>): StepPlan[] {
  const { lab, site, undercloud } = known;
  const context = { ...known, files: siteFiles(site.name), at: onUndercloud(undercloud) };
  const { ceph } = site;
  if (ceph.kind === 'existing') {
    return [cephAdopt(context, ceph)];
  }
  const overcloud = site.kind !== 'external-ceph';
  const central = site.store.kind === 'rbd' && site.name === centralStoreSite(lab.sites);
  return [
    networkProvision(context),
    ...(overcloud ? [vipProvision(context)] : []),
    nodeProvision(context),
    rolesGenerate(context),
    ...containerImages(context),
    ...(ceph.kind === 'deployed' ? [cephDeploy(context, ceph)] : []),
    ...(overcloud ? [overcloudStack(context), overcloudConfig(context)] : []),
    ...(site.kind === 'control-plane' ? [overcloudExport(context)] : []),
    ...(central && overcloud ? [cephExport(context)] : []),
    ...(central && !overcloud && ceph.kind === 'deployed' ? [cephExportAlone(context, ceph)] : []),
  ];
}

function networkProvision({ lab, site, subnets, knownSubnets, files, at }: SiteContext): StepPlan {
  const central = lab.sites[centralStoreSite(lab.sites)];
  // The first site with nodes, on which all others build, is destroyed last and deletes the networks.
  const isLast = site === central || (central?.ceph.kind === 'existing' && site.kind === 'control-plane');
  return step('network-provision', 15, {
    texts: () => ({ [files.networkData]: networkData(lab, knownSubnets) }),
    commands: [
      overcloud(
        'network',
        'provision',
        '-y',
        '--stack',
        site.stack,
        '--output',
        at(files.deployedNetwork),
        at(files.networkData),
      ),
    ],
    results: [files.deployedNetwork],
    lock: 'network',
    teardown: [
      isLast ? overcloud('network', 'unprovision', '-y', at(files.networkData)) : deleteSubnets(subnets),
    ],
  });
}

function vipProvision({ site, files, at }: SiteContext): StepPlan {
  return step('vip-provision', 15, {
    texts: () => ({ [files.vipData]: vipData(site) }),
    commands: [
      overcloud(
        'network',
        'vip',
        'provision',
        '-y',
        '--stack',
        site.stack,
        '--output',
        at(files.deployedVips),
        at(files.vipData),
      ),
    ],
    needs: ['network-provision'],
    results: [files.deployedVips],
    // Only `overcloud delete` removes VIPs; a second one for the same stack succeeds without effect.
    teardown: [deleteStack(site)],
  });
}

function nodeProvision({ site, undercloud, nodes, subnets, files, at }: SiteContext): StepPlan {
  return step('node-provision', 60, {
    texts: () => ({ [files.baremetal]: baremetal(nodes, subnets), ...nicFiles(site) }),
    commands: [
      overcloud(
        'node',
        'provision',
        '-y',
        '--stack',
        site.stack,
        ...nodeAccess(undercloud),
        ...(Object.keys(site.nics).length > 0 ? ['--network-config'] : []),
        '--output',
        at(files.deployedMetal),
        at(files.baremetal),
      ),
    ],
    needs: ['network-provision'],
    results: [files.deployedMetal],
    teardown: [overcloud('node', 'unprovision', '-y', '--all', '--stack', site.stack, at(files.baremetal))],
  });
}

function rolesGenerate({ lab, site, undercloud, nodes, files, at }: SiteContext): StepPlan {
  const generate = overcloud('roles', 'generate', '-o', at(files.roles), ...rolesPresent(nodes));
  const words = roleNetworks(lab, site);
  return step('roles-generate', 5, {
    commands: [
      generate,
      ...(words.length > 0 ? [kit(undercloud, 'roles', 'subnets', '--file', at(files.roles), ...words)] : []),
    ],
    results: [files.roles],
  });
}

/**
 * Deployments upload container images to a local registry only where a role has ContainerImagePrepare, which Controllers alone
 * have. `ceph deploy` runs before any deployment.
 */
function containerImages({ lab, site, undercloud, files, at }: SiteContext): StepPlan[] {
  const settings = lab.undercloud.containerPrepare;
  if (settings === undefined) {
    return [];
  }
  const environments = [settings, at(files.deployedMetal), ...site.environments];
  return [
    step('container-images', 240, {
      commands: [
        [
          ...kit(undercloud, 'containers', 'prepare'),
          ...environments.flatMap((file) => ['--environment', file]),
          ...['--roles', at(files.roles), '--output', at(files.containerImages)],
        ],
      ],
      results: [files.containerImages],
      needs: ['node-provision', 'roles-generate'],
      lock: 'registry',
    }),
  ];
}

function cephDeploy(context: SiteContext, ceph: DeployedCeph): StepPlan {
  const { lab, site, files, at } = context;
  const conf = initialConf(site, ceph);
  const prepare = lab.undercloud.containerPrepare;
  // The overcloud of a site creates pools and user itself.
  const alone = site.kind === 'external-ceph';
  return step('ceph-deploy', 90, {
    texts: () => ({
      [files.osdSpec]: osdSpec(ceph),
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
        '--osd-spec',
        at(files.osdSpec),
        ...(conf ? ['--config', at(files.cephConf)] : []),
        ...(isSingleHost(rolesOf(site)) ? ['--single-host-defaults'] : []),
        ...timeOptions(site),
        ...(alone ? ['--force', '--ansible-extra-vars', at(files.cephVarsWithKeys)] : []),
        ...(prepare ? ['--container-image-prepare', prepare] : []),
        '--output',
        at(files.deployedCeph),
        at(files.deployedMetal),
      ),
      ...(mayHaveGrown(site) ? [cephSpread(context, ceph)] : []),
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

/** Lets the pools of a cluster that has grown place copies on different hosts; changes nothing in other clusters. */
function cephSpread({ site, undercloud, nodes }: SiteContext, { cluster, monitor }: DeployedCeph): string[] {
  const address = nodes.find(({ name }) => name === monitor.name)?.addresses.ctlplane ?? '';
  const node = ['--node', monitor.name, '--address', address];
  return kit(undercloud, 'ceph', 'spread', '--cluster', cluster, '--site', site.name, ...node);
}

function overcloudStack(context: SiteContext): StepPlan {
  const { lab, site, files, at } = context;
  const { ceph } = site;
  const neutron = neutronParameters(lab, site);
  const { variables } = centralCeph(centralStoreSite(lab.sites));
  return step('overcloud-stack', 240, {
    texts: () => ({
      ...(site.ntpServers.length === 0 && { [files.hostTime]: hostTimeEnvironment() }),
      ...(ceph.kind === 'client' && {
        [files.cephClient]: cephClientEnvironment(ceph.cluster, at(variables), poolParameters(lab, ceph)),
      }),
      ...environmentTexts(
        {
          [files.network]: networkParameters(lab, site),
          [files.nics]: nicParameters(context.nodes),
          ...(Object.keys(neutron).length > 0 && { [files.neutron]: neutron }),
          [files.hosts]: hostParameters(lab),
          ...(ceph.kind === 'deployed' && { [files.ceph]: cephParameters(lab, site, ceph) }),
          [files.zones]: zoneParameters(lab, site),
          [files.glance]: glanceParameters(site),
        },
        files.parameters,
        site.parameters,
      ),
    }),
    commands: [[...deploy(context), '--stack-only']],
    needs: [
      'network-provision',
      'vip-provision',
      'node-provision',
      'roles-generate',
      ...(lab.undercloud.containerPrepare ? (['container-images'] as const) : []),
      ...(ceph.kind === 'deployed' ? (['ceph-deploy'] as const) : []),
    ],
    inputs: filesOfOthers(lab, site),
    ...(site.kind === 'control-plane' && site.store.kind === 'rbd' && { fragments: shared.fragments }),
    lock: 'heat',
    teardown: [deleteStack(site)],
  });
}

function overcloudConfig(context: SiteContext): StepPlan {
  return step('overcloud-config', 240, {
    commands: [[...deploy(context), '--config-download-only']],
    needs: ['overcloud-stack'],
  });
}

/**
 * The end of `overcloud deploy` writes an export too, but after `--stack-only`, before Ansible has written the
 * group_vars that AllNodesExtraMapData comes from (tripleoclient v1/overcloud_deploy.py _export_stack).
 */
function overcloudExport({ site, at }: SiteContext): StepPlan {
  return step('overcloud-export', 10, {
    commands: [overcloud('export', '-f', '--stack', site.stack, '--output-file', at(shared.export))],
    needs: ['overcloud-config'],
    results: [shared.export],
  });
}

function cephExport({ site, at }: SiteContext): StepPlan {
  const { export: exported } = centralCeph(site.name);
  return step('ceph-export', 10, {
    commands: [exportCeph(site, at(exported))],
    needs: ['overcloud-config'],
    results: [exported],
  });
}

/**
 * The same without an overcloud: `export ceph` looks for a folder `cephadm`, which its configuration phase would have
 * made, and reads what `ceph deploy` has left beside it (tripleoclient export.py export_ceph).
 */
function cephExportAlone({ site, undercloud, at }: SiteContext, { cluster }: DeployedCeph): StepPlan {
  const exported = centralCeph(site.name);
  const stacks = `${undercloud.home}/overcloud-deploy`;
  return step('ceph-export', 10, {
    commands: [
      ['mkdir', '-p', `${stacks}/${site.stack}/cephadm`],
      [...exportCeph(site, at(exported.export)), '--config-download-dir', stacks],
      cephClients(site, undercloud),
    ],
    needs: ['ceph-deploy'],
    results: Object.values(exported),
    teardown: [cephRelease(undercloud, cluster, Object.values(exported))],
  });
}

/** The files for clients of a Ceph cluster that exists already, after a check with a client's key. */
function cephAdopt({ lab, site, undercloud, at }: SiteContext, existing: ExistingCeph): StepPlan {
  const exported = centralCeph(site.name);
  const client = clientFiles(site.name, existing.cluster, clientUser);
  const results = [...Object.values(exported), ...Object.values(client)];
  return step('ceph-export', 10, {
    commands: [
      [
        ...kit(undercloud, 'ceph', 'adopt', '--cluster', existing.cluster, '--fsid', existing.fsid),
        ...existing.monitors.flatMap((address) => ['--monitor', address]),
        ...['--user', clientUser, '--keyring', existing.keyring],
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

function exportCeph(site: LabSite, file: string): string[] {
  return overcloud('export', 'ceph', '-f', '--stack', site.stack, '--output-file', file);
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

function kit(undercloud: UndercloudPlan, ...words: string[]): string[] {
  return ['python3', onUndercloud(undercloud)('kit'), ...words];
}

/** `openstack overcloud deploy` without the option of the phase. */
function deploy({ lab, site, undercloud, files, at }: SiteContext): string[] {
  return overcloud(
    'deploy',
    '-y',
    '--templates',
    templates,
    '--stack',
    site.stack,
    '-r',
    at(files.roles),
    '-n',
    at(files.networkData),
    '--timeout',
    '240',
    ...nodeAccess(undercloud),
    ...environmentFiles(lab, site).flatMap((file) => ['-e', absolute(file, undercloud.directory)]),
  );
}

/** --skip-ipa-cleanup: nodes were never enrolled in FreeIPA, and without tripleo-ipa installed the verb fails. */
function deleteStack(site: LabSite): string[] {
  return overcloud('delete', '-y', '--skip-ipa-cleanup', site.stack);
}

/**
 * Deletes those of the site's own subnets and their segments that still exist. `network unprovision` deletes whole networks,
 * and fails while other sites have subnets on them (tripleo-ansible tripleo_unprovision_network.py).
 */
function deleteSubnets(subnets: SubnetPlan[]): string[] {
  const own = subnets.filter(({ network }) => composableName(network));
  return [
    'bash',
    '-c',
    [
      'set -e',
      ...deleteThere(
        'subnet',
        own.map(({ name }) => name),
      ),
      // Names by tripleo_composable_network.py, create_segment_spec.
      ...deleteThere(
        'network segment',
        own.map(({ network, name }) => `${network}_${name}`),
      ),
    ].join('\n'),
  ];
}

/** Lines of bash that delete Neutron's resources with these names; no error if one does not exist. */
function deleteThere(resource: string, names: string[]): string[] {
  const patterns = names.map((name) => `-e ${name}`).join(' ');
  return [
    `there=$(openstack ${resource} list --format value --column Name)`,
    `grep --fixed-strings --line-regexp ${patterns} <<< "\${there}" | xargs --no-run-if-empty openstack ${resource} delete`,
  ];
}

function nodeAccess(undercloud: UndercloudPlan): string[] {
  return ['--overcloud-ssh-user', nodeUser, '--overcloud-ssh-key', `${undercloud.home}/.ssh/id_rsa`];
}

function overcloud(...words: string[]): string[] {
  return ['openstack', 'overcloud', ...words];
}

function onUndercloud(undercloud: UndercloudPlan): (file: string) => string {
  return (file) => `${undercloud.directory}/${file}`;
}

/**
 * A step with defaults for all fields that most steps leave empty.
 * @param parts `texts` makes the step's files when they are first read: most readers of a plan do not read them
 */
function step(
  name: StepPlan['name'],
  limitMinutes: number,
  { texts = () => ({}), ...parts }: Partial<Omit<StepPlan, 'files'>> & { texts?: () => StepPlan['files'] },
): StepPlan {
  let files: StepPlan['files'] | undefined;
  return {
    name,
    commands: [],
    get files() {
      return (files ??= texts());
    },
    needs: [],
    inputs: [],
    results: [],
    limitMinutes,
    teardown: [],
    ...parts,
  };
}
