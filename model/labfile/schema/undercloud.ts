import * as z from 'zod';
import { absolutePath, anyText, hostKey, port, userName } from './text';

export const undercloud = z
  .strictObject({
    host: anyText().optional().describe('Name or address; default: the undercloud of the provisioner.'),
    port: port().optional().describe('Port of its SSH server; default: 22, or the sandbox’s.'),
    user: userName().default('stack').describe('User that installed it.'),
    home: absolutePath().optional().describe('Home directory of that user; default: `/home/<user>`.'),
    hostKey: hostKey().optional(),
    privateKeyFile: anyText()
      .optional()
      .describe('Private key for it: a file on this machine, relative to the lab file or below ~/.'),
    bastion: z
      .strictObject({
        host: anyText().describe('Name or address.'),
        port: port().default(22).describe('Port of its SSH server.'),
        user: anyText().describe('Login name there; it accepts the same key.'),
        hostKey: hostKey().optional(),
      })
      .optional()
      .describe('Host to go through.'),
    containerPrepare: absolutePath()
      .optional()
      .describe(
        'Path of containers-prepare-parameter.yaml on the undercloud, as `openstack tripleo container image prepare default` ' +
          "writes it; default: TripleO's own image defaults.",
      ),
  })
  .prefault({})
  .describe('The host that runs `openstack overcloud …`.');
