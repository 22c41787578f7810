/** TripleO's templates, where its packages put them on an undercloud. */
export const templates = '/usr/share/openstack-tripleo-heat-templates';

/** Each kind of file that a site's verbs read or write. */
export interface SiteFiles {
  networkData: string;
  madeNetworkData: string;
  vipData: string;
  baremetal: string;
  roles: string;
  /** Folder with a file for each role, where the site has roles of the lab's own. */
  ownRoles: string;
  osdSpec: string;
  cephSpec: string;
  cephConf: string;
  cephVars: string;
  cephVarsWithKeys: string;
  network: string;
  nics: string;
  neutron: string;
  hosts: string;
  hostTime: string;
  ceph: string;
  cephClient: string;
  zones: string;
  glance: string;
  parameters: string;
  deployedNetwork: string;
  deployedVips: string;
  deployedMetal: string;
  deployedCeph: string;
  containerImages: string;
}

/**
 * Files of a site, relative to the lab directory. None is in ~/overcloud-deploy, which `openstack overcloud delete` empties.
 */
export function siteFiles(site: string): SiteFiles {
  const file = (name: string) => `${site}/${name}`;
  return {
    networkData: file('network_data.yaml'),
    madeNetworkData: file('made_network_data.yaml'),
    vipData: file('vip_data.yaml'),
    baremetal: file(`baremetal_${site}.yaml`),
    roles: file('roles.yaml'),
    ownRoles: file('roles'),
    osdSpec: file('osd_spec.yaml'),
    cephSpec: file('ceph_spec.yaml'),
    cephConf: file('initial-ceph.conf'),
    cephVars: file('ceph_vars.yaml'),
    cephVarsWithKeys: file('ceph_vars_with_keys.yaml'),
    network: file('network.yaml'),
    nics: file('nics.yaml'),
    neutron: file('neutron.yaml'),
    hosts: file('hosts.yaml'),
    hostTime: file('host-time.yaml'),
    ceph: file('ceph.yaml'),
    cephClient: file('external-ceph.yaml'),
    zones: file('az.yaml'),
    glance: file('glance.yaml'),
    parameters: file('parameters.yaml'),
    deployedNetwork: file('deployed-network.yaml'),
    deployedVips: file(`deployed-vips-${site}.yaml`),
    deployedMetal: file(`deployed-metal-${site}.yaml`),
    deployedCeph: file(`deployed-ceph-${site}.yaml`),
    containerImages: file(`container-images-${site}.yaml`),
  };
}

/** File of a role's own NIC template, relative to the lab directory. */
export function nicTemplateFile(site: string, role: string): string {
  return `${site}/nics/${role}.j2`;
}

/** File of a role of the lab's own, relative to the lab directory. */
export function roleFile(site: string, role: string): string {
  return `${siteFiles(site).ownRoles}/${role}.yaml`;
}

/** Files that the control plane makes for the other sites, and files that the kit composes for the control plane. */
export const shared = {
  export: 'control-plane/control-plane-export.yaml',
  fragments: {
    stores: 'control-plane/glance-dcn-stores.yaml',
    ceph: 'control-plane/dcn_ceph_external.yaml',
  },
};

/**
 * Files of TLS of the public end points. `key` has the private key, and only the kit writes the file; `certificate` also has the certificates
 * between it and the CA. Clients on the undercloud read `ca` (kit/publicca.py).
 */
export const publicTlsFiles = {
  parameters: 'control-plane/tls.yaml',
  key: 'control-plane/tls-key.yaml',
  certificate: 'control-plane/public-certificate.pem',
  ca: 'control-plane/public-ca.pem',
};

/**
 * Files that the site with the central store's Ceph cluster makes for the cluster's clients; each holds the client's key.
 * `export`: CephExternalMultiConfig, for sites with a cluster of their own; `parameters`: parameters of the cluster, for sites
 * without one; `variables`: variables of tripleo-ansible's role tripleo_ceph_client, for the same sites.
 * @param site name of the site with the cluster
 */
export function centralCeph(site: string): { export: string; parameters: string; variables: string } {
  return {
    export: `${site}/central_ceph_external.yaml`,
    parameters: `${site}/central_ceph_client.yaml`,
    variables: `${site}/ceph_client.yml`,
  };
}

/** Files with which the undercloud itself is a client of a cluster without nodes in the lab: Ceph's tools expect these names. */
export function clientFiles(site: string, cluster: string, user: string): { conf: string; keyring: string } {
  const base = `${site}/${cluster}`;
  return { conf: `${base}.conf`, keyring: `${base}.client.${user}.keyring` };
}
