import * as z from 'zod';
import { firstRackIndex } from '../../addresses';
import { networkNames } from '../../networks';
import { subnetKeys } from './networks';
import { text } from './text';

const rackName = text(
  /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
  'is not a name of a rack',
  'Use at most 32 lowercase letters, digits and inner hyphens, with a letter first',
);

/** The rack of a node. */
export const nodeRack = rackName
  .optional()
  .describe("One of the site's `racks`; all nodes of a role are in one. Default: the site's own subnets. A node that is up keeps its rack.");

/** The racks of a site, by name. */
export const racks = z
  .record(
    rackName,
    z.strictObject({
      index: z
        .int()
        .min(firstRackIndex)
        .max(65535)
        .optional()
        .describe(
          `Number of the rack's subnet in each network; required unless the rack writes the \`cidr\` of each. No site's name gives ${firstRackIndex} to 15.`,
        ),
      networks: z
        .partialRecord(z.enum(networkNames), z.strictObject(subnetKeys))
        .default({})
        .describe('Values of the rack’s subnets that differ from the numbering plan, by network.'),
    }),
  )
  .default({})
  .describe(
    'Racks with subnets of their own (TripleO: leaves), which routers join to the other subnets of the site: one for each network ' +
      'of their nodes. Virtual addresses, and nodes without `rack`, are in the subnets of `networks`. Not with `provisioner: openstack`.',
  );
