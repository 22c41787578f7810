import { roles } from '../../roles';
import { type Finding, labPath } from '../findings';
import type { LabFile } from '../schema';

const fromFile = 'Take it out: it follows from the sites and nodes of this file';
const fromVerbs = 'Take it out: an earlier TripleO command writes it';

/** Parameters that the project or TripleO's own verbs set, and that another value would break silently. */
const managed: Record<string, string> = {
  GlanceBackend: 'Take it out: this topology has RBD stores only',
  GlanceBackendID: 'Take it out, and write ceph: { store: … }',
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

/** Parameters that a site may not set for itself, and secrets. */
export function checkParameters(file: LabFile): Finding[] {
  return Object.entries(file.sites).flatMap(([site, { parameters }]) =>
    Object.entries(parameters).flatMap(([name, value]): Finding[] => {
      const at = labPath('sites', site, 'parameters', name);
      // No value here: it would put the secret into the message.
      if (/(Password|Passphrase|Secret|Token|Keys?)$/.test(name)) {
        return [
          {
            at,
            message: 'is a secret by its name, and this file, previews and state are read by many',
            remedy: 'Put it into a file of mode 0600 on the undercloud, and name that under environments',
          },
        ];
      }
      const remedy = managed[name];
      return remedy ? [{ at, value, message: 'is not for a site to set', remedy }] : [];
    }),
  );
}
