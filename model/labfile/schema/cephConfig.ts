import * as z from 'zod';
import { text } from './text';

const option = text(
  /^[A-Za-z][A-Za-z0-9_/.-]*$/,
  'is not the name of an option of Ceph',
  'Write it with underscores, as `ceph config ls` does',
);

const value = z.union([
  z.boolean(),
  z.number(),
  text(/^[^\s#;][^\n#;]*$/, 'is not the value of an option of Ceph', 'Write one line, without # and ;'),
]);

const section = z.record(option, value).optional();

/** Settings of a Ceph cluster, by the daemons that they are for. */
export const cephConfig = z
  .strictObject({
    global: section.describe('Settings of all daemons and clients.'),
    mon: section.describe('Settings of the monitors.'),
    mgr: section.describe('Settings of the managers, and of their modules: `mgr/cephadm/…`.'),
    osd: section.describe('Settings of the OSDs.'),
    client: section.describe('Settings of the clients, as far as these ask the monitors.'),
  })
  .optional()
  .describe(
    'Settings of the cluster, `option: value`, as in ceph.conf. A setting that is taken out keeps its value in Ceph: `ceph config rm` there ' +
      'gives it the default again.',
  );

/** The kinds of daemons that have settings. */
export type CephSection = keyof NonNullable<z.output<typeof cephConfig>>;
