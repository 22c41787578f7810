import { type TestUndercloud, within } from './undercloud';

/** The hierarchy of a new cluster of two hosts. */
const tree = [
  { id: -1, name: 'default', type: 'root', children: [-2, -3] },
  { id: -2, name: 'h-0', type: 'host', children: [0] },
  { id: -3, name: 'h-1', type: 'host', children: [1] },
  { id: 0, name: 'osd.0', type: 'osd' },
  { id: 1, name: 'osd.1', type: 'osd' },
];

/** Runs the verb with these hosts. */
async function settle(here: TestUndercloud, hosts: string[]) {
  const words = ['--cluster', 'dcn0', '--site', 'dcn0', '--node', 'h-0', '--address', '10.0.16.74'];
  const { code, stderr } = await here.kit([
    'ceph',
    'hierarchy',
    ...words,
    ...hosts.flatMap((host) => ['--host', host]),
  ]);
  return { code, stderr };
}

/** A test with an undercloud, and a cluster with the hierarchy `tree`. */
const withCluster = (work: (here: TestUndercloud) => Promise<void>) =>
  within(async (here) => {
    here.write('ceph/dcn0/map.json', JSON.stringify({ rules: [], pools: [], tree }));
    here.write('dcn/dev/dcn0/known_hosts', '10.0.16.74 ssh-ed25519 AAAAnode\n');
    await work(here);
  });

test.concurrent(
  'hosts move to their places, which is said once',
  withCluster(async (here) => {
    const hosts = ['h-0,root=default,datacenter=east,rack=r1', 'h-1,root=default'];
    expect(await settle(here, hosts)).toEqual({
      code: 0,
      stderr: 'Ceph cluster dcn0: host h-0 was in root=default, is in root=default datacenter=east rack=r1\n',
    });
    expect(await settle(here, hosts)).toEqual({ code: 0, stderr: '' });
    const [back] = (await settle(here, ['h-0,root=default'])).stderr.split('\n');
    expect(back).toMatch(/was in root=default datacenter=east rack=r1, is in root=default$/);
  }),
);

test.concurrent(
  'a host that Ceph does not know is an error with its reason',
  withCluster(async (here) => {
    const ended = await settle(here, ['h-9,root=default,rack=r1']);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/item h-9 does not exist/);
  }),
);

test.concurrent(
  'places of another form are named together',
  withCluster(async (here) => {
    const ended = await settle(here, ['h-0', 'h-1,rack', 'H,rack=r1']);
    expect(ended.code).toBe(2);
    expect(ended.stderr).toMatch(/'h-0'.*\n.*'h-1,rack'.*\n.*'H,rack=r1'/);
  }),
);
