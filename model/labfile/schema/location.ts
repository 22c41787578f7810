import * as z from 'zod';
import { text } from './text';

const bucket = (what: string) =>
  text(
    /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
    'is not the name of a bucket of CRUSH',
    'Use letters, digits, dots, hyphens and underscores only',
  )
    .optional()
    .describe(what);

/** The place of a host in the CRUSH hierarchy, by the types of buckets that TripleO accepts (tripleo-ansible ceph_spec.py). */
export const location = z
  .strictObject({
    root: bucket('Root of the hierarchy; default: `default`, in which the default rule places data.'),
    region: bucket('Region of the host.'),
    zone: bucket('Zone of the host.'),
    datacenter: bucket('Data centre of the host.'),
    room: bucket('Room of the host.'),
    pod: bucket('Pod of the host.'),
    pdu: bucket('Power distribution unit of the host.'),
    row: bucket('Row of the host.'),
    rack: bucket('Rack of the host, for Ceph; the `rack` of the node is one of networks.'),
    chassis: bucket('Chassis of the host.'),
  })
  .optional()
  .describe(
    'Only for nodes with OSDs: place of the host in the CRUSH hierarchy, such as `{ rack: r1 }`. A rule that places copies on different racks is in ' +
      '`CephCrushRules` of the site’s `parameters`. A host that is moved moves its data.',
  );

/** Names of buckets by their types, the outermost first. */
export type Location = NonNullable<z.output<typeof location>>;
