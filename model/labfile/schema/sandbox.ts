import * as z from 'zod';
import { port, text } from './text';

export const sandbox = z
  .strictObject({
    tripleo: z
      .enum(['quick', 'full'])
      .default('quick')
      .describe(
        'How much of TripleO is real. `quick`: `ceph deploy` and the stack phase are stood in for. `full`: cephadm and Heat run, ' +
          'which takes minutes for each site. docs/how-it-works.md has the list.',
      ),
    servers: z
      .boolean()
      .default(false)
      .describe(
        'Whether Nova, Neutron, Cinder and what they need run, so that servers boot at the sites; they take memory and a minute.',
      ),
    sshPort: port()
      .min(1024)
      .optional()
      .describe('Port on 127.0.0.1 that leads to the undercloud; default: from the name of the lab.'),
    wan: z
      .strictObject({
        rate: text(
          /^[1-9][0-9]*(k|m|g)bit$/,
          'is not a rate',
          'Write a whole number and kbit, mbit or gbit, such as 100mbit',
        )
          .default('200mbit')
          .describe('Rate of each edge site, each way.'),
      })
      .prefault({})
      .describe('Between sites.'),
  })
  .prefault({})
  .describe('Only for `provisioner: sandbox`.');
