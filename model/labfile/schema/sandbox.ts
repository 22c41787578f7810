import * as z from 'zod';
import { port, text } from './text';

export const sandbox = z
  .strictObject({
    tripleo: z
      .enum(['quick', 'full'])
      .default('quick')
      .describe(
        'How much of TripleO is real. `quick` replaces `ceph deploy`, the stack phase and the configuration phase. `full` replaces only ' +
          'the last and takes minutes per site. docs/how-it-works.md has the list.',
      ),
    servers: z
      .boolean()
      .default(false)
      .describe(
        'Whether Nova, Neutron and Cinder run, with which servers boot at the sites. They take memory and a minute.',
      ),
    sshPort: port()
      .min(1024)
      .optional()
      .describe('Port on 127.0.0.1 that leads to the undercloud; default: a number from 20000 to 29999 that depends on the lab’s name.'),
    wan: z
      .strictObject({
        rate: text(
          /^[1-9][0-9]*(k|m|g)bit$/,
          'is not a rate',
          'Write a whole number and kbit, mbit or gbit, such as 100mbit',
        )
          .default('200mbit')
          .describe('Rate of each edge site’s link, in each direction.'),
      })
      .prefault({})
      .describe('Links between sites.'),
  })
  .prefault({})
  .describe('Only for `provisioner: sandbox`.');
