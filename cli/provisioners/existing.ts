import type { Provisioner } from './provisioner';

/** Remedy where the lab file names the private key. */
export const namedKeyRemedy =
  'Put it there, or name another file under glance-dcn:undercloud.privateKeyFile.';

/** Hosts that exist already: the lab file says how the undercloud is reached. */
export const existing: Provisioner = {
  undercloudAccess: async () => ({}),
  privateKeyRemedy: namedKeyRemedy,
};
