import { centralStoreSite } from '../../lab';
import type { StepPlan } from '../../types';
import { cephParameters, poolParameters } from '../ceph';
import { cephClientEnvironment } from '../cephClient';
import { absolute, environmentFiles, filesOfOthers } from '../environments';
import { glanceParameters } from '../glance';
import { hostParameters, hostTimeEnvironment } from '../hosts';
import { networkParameters } from '../networkParameters';
import { neutronParameters } from '../neutron';
import { nicParameters } from '../nics';
import { environmentTexts } from '../parameters';
import { centralCeph, publicTlsFiles, shared, templates } from '../paths';
import { giveKey, publicTlsParameters, publicTlsTexts } from '../publicTls';
import { zoneParameters } from '../zones';
import { cephPools } from './ceph';
import { deleteStack, kit, nodeAccess, overcloud, type SiteContext, step } from './step';

/** The Heat stack of the site's overcloud. */
export function overcloudStack(context: SiteContext): StepPlan {
  const { lab, site, undercloud, files, at } = context;
  const { ceph } = site;
  const neutron = neutronParameters(lab, site);
  const { variables } = centralCeph(centralStoreSite(lab.sites));
  const tls = site.kind === 'control-plane' ? lab.publicTls : undefined;
  return step('overcloud-stack', 240, {
    texts: () => ({
      ...(site.ntpServers.length === 0 && { [files.hostTime]: hostTimeEnvironment() }),
      ...(ceph.kind === 'client' && {
        [files.cephClient]: cephClientEnvironment(ceph.cluster, at(variables), poolParameters(lab, ceph)),
      }),
      ...(tls && publicTlsTexts(tls)),
      ...environmentTexts(
        {
          [files.network]: networkParameters(lab, site),
          [files.nics]: nicParameters(context.nodes),
          ...(Object.keys(neutron).length > 0 && { [files.neutron]: neutron }),
          [files.hosts]: hostParameters(lab),
          ...(ceph.kind === 'deployed' && { [files.ceph]: cephParameters(lab, site, ceph) }),
          [files.zones]: zoneParameters(lab, site),
          [files.glance]: glanceParameters(lab, site),
          ...(tls && { [publicTlsFiles.parameters]: publicTlsParameters(tls, at) }),
        },
        files.parameters,
        site.parameters,
      ),
    }),
    // A killed deploy leaves its Heat with the stack, which the next one cannot create then (tripleoclient heat_launcher.py).
    commands: [
      ...(tls ? [kit(undercloud, ...giveKey(tls, at))] : []),
      [...deploy(context, 'overcloud-stack'), '--rm-heat', '--stack-only'],
    ],
    needs: [
      'network-provision',
      'vip-provision',
      'node-provision',
      'roles-generate',
      ...(lab.undercloud.containerPrepare ? (['container-images'] as const) : []),
      ...(ceph.kind === 'deployed' ? (['ceph-deploy'] as const) : []),
    ],
    inputs: filesOfOthers(lab, site),
    ...(tls && { results: [publicTlsFiles.key] }),
    ...(site.kind === 'control-plane' && site.store.kind === 'rbd' && { fragments: shared.fragments }),
    lock: 'heat',
    teardown: [deleteStack(site)],
  });
}

/** The configuration of the site's hosts by Ansible. */
export function overcloudConfig(context: SiteContext): StepPlan {
  const { ceph } = context.site;
  return step('overcloud-config', 240, {
    commands: [
      [...deploy(context, 'overcloud-config'), '--config-download-only'],
      // Only now does a cluster with an overcloud have pools.
      ...(ceph.kind === 'deployed' ? cephPools(context, ceph) : []),
    ],
    needs: ['overcloud-stack'],
  });
}

/**
 * The end of `overcloud deploy` writes an export too, but after `--stack-only`, before Ansible has written the
 * group_vars that AllNodesExtraMapData comes from (tripleoclient v1/overcloud_deploy.py _export_stack).
 */
export function overcloudExport({ site, at }: SiteContext): StepPlan {
  return step('overcloud-export', 10, {
    commands: [overcloud('export', '-f', '--stack', site.stack, '--output-file', at(shared.export))],
    needs: ['overcloud-config'],
    results: [shared.export],
  });
}

/** `openstack overcloud deploy` without the option of the phase. The client's own limit must not be lower than that of the step. */
function deploy(
  { lab, site, undercloud, files, at }: SiteContext,
  name: 'overcloud-stack' | 'overcloud-config',
): string[] {
  const limitMinutes = Math.max(240, site.steps[name]?.limitMinutes ?? 0);
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
    `${limitMinutes}`,
    ...nodeAccess(undercloud),
    ...environmentFiles(lab, site).flatMap((file) => ['-e', absolute(file, undercloud.directory)]),
  );
}
