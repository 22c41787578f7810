import * as z from 'zod';
import { networkNames } from '../../networks';
import { roleName } from './roles';
import { anyText, text, userName } from './text';

/** An id in the cloud: names need not be unique, and a name can be given to something else. */
function cloudId(what: string, command: string) {
  return text(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    `is not the id of ${what}`,
    `Write what \`openstack ${command} show -f value -c id NAME\` prints`,
  );
}

/** Keys of servers; those of a site win over those of the lab. */
const servers = {
  flavor: anyText().optional().describe('Flavor of the servers, by name.'),
  flavors: z
    .record(roleName, anyText())
    .default({})
    .describe('Flavors by role, by name; they win over `flavor`.'),
  availabilityZone: anyText().optional().describe('Availability zone of servers and volumes; default: the cloud’s.'),
};

const volumes = z
  .strictObject({
    perNode: z.int().min(1).max(24).optional().describe('Number of volumes per OSD node; default: 1.'),
    sizeGiB: z
      .int()
      .min(1)
      .max(2 ** 16)
      .optional()
      .describe('Size of each volume, in GiB; default: 100.'),
    type: anyText().optional().describe('Volume type; default: the cloud’s.'),
  })
  .default({})
  .describe('Volumes that become OSDs.');

export const siteOpenstack = z
  .strictObject({
    ...servers,
    volumes,
    networks: z
      .partialRecord(
        z.enum(networkNames),
        z.strictObject({
          network: cloudId('a network', 'network').describe('Id of the network.'),
          subnet: cloudId('a subnet', 'subnet').describe(
            "Id of its subnet, which has the range of the site's subnet in the plan.",
          ),
        }),
      )
      .default({})
      .describe('Existing networks to use. Networks that are not named here are made, with one router between them.'),
  })
  .prefault({})
  .describe('Only for `provisioner: openstack`: values that differ at this site.');

export const openstack = z
  .strictObject({
    cloud: anyText().describe('Name of the cloud in clouds.yaml, the file with its address and credentials.'),
    image: cloudId('an image', 'image').describe(
      'Image of the nodes’ operating system, with cloud-init.',
    ),
    user: userName()
      .default('cloud-user')
      .describe('Account that the image’s cloud-init creates; through it the kit creates TripleO’s `tripleo-admin`.'),
    ...servers,
    volumes,
    keyPair: anyText()
      .optional()
      .describe('Existing key pair with the undercloud’s `~/.ssh/id_rsa.pub`; default: a new one.'),
    securityGroups: z
      .array(cloudId('a security group', 'security group'))
      .min(1)
      .optional()
      .describe(
        'Existing security groups for all ports of the nodes; default: a new one that allows all traffic from the lab’s networks.',
      ),
    externalNetwork: cloudId('a network', 'network')
      .optional()
      .describe('External network of the router and of floating IPs.'),
    undercloud: z
      .strictObject({
        flavor: anyText().describe('Flavor of the server, by name.'),
        image: cloudId('an image', 'image').describe('Image with an undercloud installed.'),
        keyPair: anyText().describe('Key pair of `undercloud.privateKeyFile`.'),
      })
      .optional()
      .describe(
        'Makes the undercloud as a server of the cloud, with a floating IP if the lab has an `externalNetwork`, else reached at ' +
          'its ctlplane address. Without this key the undercloud exists already.',
      ),
  })
  .optional()
  .describe('Only for `provisioner: openstack`.');
