import type { Provisioner, Remedies } from './provisioner';

/** Remedies where the lab file says how the undercloud is reached. */
export const remediesInLabFile: Remedies = {
  noAnswer:
    'Nothing was changed. Check host and port under glance-dcn:undercloud, and the firewalls on the way.',
  loginRefused:
    "Nothing was changed. Put the public key of glance-dcn:undercloud.privateKeyFile into that user's " +
    'authorized_keys there, or write the right user.',
  otherHostKey:
    'Nothing was changed. Compare the key on the console of that host (ssh-keygen -lf ' +
    '/etc/ssh/ssh_host_ed25519_key.pub). If it is right, write it into hostKey under glance-dcn:undercloud; if not, ' +
    'another host answers there.',
  missingKey: 'Put it there, or name another file under glance-dcn:undercloud.privateKeyFile.',
};

/** Hosts that exist already: the lab file says how the undercloud is reached. */
export const existing: Provisioner = {
  makesHosts: false,
  undercloudAccess: async () => ({}),
  remedies: remediesInLabFile,
};
