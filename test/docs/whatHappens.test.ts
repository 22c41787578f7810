import * as fs from 'node:fs';
import * as path from 'node:path';
import { projectRoot } from '../../lib/paths';
import { faults } from '../chaos/faults';

/** For each fault of test/chaos, the row of docs/troubleshooting.md#what-happens-when that is about the fault. */
const rows: Record<string, string> = {
  'kill -9 of ./dcn': '`./dcn` is killed (`kill -9`)',
  'kill -9 of pulumi': '`pulumi` or one of its plugins is killed',
  'kill -9 of a plugin': '`pulumi` or one of its plugins is killed',
  'kill -9 of a supervisor': "the kit's supervisor of a job is killed",
  'kill -9 of openstack': '`openstack` is killed on the undercloud',
  'power loss of an edge node': 'a node of an edge site, or the Controller, loses its power',
  'power loss of the Controller': 'a node of an edge site, or the Controller, loses its power',
  'power loss of the undercloud': 'the undercloud loses its power',
  'kill -9 of a site’s glance-api': 'a glance-api is killed',
  'kill -9 of the control plane’s glance-api': 'a glance-api is killed',
  'kill -9 of an OSD': 'a Ceph daemon is killed',
  'kill -9 of a Ceph monitor': 'a Ceph daemon is killed',
  'WAN cut': 'the WAN is cut, slow, or loses packets',
  'WAN at 1 Mbit/s': 'the WAN is cut, slow, or loses packets',
  'WAN that loses 5 % of the packets': 'the WAN is cut, slow, or loses packets',
  'full disk of the undercloud': "the undercloud's disk is full",
  'full OSDs': 'the OSDs of a site are full',
};

test('the table of what happens when has a row for each fault of the chaos tests, and no other', () => {
  const text = fs.readFileSync(path.join(projectRoot, 'docs/troubleshooting.md'), 'utf8');
  const [, chapter = ''] = /\n## What happens when\n([^]*?)\n## /.exec(text) ?? [];
  const [, , ...found] = chapter
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|')[1]?.trim());
  expect(Object.keys(rows).sort()).toEqual(Object.keys(faults).sort());
  expect(found).toEqual(
    [...new Set(Object.values(rows))].sort((a, b) => found.indexOf(a) - found.indexOf(b)),
  );
});
