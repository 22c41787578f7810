/** TripleO's templates, where its packages put them on an undercloud. */
export const templates = '/usr/share/openstack-tripleo-heat-templates';

/** Each kind of file that a site's verbs read or write. */
export interface SiteFiles {
  networkData: string;
  vipData: string;
  baremetal: string;
  roles: string;
  osdSpec: string;
  cephConf: string;
  ceph: string;
  zones: string;
  glance: string;
  parameters: string;
  deployedNetwork: string;
  deployedVips: string;
  deployedMetal: string;
  deployedCeph: string;
}

/**
 * Files of a site, relative to the lab directory. All lie outside ~/overcloud-deploy, which
 * `openstack overcloud delete` empties.
 */
export function siteFiles(site: string): SiteFiles {
  const file = (name: string) => `${site}/${name}`;
  return {
    networkData: file('network_data.yaml'),
    vipData: file('vip_data.yaml'),
    baremetal: file(`baremetal_${site}.yaml`),
    roles: file('roles.yaml'),
    osdSpec: file('osd_spec.yaml'),
    cephConf: file('initial-ceph.conf'),
    ceph: file('ceph.yaml'),
    zones: file('az.yaml'),
    glance: file('glance.yaml'),
    parameters: file('parameters.yaml'),
    deployedNetwork: file('deployed-network.yaml'),
    deployedVips: file(`deployed-vips-${site}.yaml`),
    deployedMetal: file(`deployed-metal-${site}.yaml`),
    deployedCeph: file(`deployed-ceph-${site}.yaml`),
  };
}

/** What the control plane makes for the other sites, and what the kit composes for it. */
export const shared = {
  export: 'control-plane/control-plane-export.yaml',
  ceph: 'control-plane/central_ceph_external.yaml',
  fragments: {
    stores: 'control-plane/glance-dcn-stores.yaml',
    ceph: 'control-plane/dcn_ceph_external.yaml',
  },
};
