import type { Lab, LabSite } from '../lab';
import type { NodePlan, StepPlan, SubnetPlan, UndercloudPlan } from '../types';
import { cephEnvironment, initialConf, isSingleHost, osdSpec } from './ceph';
import { absolute, environmentFiles, glanceEnvironment, zoneEnvironment } from './environments';
import { composableName, networkData, vipData } from './networks';
import { baremetal, rolesPresent } from './nodes';
import { shared, siteFiles, templates } from './paths';
import type { Store } from './stores';
import { environment } from './yaml';

/** Everything that the steps of one site are made from. */
export interface SiteContext {
  lab: Lab;
  site: LabSite;
  undercloud: UndercloudPlan;
  nodes: NodePlan[];
  /** The site's own subnets. */
  subnets: SubnetPlan[];
  /** The control plane's subnets, then the site's own if it is another. */
  knownSubnets: SubnetPlan[];
  own: Store;
  central: Store;
}

/** User on the nodes (tripleoclient v2/overcloud_node.py --overcloud-ssh-user). */
const nodeUser = 'tripleo-admin';

/** The TripleO verbs of a site, in order. */
export function siteSteps(context: SiteContext): StepPlan[] {
  const { lab, site } = context;
  const { cluster } = site;
  return [
    networkProvision(context),
    vipProvision(context),
    nodeProvision(context),
    rolesGenerate(context),
    ...(cluster !== undefined ? [cephDeploy(context, cluster)] : []),
    overcloudStack(context),
    overcloudConfig(context),
    ...(site.kind === 'control-plane' ? [overcloudExport(context)] : []),
    ...(site.kind === 'control-plane' && lab.topology === 'multistore' ? [cephExport(context)] : []),
  ];
}

function networkProvision({ site, undercloud, subnets, knownSubnets }: SiteContext): StepPlan {
  const files = siteFiles(site.name);
  const at = onUndercloud(undercloud);
  return step('network-provision', 15, {
    files: { [files.networkData]: networkData(knownSubnets) },
    commands: [
      overcloud(
        'network',
        'provision',
        '-y',
        '--stack',
        site.name,
        '--output',
        at(files.deployedNetwork),
        at(files.networkData),
      ),
    ],
    results: [files.deployedNetwork],
    lock: 'network',
    teardown: [
      site.kind === 'edge'
        ? deleteSubnets(subnets)
        : overcloud('network', 'unprovision', '-y', at(files.networkData)),
    ],
  });
}

function vipProvision({ lab, site, undercloud, subnets }: SiteContext): StepPlan {
  const files = siteFiles(site.name);
  const at = onUndercloud(undercloud);
  return step('vip-provision', 15, {
    files: { [files.vipData]: vipData(lab, site, subnets) },
    commands: [
      overcloud(
        'network',
        'vip',
        'provision',
        '-y',
        '--stack',
        site.name,
        '--output',
        at(files.deployedVips),
        at(files.vipData),
      ),
    ],
    needs: ['network-provision'],
    results: [files.deployedVips],
    // Nothing else takes VIPs away; a second `overcloud delete` of a stack finds nothing and succeeds.
    teardown: [deleteStack(site)],
  });
}

function nodeProvision({ site, undercloud, nodes, subnets }: SiteContext): StepPlan {
  const files = siteFiles(site.name);
  const at = onUndercloud(undercloud);
  return step('node-provision', 60, {
    files: { [files.baremetal]: baremetal(nodes, subnets) },
    commands: [
      overcloud(
        'node',
        'provision',
        '-y',
        '--stack',
        site.name,
        ...nodeAccess(undercloud),
        '--output',
        at(files.deployedMetal),
        at(files.baremetal),
      ),
    ],
    needs: ['network-provision'],
    results: [files.deployedMetal],
    teardown: [overcloud('node', 'unprovision', '-y', '--all', '--stack', site.name, at(files.baremetal))],
  });
}

function rolesGenerate({ site, undercloud, nodes, subnets }: SiteContext): StepPlan {
  const files = siteFiles(site.name);
  const at = onUndercloud(undercloud);
  const generate = overcloud('roles', 'generate', '-o', at(files.roles), ...rolesPresent(nodes));
  const named = subnets.flatMap(({ network, name }) => {
    const composable = composableName(network);
    return composable ? ['--subnet', `${composable}=${name}`] : [];
  });
  // TripleO's role files name the control plane's subnets.
  const rewrite = ['python3', at('kit'), 'roles', 'subnets', '--file', at(files.roles), ...named];
  return step('roles-generate', 5, {
    commands: site.kind === 'edge' ? [generate, rewrite] : [generate],
    results: [files.roles],
  });
}

