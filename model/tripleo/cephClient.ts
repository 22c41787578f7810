import { templates } from './paths';
import { toYaml } from './yaml';

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
