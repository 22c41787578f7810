import { centralStoreSite, hasOwnCluster, type Lab, type LabSite, type RbdLabStore } from '../lab';
import { roleOf } from '../roles';
import { neutronParameters } from './neutron';
import { centralCeph, shared, siteFiles, templates } from './paths';
import { descriptionOf, multistoreEntry } from './stores';
import { toYaml } from './yaml';

/** Parameters of glance.yaml. The store's id is also nova-compute's (images_rbd_glance_store_name), and the same everywhere. */
export function glanceParameters(site: LabSite): Record<string, unknown> {
  return {
    GlanceBackend: site.store.kind,
    GlanceBackendID: site.store.id,
    GlanceStoreDescription: descriptionOf(site.store),
    ...(site.store.kind === 'rbd' ? rbdParameters(site, site.store) : swiftParameters(site)),
  };
}

/**
 * Glance's parameters for RBD stores. A site knows its own store and, at the edge, the control plane's: never another
 * edge site's, which it could not reach.
 */
function rbdParameters(site: LabSite, { central, pool }: RbdLabStore): Record<string, unknown> {
  return {
    // environments/dcn-storage.yaml sets the same at the edge; computes alone have no glance-api.
    ...(site.kind !== 'central' && { GlanceEnabledImportMethods: 'web-download,copy-image' }),
    ...(site.kind === 'edge' && {
      GlanceMultistoreConfig: {
        [central.id]: multistoreEntry(
          { ...central, description: descriptionOf({ kind: 'rbd', id: central.id }) },
          pool,
        ),
      },
    }),
  };
}

/**
 * Glance's parameters for the one store in Swift, which the edge's glance-apis reach by the control plane's internal end
 * points. They follow cephadm-rbd-only.yaml, which sets GlanceBackend rbd, and dcn*.yaml, with whose
 * NovaDisableImageDownloadToRbd no server would boot at a site with Ceph: nothing there can be cloned from Swift.
 */
function swiftParameters(site: LabSite): Record<string, unknown> {
  return {
    // There is no other store to copy to; dcn-storage.yaml adds copy-image.
    GlanceEnabledImportMethods: 'web-download',
    ...(site.cache && {
      GlanceCacheEnabled: true,
      GlanceImageCacheMaxSize: site.cache.limitBytes,
      // Seconds until a glance-api starts to fetch a queued image; TripleO's default is 300.
      GlanceImagePrefetcherInterval: 60,
      NovaDisableImageDownloadToRbd: false,
    }),
  };
}

/**
 * external-ceph.yaml of a site without a cluster of its own, instead of TripleO's environments/external-ceph.yaml. That
 * one names a template at a wrong place in some releases of Wallaby, leaves hosts without the cluster's files in others,
 * and in the latest gives them those of a cluster `ceph`, whatever CephClusterName says: ceph-client.yaml with variables
 * that name the cluster does neither. ExternalCeph is known to the latest alone.
 * @param variables absolute path of ceph_client.yml on the undercloud
 * @param pools parameters of the names of its pools
 */
export function cephClientEnvironment(
  cluster: string,
  variables: string,
  pools: Record<string, string>,
): string {
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
      GlanceBackend: 'rbd',
      ...pools,
    },
  });
}

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
  const computes = site.nodes.some((node) => roleOf(node.role).compute);
  const prepare = lab.undercloud.containerPrepare;
  return [
    { template: 'environments/network-environment.yaml' },
    { template: 'environments/podman.yaml' },
    ...(ceph ? [{ template: 'environments/cephadm/cephadm-rbd-only.yaml' }] : []),
    ...(kind === 'edge' ? [{ template: `environments/${ceph ? 'dcn-storage' : 'dcn'}.yaml` }] : []),
    ...(kind === 'central' ? [{ template: 'environments/dcn.yaml' }] : []),
    // Nothing would use Swift.
    ...(kind === 'control-plane' && rbdStores ? [{ template: 'environments/disable-swift.yaml' }] : []),
    ...(kind === 'control-plane' && computes ? [{ template: 'environments/nova-az-config.yaml' }] : []),
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
