import type { Topology } from '../../lab';
import { roles } from '../../roles';
import { type Finding, labPath } from '../findings';
import type { ResolvedLab } from '../resolve';

const fromFile = 'Take it out: it follows from the sites and nodes of this file';
const fromVerbs = 'Take it out: an earlier TripleO command writes it';

/** Parameters that the project or TripleO's verbs set, with the remedy: another value would break the lab silently. */
const managed: Record<string, string> = {
  GlanceBackend: 'Take it out: it follows from the topology',
  GlanceMultistoreConfig: fromFile,
  CephExternalMultiConfig: fromFile,
  CephClusterName: 'Take it out, and write ceph: { cluster: … }',
  CephPoolDefaultSize: 'Take it out, and write ceph: { poolSize: … }',
  NovaComputeAvailabilityZone: fromFile,
  CinderStorageAvailabilityZone: fromFile,
  CinderVolumeCluster: fromFile,
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

/** Finds parameters that a site may not set. */
export function checkParameters({ topology, sites }: ResolvedLab): Finding[] {
  return sites.flatMap(({ name: site, written }) =>
    Object.entries(written.parameters).flatMap(([name, value]): Finding[] => {
      const at = labPath('sites', site, 'parameters', name);
      const remedy = managed[name] ?? managedIn[topology][name];
      return remedy ? [{ at, value, message: 'cannot be set by a site', remedy }] : [];
    }),
  );
}
