import { centralSite, isClient, type Lab, type LabSite } from '../lab';
import { roleOf } from '../roles';
import { centralCeph, shared, siteFiles, templates } from './paths';
import { multistoreEntry, type Store } from './stores';
import { environment, toYaml } from './yaml';

/**
 * glance.yaml. A site knows its own store and, at the edge, the control plane's: never another edge site's, which it
 * could not reach. The id is also nova-compute's (images_rbd_glance_store_name), and must be the same everywhere.
 */
export function glanceEnvironment(site: LabSite, own: Store, central: Store): string {
  return environment({
    GlanceBackend: 'rbd',
    GlanceBackendID: own.id,
    GlanceStoreDescription: own.description,
    // environments/dcn-storage.yaml sets the same at the edge; computes alone have no glance-api.
    ...(site.kind !== 'central' && { GlanceEnabledImportMethods: 'web-download,copy-image' }),
    ...(site.kind === 'edge' && { GlanceMultistoreConfig: { [central.id]: multistoreEntry(central) } }),
  });
}

/**
 * az.yaml: one availability zone for servers and volumes of a site. It follows dcn-storage.yaml, which calls every
 * site's `dcn`. CinderVolumeCluster is for cinder-volume without pacemaker, at the edge only.
 */
export function zoneEnvironment(site: LabSite, own: Store): string {
  const zone = site.kind === 'edge' ? site.name : own.id;
  return environment({
    NovaComputeAvailabilityZone: zone,
    CinderStorageAvailabilityZone: zone,
    ...(site.kind === 'edge'
      ? { CinderVolumeCluster: site.name }
      : // A server booted from a volume would otherwise get a volume of another site (dcn-storage.yaml: the same).
        { NovaCrossAZAttach: false }),
  });
}

/**
 * external-ceph.yaml of a site without a cluster of its own, instead of TripleO's environments/external-ceph.yaml. That
 * one names a template at a wrong place in some releases of Wallaby, leaves hosts without the cluster's files in others,
 * and in the latest gives them those of a cluster `ceph`, whatever CephClusterName says: ceph-client.yaml with variables
 * that name the cluster does neither. ExternalCeph is known to the latest alone.
 * @param variables absolute path of ceph_client.yml on the undercloud
 */
export function cephClientEnvironment(cluster: string, variables: string): string {
  return toYaml({
    resource_registry: {
      'OS::TripleO::Services::CephExternal': `${templates}/deployment/cephadm/ceph-client.yaml`,
    },
    parameter_defaults: {
      ExternalCeph: true,
      CephClusterName: cluster,
      CephClientConfigVars: variables,
      NovaEnableRbdBackend: true,
      CinderEnableRbdBackend: true,
      CinderEnableIscsiBackend: false,
      CinderBackupBackend: 'ceph',
      GlanceBackend: 'rbd',
    },
  });
}

/** What a site's overcloud reads of other sites, relative to the lab directory. */
export function filesOfOthers(lab: Lab, site: LabSite): string[] {
  const central = centralCeph(centralSite(lab.sites));
  const ofControlPlane = site.kind === 'control-plane' ? [] : [shared.export];
  if (isClient(lab, site)) return [...ofControlPlane, central.parameters, central.variables];
  return site.kind === 'edge' ? [...ofControlPlane, central.export] : [];
}

/** An environment file: TripleO's own, one relative to the lab directory, or the lab file's own absolute path. */
export type EnvironmentFile = { template: string } | { file: string } | { path: string };

/**
 * What `openstack overcloud deploy` gets with -e, in order: of two files that set one parameter the later one wins, whole
 * maps included (THT parameter_merge_strategies has few exceptions). TripleO's own come first, then what earlier verbs
 * wrote, then ours, then the lab file's; the control plane's store fragments are last, complete and alone.
 *
 * Neither network-isolation.yaml nor net-*.yaml may be among them: they undo what `network provision` has registered
 * (tripleo-docs deployment/network_v2.rst).
 */
export function environmentFiles(lab: Lab, site: LabSite): EnvironmentFile[] {
  const files = siteFiles(site.name);
  const { kind } = site;
  const client = isClient(lab, site);
  const computes = site.nodes.some((node) => roleOf(node.role).compute);
  const prepare = lab.undercloud.containerPrepare;
  return [
    { template: 'environments/network-environment.yaml' },
    { template: 'environments/podman.yaml' },
    ...(client ? [] : [{ template: 'environments/cephadm/cephadm-rbd-only.yaml' }]),
    ...(kind === 'edge' ? [{ template: 'environments/dcn-storage.yaml' }] : []),
    ...(kind === 'central' ? [{ template: 'environments/dcn.yaml' }] : []),
    ...(kind === 'control-plane' && computes ? [{ template: 'environments/nova-az-config.yaml' }] : []),
    ...(prepare ? [{ path: prepare }] : []),
    // Not the variables: CephClientConfigVars names these.
    ...filesOfOthers(lab, site).flatMap((file) => (file.endsWith('.yaml') ? [{ file }] : [])),
    ...(client ? [] : [{ file: files.deployedCeph }]),
    { file: files.deployedVips },
    { file: files.deployedNetwork },
    { file: files.deployedMetal },
    { file: client ? files.cephClient : files.ceph },
    { file: files.zones },
    { file: files.glance },
    ...site.environments.map((path) => ({ path })),
    ...(Object.keys(site.parameters).length > 0 ? [{ file: files.parameters }] : []),
    ...(kind === 'control-plane' ? [{ file: shared.fragments.stores }, { file: shared.fragments.ceph }] : []),
  ];
}

/** An environment file's path on the undercloud. */
export function absolute(file: EnvironmentFile, directory: string): string {
  if ('template' in file) return `${templates}/${file.template}`;
  return 'file' in file ? `${directory}/${file.file}` : file.path;
}
