import * as z from 'zod';
import { networkNames } from '../../addresses';
import { roleName } from './roles';
import { anyText, text, userName } from './text';

/** An id of the cloud's: names need not be unique there, and what a name stands for changes. */
function cloudId(what: string, command: string) {
  return text(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    `is not the id of ${what}`,
    `Write what \`openstack ${command} show -f value -c id NAME\` prints`,
  );
}

/** What servers are like; a site's keys win over the lab's. */
const servers = {
  flavor: anyText().optional().describe('Flavor of the servers, by name.'),
  flavors: z
    .partialRecord(roleName, anyText())
    .default({})
    .describe('Flavors of the servers of single roles, by name.'),
  availabilityZone: anyText().optional().describe('Where servers and volumes lie; default: the cloud’s.'),
};

const volumes = z
  .strictObject({
    perNode: z.int().min(1).max(24).optional().describe('How many each OSD node has; default: 1.'),
    sizeGiB: z
      .int()
      .min(1)
      .max(2 ** 16)
      .optional()
      .describe('Size of each, in GiB; default: 100.'),
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
          network: cloudId('a network', 'network'),
          subnet: cloudId('a subnet', 'subnet').describe(
            "It has the range of the site's subnet in the plan.",
          ),
        }),
      )
      .default({})
      .describe('Networks that exist already; the others are made, and joined by one router.'),
  })
  .prefault({})
  .describe('Only for `provisioner: openstack`: what is different at this site.');

export const openstack = z
  .strictObject({
    cloud: anyText().describe('Name of the cloud in clouds.yaml, which has its address and the credentials.'),
    image: cloudId('an image', 'image').describe(
      'Image of the servers: what the nodes’ operating system is installed from, with cloud-init.',
    ),
    user: userName()
      .default('cloud-user')
      .describe('Account that the image’s cloud-init makes; TripleO’s `tripleo-admin` is made by way of it.'),
    ...servers,
    volumes,
    keyPair: anyText()
      .optional()
      .describe('Key pair with the undercloud’s `~/.ssh/id_rsa.pub`; default: one is made.'),
    securityGroups: z
      .array(cloudId('a security group', 'security group'))
      .min(1)
      .optional()
      .describe(
        'Security groups of all ports of the nodes; default: one is made that lets in whatever comes from the lab’s networks.',
      ),
    externalNetwork: cloudId('a network', 'network')
      .optional()
      .describe('External network that the router leads to, and that floating IPs come from.'),
    undercloud: z
      .strictObject({
        flavor: anyText().describe('Flavor of the server, by name.'),
        image: cloudId('an image', 'image').describe('Image with an undercloud installed.'),
        keyPair: anyText().describe('Key pair of `undercloud.privateKeyFile`.'),
      })
      .optional()
      .describe(
        'The undercloud is a server of the cloud, too; reached by a floating IP where there is an `externalNetwork`, else by ' +
          'its ctlplane address. Default: it exists already.',
      ),
  })
  .optional()
  .describe('Only for `provisioner: openstack`.');
