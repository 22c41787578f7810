import { consent } from '../../stacks/consent';
import { onExistingHosts } from '../shipped';
import { type Run, TestLab, standing } from './harness';

const lab = new TestLab();
afterAll(() => lab.remove());
afterEach(() => {
  lab.write(lab.shipped());
  Object.keys(consent).forEach((name) => delete process.env[name]);
});

const stay = 'oc0-ceph-4: DistributedComputeHCI, oc0-ceph-6: DistributedComputeHCIScaleOut';
const write = (nodes: string) => lab.write(lab.shipped().replace('oc0-ceph-4: DistributedComputeHCI', nodes));
const node = (role: string) => ({ address: '10.0.16.74', instanceId: 'one', role });
const before = (...gone: string[]) => ({
  ...standing['dev-dcn0'],
  nodes: {
    'oc0-ceph-4': node('DistributedComputeHCI'),
    ...Object.fromEntries(gone.map((name) => [name, node('DistributedComputeScaleOut')])),
  },
});
const failure = (run: Promise<Run>): Promise<string> =>
  run.then(
    () => 'no failure',
    (error: Error) => error.message,
  );

describe('nodes that are gone from the lab file', () => {
  test('are drained before anything else of the site changes, once a person has agreed', async () => {
    Object.assign(process.env, consent);
    write(stay);
    const run = await lab.run('dev-dcn0', { before: before('oc0-ceph-8', 'oc0-ceph-9') });
    expect(run.named('dcn0-leaving').inputs.create).toContain(
      '/kit nodes drain oc0-ceph-8 oc0-ceph-9 --site dcn0 --stack dcn0 --cluster dcn0',
    );
    const changed = [
      'dcn0-nodes',
      'dcn0-ready',
      'dcn0-network-provision',
      'dcn0-node-provision',
      'dcn0-ceph-deploy',
    ];
    for (const name of changed) {
      expect([name, run.named(name).dependsOn]).toEqual([name, expect.arrayContaining(['dcn0-leaving'])]);
    }
    expect(JSON.stringify(run.named('dcn0-node-provision').inputs)).not.toContain('oc0-ceph-8');
    expect(Object.keys(run.outputs.nodes as object)).toEqual(['oc0-ceph-4', 'oc0-ceph-6']);
  });

  test('are shown by previews, and refused without consent, with what is going to be done', async () => {
    write(stay);
    const preview = await lab.run('dev-dcn0', { before: before('oc0-ceph-8'), preview: true });
    expect(preview.named('dcn0-leaving').inputs.create).toContain('nodes drain oc0-ceph-8');
    const message = await failure(lab.run('dev-dcn0', { before: before('oc0-ceph-8') }));
    expect(message).toBe(
      `${lab.file}: glance-dcn:sites.dcn0.nodes.oc0-ceph-8: is gone.\n` +
        `Site dcn0 was not touched. To take oc0-ceph-8 out of it: ./dcn --lab ${lab.file} up --yes. It names servers in the way, ` +
        'moves the data of the OSDs to the other nodes, which may take hours, takes the hosts out of Ceph, and removes the records ' +
        'of Nova, Neutron and Cinder and the ports. The hosts keep running: switch them off or reinstall them then.',
    );
  });

  test('that must stay are refused, also with consent, together with all other faults', async () => {
    Object.assign(process.env, consent);
    lab.write(
      lab.shipped().replace('oc0-ceph-4: DistributedComputeHCI', 'oc0-ceph-6: DistributedComputeHCI'),
    );
    const message = await failure(lab.run('dev-dcn0', { before: before('oc0-ceph-8') }));
    expect(message).toContain(
      'nodes.oc0-ceph-6: is new, and the first of the nodes with monitors, on which ceph deploy',
    );
    expect(message).toContain(
      'nodes.oc0-ceph-6: is new, and has etcd; of nodes with etcd stay 0: fewer must be new at once',
    );
    expect(message).toContain('destroy dcn0, then bring it up again.');
  });

  test('make no resource where none is gone', async () => {
    write(stay);
    const { resources } = await lab.run('dev-dcn0', { before: before() });
    expect(resources.filter(({ name }) => name === 'dcn0-leaving')).toEqual([]);
  });
});

test('the check of existing hosts, which forgets nodes that are gone, comes after the drain', async () => {
  lab.write(onExistingHosts(lab.shipped()));
  const run = await lab.run('dev-dcn0', { before: before('oc0-ceph-8'), preview: true });
  expect(run.named('dcn0-nodes').dependsOn).toContain('dcn0-leaving');
  expect(run.named('dcn0-hosts').parent).toBe('dcn0-nodes');
  // The undercloud, whose Neutron has the ports, is checked first.
  expect(run.named('dcn0-leaving').dependsOn).toEqual(['dcn0-undercloud']);
});
