import type { Provisioner } from './provisioner';

/** Remedies where the lab file says how the undercloud is reached. */
export const remediesInLabFile = {
  unreachableRemedy:
    'Nothing was changed. Check host, port, user and hostKey under glance-dcn:undercloud, and the firewalls on the way.',
  missingKeyRemedy: 'Put it there, or name another file under glance-dcn:undercloud.privateKeyFile.',
};

/** Hosts that exist already: the lab file says how the undercloud is reached. */
export const existing: Provisioner = {
  makesHosts: false,
  undercloudAccess: async () => ({}),
  ...remediesInLabFile,
};
