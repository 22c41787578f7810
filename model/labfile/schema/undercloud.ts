import * as z from 'zod';
import { hostKey } from './hostKey';
import { absolutePath, anyText, port, userName } from './text';

export const undercloud = z
  .strictObject({
    host: anyText().optional().describe('Name or address. Required with `provisioner: existing`, and with `openstack` unless `openstack.undercloud` makes one.'),
    port: port().optional().describe('Port of its SSH server; default: 22, on the sandbox `sandbox.sshPort`.'),
    user: userName().default('stack').describe('User that installed the undercloud.'),
    home: absolutePath().optional().describe('Home directory of that user; default: `/home/<user>`.'),
    hostKey: hostKey()
      .optional()
      .describe('Public SSH host key, as `ssh-keyscan` prints it after the name. Required where `host` is.'),
    privateKeyFile: anyText()
      .optional()
      .describe('File on this machine with the private key for it, relative to the lab file or below ~/. Required except on the sandbox.'),
    bastion: z
      .strictObject({
        host: anyText().describe('Name or address.'),
        port: port().default(22).describe('Port of its SSH server.'),
        user: anyText().describe('Account that accepts the same private key.'),
        hostKey: hostKey().optional().describe('Required. Public SSH host key, as `ssh-keyscan` prints it after the name.'),
      })
      .optional()
      .describe('SSH host between this machine and the undercloud.'),
    containerPrepare: absolutePath()
      .optional()
      .describe(
        'Path of containers-prepare-parameter.yaml on the undercloud, as `openstack tripleo container image prepare default` ' +
          "writes it; default: TripleO's own image defaults.",
      ),
  })
  .prefault({})
  .describe('The host that runs `openstack overcloud …`.');
