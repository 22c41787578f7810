import type { Topology } from '../../lab';
import { roles } from '../../roles';
import { heatBoolean } from '../../tripleo/heatBoolean';
import { type Finding, labPath } from '../findings';
import { own } from '../own';
import type { ResolvedLab } from '../resolve';

const fromFile = 'Take it out: it follows from the sites and nodes of this file';
const fromZone = 'Take it out, and write zone: … at the site';
const fromVerbs = 'Take it out: an earlier TripleO command writes it';
const poolName = (pool: string) =>
  `Take it out, and write ceph: { pools: { ${pool}: { name: … } } } at the site with the cluster`;
const fixedPools = 'Take it out: Cinder has one pool in each cluster';
const clientUser = 'Take it out, and write ceph: { user: … } at the site with the cluster';
const internalTls =
  'Take it out: TLS between services needs host names with a domain, and this version gives addresses. TLS of the public ' +
  'endpoints is possible';

/** Parameters that the project or TripleO's verbs set, with the remedy: another value would break the lab silently. */
const managed: Record<string, string> = {
  GlanceBackend: 'Take it out: it follows from the topology',
  GlanceMultistoreConfig: fromFile,
  CephExternalMultiConfig: fromFile,
  CephClusterName: 'Take it out, and write ceph: { cluster: … }',
  CephPoolDefaultSize: 'Take it out, and write ceph: { poolSize: … }',
  CloudDomain: 'Take it out, and write glance-dcn:hosts: { domain: … }: the domain is the same at all sites',
  NovaComputeAvailabilityZone: fromZone,
  CinderStorageAvailabilityZone: fromZone,
  CinderVolumeCluster: fromFile,
  GlanceRbdPoolName: poolName('images'),
  NovaRbdPoolName: poolName('vms'),
  CinderRbdPoolName: poolName('volumes'),
  CinderRbdExtraPools: fixedPools,
  CephClientUserName: clientUser,
  CephClusterFSID: fromVerbs,
  CephClientConfigVars: fromVerbs,
  CephDynamicSpec: fromVerbs,
  DeployedCeph: fromVerbs,
  ControlPlaneVipData: fromVerbs,
  DeployedNetworkEnvironment: fromVerbs,
  DeployedServerPortMap: fromVerbs,
  HostnameMap: fromVerbs,
  NodePortMap: fromVerbs,
  VipPortMap: fromVerbs,
  NetworkConfigWithAnsible: 'Take it out: it is true if the site has nics, else false',
  ...Object.fromEntries(
    roles.map(({ name }) => [
      `${name}NetworkConfigTemplate`,
      `Take it out, and write nics: { ${name}: FILE } with provisioner: existing`,
    ]),
  ),
  ...Object.fromEntries(
    roles.flatMap(({ name }) => [`${name}Count`, `${name}HostnameFormat`].map((key) => [key, fromVerbs])),
  ),
};

/** Parameters that are set in one topology only. */
const managedIn: Record<Topology, Record<string, string>> = {
  multistore: { GlanceBackendID: 'Take it out, and write ceph: { store: … }' },
  cache: {
    GlanceBackendID: "Take it out: the control plane's Swift has one id for all sites",
    GlanceCacheEnabled: 'Take it out: every glance-api of an edge site has a cache',
    GlanceImageCacheMaxSize: 'Take it out, and write cache: { limitMiB: … }',
    NovaDisableImageDownloadToRbd: 'Take it out: no server would boot, nothing can be cloned from Swift',
  },
};

/** Switches that a site may not turn on. */
const off: Record<string, string> = { EnableInternalTLS: internalTls, EnableEtcdInternalTLS: internalTls };

/** Environment files of TripleO that turn such a switch on, by the names of the files. */
const offFiles: Record<string, string> = {
  'enable-internal-tls.yaml': internalTls,
  'tls-everywhere-endpoints-dns.yaml': internalTls,
};

/** Finds parameters and environment files that a site may not have. */
export function checkParameters({ topology, sites }: ResolvedLab): Finding[] {
  return sites.flatMap(({ name: site, written }) => [
    ...settings(written.parameters).flatMap(({ at, value }): Finding[] => {
      const name = String(at.at(-1));
      const remedy =
        own(managed, name) ??
        own(managedIn[topology], name) ??
        (heatBoolean(value) ? own(off, name) : undefined);
      const place = labPath('sites', site, 'parameters', ...at);
      return remedy ? [{ at: place, value, message: 'cannot be set by a site', remedy }] : [];
    }),
    ...written.environments.flatMap((value, position): Finding[] => {
      const remedy = own(offFiles, value.split('/').at(-1) ?? '');
      const place = labPath('sites', site, 'environments', position);
      return remedy ? [{ at: place, value, message: 'cannot be used by a site', remedy }] : [];
    }),
  ]);
}

/** All parameters with their places, also those of one role (`<Role>Parameters`). */
function settings(parameters: Record<string, unknown>): { at: string[]; value: unknown }[] {
  return Object.entries(parameters).flatMap(([name, value]) => [
    { at: [name], value },
    ...(roleParameters.has(name) && typeof value === 'object' && value !== null
      ? settings(value as Record<string, unknown>).map((inner) => ({ ...inner, at: [name, ...inner.at] }))
      : []),
  ]);
}

const roleParameters = new Set(roles.map(({ name }) => `${name}Parameters`));
