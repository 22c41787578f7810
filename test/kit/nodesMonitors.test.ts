import { type Cluster, cluster, drain, drainThroughKills, nodes, read, withSite, write } from './drainLab';
import type { TestUndercloud } from './undercloud';

jest.setTimeout(180_000);

const forGood = ['--stack', 'dcn0'];
const hostsOf = (here: TestUndercloud, kind: string): string[] =>
  read(here)
    .orch.daemons.filter((daemon) => daemon.daemon_type === kind)
    .map(({ hostname }) => hostname);

/** A file in /etc/ceph of a node. */
const folderOf = (node: string, file: string): string => `nodes/10.0.0.4${node.at(-1)}/etc/ceph/${file}`;
/** The first node has the files of TripleO and those of cephadm; the other nodes with monitors have those of cephadm. */
const withKeys = (work: Parameters<typeof withSite>[0]): (() => Promise<void>) =>
  withSite(async (here, services) => {
    for (const end of ['conf', 'client.admin.keyring']) {
      here.write(folderOf('e-0', `dcn0.${end}`), 'made by TripleO');
      nodes.forEach((node) => here.write(folderOf(node, `ceph.${end}`), 'of cephadm'));
    }
    await work(here, services);
  });

describe('a node with a monitor leaves', () => {
  test.concurrent(
    'after another host has got one, which is in the quorum first; the active manager moves, too',
    withKeys(async (here) => {
      write(here, { ...cluster(), active: 'e-2' });
      const { code, stderr } = await drain(here, 'e-2', ...forGood);
      expect([code, stderr]).toEqual([0, expect.stringContaining('has no more of e-2')]);
      expect(read(here).events).toEqual(['e-3 joins e-0, e-1, e-2, e-3', 'e-2 goes e-0, e-1, e-3']);
      expect([hostsOf(here, 'mon'), hostsOf(here, 'mgr')]).toEqual([
        ['e-0', 'e-1', 'e-3'],
        ['e-0', 'e-1', 'e-3'],
      ]);
      expect(stderr).toContain('waits for the monitor of e-3, manager of e-3\n');
      expect(stderr).toContain('site dcn0: the monitors of its Ceph cluster change');
    }),
  );

  test.concurrent(
    'also where the kit was killed before any of its requests',
    withKeys(async (here) => {
      expect(await drainThroughKills(here, 'e-2', ...forGood)).toBeGreaterThan(12);
      const { events, orch } = read(here);
      expect(events).toEqual(['e-3 joins e-0, e-1, e-2, e-3', 'e-2 goes e-0, e-1, e-3']);
      expect(orch.hosts.map(({ hostname }) => hostname)).toEqual(['e-0', 'e-1', 'e-3']);
      // The first node with a monitor may be another one now: `ceph deploy` reads these files there.
      const files = ['e-0', 'e-1'].map((node) =>
        ['dcn0.conf', 'dcn0.client.admin.keyring'].map((file) => here.read(folderOf(node, file))),
      );
      expect(files).toEqual([
        ['made by TripleO', 'made by TripleO'],
        ['of cephadm', 'of cephadm'],
      ]);
    }),
  );

  test.concurrent(
    'without another one where enough are left',
    withKeys(async (here) => {
      const state = cluster();
      state.mons.push('e-3');
      state.orch.services.forEach(({ placement }) => placement.hosts.push('e-3'));
      ['mon', 'mgr'].forEach((kind) =>
        state.orch.daemons.push({
          hostname: 'e-3',
          daemon_type: kind,
          daemon_id: 'e-3',
          status_desc: 'running',
        }),
      );
      write(here, state);
      expect((await drain(here, 'e-0', ...forGood)).code).toBe(0);
      expect(read(here).events).toEqual(['e-0 goes e-1, e-2, e-3']);
    }),
  );

  test.concurrent(
    'if it is off for good, though cephadm has not noticed that yet',
    withKeys(async (here) => {
      here.write('unreachable', '10.0.0.42\n');
      const state = cluster();
      Object.assign(
        state.tree.find(({ id }) => id === 2)!,
        { status: 'down', reweight: 0 },
      );
      write(here, { ...state, off: ['e-2'] });
      expect(await drainThroughKills(here, 'e-2', '--dead', ...forGood)).toBeGreaterThan(5);
      expect(read(here).mons).toEqual(['e-0', 'e-1', 'e-3']);
      expect([hostsOf(here, 'mon'), hostsOf(here, 'mgr')]).toEqual([
        ['e-0', 'e-1', 'e-3'],
        ['e-0', 'e-1', 'e-3'],
      ]);
    }),
  );
});

describe('a node with a monitor stays', () => {
  const refusals: [string, (state: Cluster) => void, string[], string][] = [
    [
      'where a new host would get its name',
      () => undefined,
      ['e-2'],
      'e-2: has a monitor, and no other host',
    ],
    [
      'where no other node has one',
      (state) => {
        state.mons = ['e-2'];
        state.orch.services.forEach((service) => (service.placement.hosts = ['e-2']));
      },
      ['e-2', ...forGood],
      'e-2: no other node has a monitor, and clients know only the monitors with which they were deployed',
    ],
    [
      'where the monitor of another node is out of the quorum',
      (state) => (state.off = ['e-1']),
      ['e-2', ...forGood],
      'the monitors of e-1 are not in the quorum, so that of e-2 is needed',
    ],
    [
      'where cephadm does not manage monitors',
      (state) => Object.assign(state.orch.services[0]!, { unmanaged: true }),
      ['e-2', ...forGood],
      'service mon is unmanaged, so cephadm takes it from no node: apply its specification without `unmanaged`',
    ],
    [
      'with another service that may run nowhere else',
      (state) =>
        state.orch.services.push({
          service_type: 'rgw',
          service_name: 'rgw.s3',
          placement: { hosts: ['e-2'] },
        }),
      ['e-2', ...forGood],
      'service rgw.s3 may run on e-2 alone: give it other hosts first',
    ],
  ];
  test.concurrent.each(refusals)('%s', async (_, change, words, fault) => {
    await withSite(async (here, services) => {
      const state = cluster();
      change(state);
      write(here, state);
      const { code, stderr } = await drain(here, ...words);
      expect([code, stderr]).toEqual([2, expect.stringContaining(fault)]);
      expect([services.changes, read(here).events]).toEqual([[], []]);
    })();
  });
});

test.concurrent(
  'what becomes of monitors is said before',
  withSite(async (here) => {
    const words = ['nodes', 'drain', 'e-2', '--site', 'dcn0', '--cluster', 'dcn0', ...forGood, '--check'];
    const { does } = await here.json<{ does: string[] }>(words);
    expect(does).toEqual(
      expect.arrayContaining([
        'Ceph cluster dcn0: the monitor of e-2 is removed; e-3 gets one first; 3 are left',
        'Ceph cluster dcn0: the manager of e-2 is removed; e-3 gets one first; 3 are left',
      ]),
    );
  }),
);