function cephDeploy({ lab, site, undercloud }: SiteContext, cluster: string): StepPlan {
  const files = siteFiles(site.name);
  const at = onUndercloud(undercloud);
  const conf = initialConf(site);
  const prepare = lab.undercloud.containerPrepare;
  return step('ceph-deploy', 90, {
    files: { [files.osdSpec]: osdSpec(site), ...(conf && { [files.cephConf]: conf }) },
    commands: [
      overcloud(
        'ceph',
        'deploy',
        '-y',
        '--stack',
        site.name,
        '--cluster',
        cluster,
        '--roles-data',
        at(files.roles),
        '--network-data',
        at(files.networkData),
        '--osd-spec',
        at(files.osdSpec),
        ...(conf ? ['--config', at(files.cephConf)] : []),
        ...(isSingleHost(site) ? ['--single-host-defaults'] : []),
        ...(prepare ? ['--container-image-prepare', prepare] : []),
        '--output',
        at(files.deployedCeph),
        at(files.deployedMetal),
      ),
    ],
    needs: ['network-provision', 'node-provision', 'roles-generate'],
    results: [files.deployedCeph],
  });
}

function overcloudStack(context: SiteContext): StepPlan {
  const { lab, site, own, central } = context;
  const files = siteFiles(site.name);
  const edge = site.kind === 'edge';
  const ceph = site.cluster !== undefined;
  const rbdStores = lab.topology === 'multistore';
  return step('overcloud-stack', 240, {
    files: {
      ...(ceph && { [files.ceph]: cephEnvironment(lab, site) }),
      [files.zones]: zoneEnvironment(lab, site, own),
      [files.glance]: glanceEnvironment(lab, site, own, central),
      ...(Object.keys(site.parameters).length > 0 && { [files.parameters]: environment(site.parameters) }),
    },
    commands: [[...deploy(context), '--stack-only']],
    needs: [
      'network-provision',
      'vip-provision',
      'node-provision',
      'roles-generate',
      ...(ceph ? (['ceph-deploy'] as const) : []),
    ],
    inputs: edge ? [shared.export, ...(rbdStores ? [shared.ceph] : [])] : [],
    ...(!edge && rbdStores && { fragments: shared.fragments }),
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
function overcloudExport({ site, undercloud }: SiteContext): StepPlan {
  return step('overcloud-export', 10, {
    commands: [
      overcloud(
        'export',
        '-f',
        '--stack',
        site.name,
        '--output-file',
        onUndercloud(undercloud)(shared.export),
      ),
    ],
    needs: ['overcloud-config'],
    results: [shared.export],
  });
}

function cephExport({ site, undercloud }: SiteContext): StepPlan {
  return step('ceph-export', 10, {
    commands: [
      overcloud(
        'export',
        'ceph',
        '-f',
        '--stack',
        site.name,
        '--output-file',
        onUndercloud(undercloud)(shared.ceph),
      ),
    ],
    needs: ['overcloud-config'],
    results: [shared.ceph],
  });
}

/** `openstack overcloud deploy` without the word that says which phase. */
function deploy({ lab, site, undercloud }: SiteContext): string[] {
  const files = siteFiles(site.name);
  const at = onUndercloud(undercloud);
  return overcloud(
    'deploy',
    '-y',
    '--templates',
    templates,
    '--stack',
    site.name,
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
  return overcloud('delete', '-y', '--skip-ipa-cleanup', site.name);
}

/**
 * Deletes the site's own subnets, those that are still there. `network unprovision` deletes whole networks, and fails
 * while other sites have subnets on them (tripleo-ansible tripleo_unprovision_network.py).
 */
function deleteSubnets(subnets: SubnetPlan[]): string[] {
  const names = subnets.filter(({ network }) => composableName(network)).map(({ name }) => `-e ${name}`);
  const script = [
    'set -e',
    'there=$(openstack subnet list --format value --column Name)',
    `grep --fixed-strings --line-regexp ${names.join(' ')} <<< "\${there}" | xargs --no-run-if-empty openstack subnet delete`,
  ];
  return ['bash', '-c', script.join('\n')];
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

function step(name: StepPlan['name'], limitMinutes: number, parts: Partial<StepPlan>): StepPlan {
  return {
    name,
    commands: [],
    files: {},
    needs: [],
    inputs: [],
    results: [],
    limitMinutes,
    teardown: [],
    ...parts,
  };
}
