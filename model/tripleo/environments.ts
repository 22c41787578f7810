import { centralStoreSite, hasOwnCluster, type Lab, type LabSite } from '../lab';
import { roleAt } from '../roles';
import { neutronParameters } from './neutron';
import { centralCeph, publicTlsFiles, shared, siteFiles, templates } from './paths';

/** Files of other sites that a site's overcloud reads, relative to the lab directory. */
export function filesOfOthers(lab: Lab, site: LabSite): string[] {
  const central = centralCeph(centralStoreSite(lab.sites));
  const ofControlPlane = site.kind === 'control-plane' ? [] : [shared.export];
  if (site.ceph.kind === 'client') {
    return [...ofControlPlane, central.parameters, central.variables];
  }
  return site.kind === 'edge' && site.store.kind === 'rbd'
    ? [...ofControlPlane, central.export]
    : ofControlPlane;
}

/** An environment file: TripleO's own, one relative to the lab directory, or the lab file's own absolute path. */
export type EnvironmentFile = { template: string } | { file: string } | { path: string };

/**
 * The files that `openstack overcloud deploy` gets with -e, in order: of two files that set one parameter the later one wins, whole
 * maps included (THT parameter_merge_strategies has few exceptions). TripleO's own come first, then what earlier verbs
 * wrote, then ours, then the lab file's; the control plane's store fragments are last, complete and alone. The topology
 * `cache` has no fragments: the control plane's only store is its Swift.
 *
 * Neither network-isolation.yaml nor net-*.yaml may be among them: they undo what `network provision` has registered
 * (tripleo-docs deployment/network_v2.rst).
 */
export function environmentFiles(lab: Lab, site: LabSite): EnvironmentFile[] {
  const files = siteFiles(site.name);
  const { kind } = site;
  const client = site.ceph.kind === 'client';
  const ceph = hasOwnCluster(site.ceph);
  const rbdStores = site.store.kind === 'rbd';
  const computes = site.nodes.some((node) => roleAt(site, node.role).compute);
  const prepare = lab.undercloud.containerPrepare;
  const tls = kind === 'control-plane' ? lab.publicTls : undefined;
  return [
    { template: 'environments/network-environment.yaml' },
    { template: 'environments/podman.yaml' },
    ...(ceph ? [{ template: 'environments/cephadm/cephadm-rbd-only.yaml' }] : []),
    ...(kind === 'edge' ? [{ template: `environments/${ceph ? 'dcn-storage' : 'dcn'}.yaml` }] : []),
    ...(kind === 'central' ? [{ template: 'environments/dcn.yaml' }] : []),
    // Nothing would use Swift.
    ...(kind === 'control-plane' && rbdStores ? [{ template: 'environments/disable-swift.yaml' }] : []),
    ...(kind === 'control-plane' && computes ? [{ template: 'environments/nova-az-config.yaml' }] : []),
    ...(tls
      ? [{ template: `environments/ssl/tls-endpoints-public-${tls.name === undefined ? 'ip' : 'dns'}.yaml` }]
      : []),
    ...(prepare ? [{ path: prepare }] : []),
    // Not the variables: CephClientConfigVars names these.
    ...filesOfOthers(lab, site).flatMap((file) => (file.endsWith('.yaml') ? [{ file }] : [])),
    ...(prepare ? [{ file: files.containerImages }] : []),
    ...(ceph ? [{ file: files.deployedCeph }] : []),
    { file: files.deployedVips },
    { file: files.deployedNetwork },
    { file: files.deployedMetal },
    { file: files.network },
    { file: files.nics },
    ...(Object.keys(neutronParameters(lab, site)).length > 0 ? [{ file: files.neutron }] : []),
    { file: files.hosts },
    ...(site.ntpServers.length > 0 ? [] : [{ file: files.hostTime }]),
    ...(ceph ? [{ file: files.ceph }] : []),
    ...(client ? [{ file: files.cephClient }] : []),
    { file: files.zones },
    { file: files.glance },
    ...(tls ? [{ file: publicTlsFiles.parameters }, { file: publicTlsFiles.key }] : []),
    ...site.environments.map((path) => ({ path })),
    ...(Object.keys(site.parameters).length > 0 ? [{ file: files.parameters }] : []),
    ...(kind === 'control-plane' && rbdStores
      ? [{ file: shared.fragments.stores }, { file: shared.fragments.ceph }]
      : []),
  ];
}

/** An environment file's path on the undercloud. */
export function absolute(file: EnvironmentFile, directory: string): string {
  if ('template' in file) {
    return `${templates}/${file.template}`;
  }
  return 'file' in file ? `${directory}/${file.file}` : file.path;
}
