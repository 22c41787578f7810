import type { FakeGlance } from './fakeGlance';
import { addClone, lab } from './imageLab';
import { writeInventory } from './storeLab';
import type { Ended, TestUndercloud } from './undercloud';

jest.setTimeout(120_000);

/*
 * The cluster of dcn0 has the monitors node-1, where TripleO made the cluster, and mon-b; compute-a has no monitor. Documents
 * and records name node-1.
 */
const addresses = { 'node-1': '10.0.0.31', 'compute-a': '10.0.0.41', 'mon-b': '10.0.0.42' };
const ofCephadm = 'ceph.client.admin.keyring\nceph.conf\n';

const monitors = (work: (here: TestUndercloud, glance: FakeGlance) => Promise<void>): (() => Promise<void>) =>
  lab(async (here, glance) => {
    writeInventory(here, 'dcn0', addresses);
    here.write('etc-ceph-10.0.0.31', 'dcn0.client.admin.keyring\ndcn0.conf\n');
    here.write('etc-ceph-10.0.0.41', 'dcn0.client.openstack.keyring\ndcn0.conf\n');
    here.write('etc-ceph-10.0.0.42', `dcn0.client.openstack.keyring\ndcn0.conf\n${ofCephadm}`);
    here.write('ceph-cluster', 'dcn0');
    await work(here, glance);
  });

const verify = (here: TestUndercloud): Promise<Ended> =>
  here.kit(['images', 'verify', 'plain', '--at', 'dcn0']);
const shells = (here: TestUndercloud): string[] =>
  [...here.read('ssh-calls').matchAll(/tripleo-admin@(\S+) -- sudo cephadm shell --config (\S+)/g)].map(
    ([, address, config]) => `${address} ${config}`,
  );

test.concurrent(
  'a cluster is asked on another monitor while the node on record does not answer, once found without that node',
  monitors(async (here, glance) => {
    const ids = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'].map((name) =>
      glance.add(name, ['central', 'dcn0']),
    );
    here.write('unreachable', '10.0.0.31\n');
    const { code, stderr } = await here.kit(['images', 'remove', ...ids, '--from', 'dcn0']);
    expect([code, glance.where('nine')]).toEqual([0, ['central']]);
    expect(stderr).toMatch(
      /^store dcn0: node-1 cannot be asked, looks for another node: .*No route to host/m,
    );
    expect(stderr).toContain('store dcn0: asks mon-b in place of node-1\n');
    const asked = '10.0.0.42 /etc/ceph/ceph.conf';
    expect(shells(here)).toEqual(['10.0.0.31 /etc/ceph/dcn0.conf', asked, asked, asked]);
  }),
);

test.concurrent(
  'a node that was made anew has no key, and another monitor is asked; clones are found there',
  monitors(async (here, glance) => {
    const id = glance.add('plain', ['central', 'dcn0']);
    addClone(here, 'dcn0', id);
    here.write('etc-ceph-10.0.0.31', '');
    const { code, stderr } = await here.kit(['images', 'remove', 'plain', '--from', 'dcn0']);
    expect([code, glance.where('plain')]).toEqual([2, ['central', 'dcn0']]);
    expect(stderr).toContain('it is the parent of vms/server-1_disk');
    expect(stderr).toContain('asks mon-b in place of node-1');
  }),
);

test.concurrent(
  'a cluster that no node can be asked about is an error with the reason of each',
  monitors(async (here, glance) => {
    glance.add('plain', ['central', 'dcn0']);
    here.write('unreachable', '10.0.0.31\n10.0.0.42\n');
    const { code, stderr } = await verify(here);
    expect(code).toBe(1);
    const lines = stderr.slice(stderr.indexOf('store dcn0: no node')).split('\n');
    expect(lines).toEqual([
      'store dcn0: no node of site dcn0 can be asked about its cluster dcn0:',
      expect.stringMatching(/^store dcn0: node-1 \(10\.0\.0\.31\): ssh .*No route to host/) as string,
      expect.stringMatching(/^store dcn0: mon-b \(10\.0\.0\.42\): ssh .*No route to host/) as string,
      'store dcn0: compute-a: without the key of its administrator in /etc/ceph',
      '',
    ]);
  }),
);

test.concurrent(
  "a program's own failure is not tried elsewhere",
  monitors(async (here, glance) => {
    glance.add('plain', ['central', 'dcn0']);
    here.write('stderr-of-rbd', 'rbd: error opening image\n');
    const { code, stderr } = await verify(here);
    expect([code, shells(here).length]).toEqual([1, 1]);
    expect(stderr).toContain('store dcn0: node-1 (10.0.0.31): rbd: error opening image');
  }),
);

test.concurrent(
  'the direct way writes through another monitor while the node on record does not answer',
  monitors(async (here, glance) => {
    glance.add('plain', ['central']);
    writeInventory(here, 'control-plane', { 'node-0': '10.0.0.30' });
    here.write('ceph/dcn0/fsid', 'fsid-of-dcn0');
    here.write('unreachable', '10.0.0.31\n');
    const { code, stderr } = await here.kit(['images', 'copy', 'plain', '--direct', '--to', 'dcn0']);
    expect([code, glance.where('plain')]).toEqual([0, ['central', 'dcn0']]);
    expect(stderr).toContain('asks mon-b in place of node-1');
  }),
);
