import * as fs from 'node:fs';
import { parse } from 'yaml';
import {
  type Cluster,
  cluster,
  disk,
  drain,
  drainThroughKills,
  expectWithout,
  host,
  nodes,
  read,
  withSite,
  write,
  writeSite,
} from './drainLab';
import { type Ended, until, within } from './undercloud';

jest.setTimeout(180_000);

describe('nodes drain', () => {
  test.concurrent(
    'closes a node in Nova, has its OSDs emptied, takes it out of the cluster, then removes its records',
    withSite(async (here, services) => {
      const { code, stdout, stderr } = await drain(here, 'e-3');
      expect([code, stdout]).toEqual([0, '{"drained": ["e-3"], "site": "dcn0"}\n']);
      expect(stderr).toContain('site dcn0: e-3.localdomain gets no more servers (disabled in Nova)\n');
      expect(stderr).toContain(
        'Ceph cluster dcn0: e-3: 1 OSDs with 28 placement groups and 5.8 GiB are left\n',
      );
      expect(stderr).toContain('Ceph cluster dcn0: has no more of e-3\n');
      expectWithout(here, services);
      expect(here.read('systemctl-calls')).toMatch(/^10\.0\.0\.43 stop tripleo_nova_\*/);
      expect(services.changes[0]).toBe('PUT /v2.1/os-services/of-e-3');
      const again = await drain(here, 'e-3');
      expect([again.code, again.stderr]).toEqual([
        0,
        'site dcn0: e-3 is not in its inventory; it was drained before\n',
      ]);
    }),
  );

  test.concurrent(
    'goes on where it was killed, at each of its steps, and while it waits',
    withSite(async (here, services) => {
      const waiting = here.start(['nodes', 'drain', 'e-3', '--site', 'dcn0', '--cluster', 'dcn0']);
      await waiting.says(/placement groups/);
      waiting.kill('SIGKILL');
      expect((await waiting.ended).code).toBe(-1);
      write(here, cluster());
      expect(await drainThroughKills(here, 'e-3')).toBeGreaterThan(10);
      expectWithout(here, services);
    }),
  );

  test.concurrent(
    'names servers in the way, copies without a place, and monitors, all at once, and touches nothing',
    withSite(async (here, services) => {
      services.servers = [{ id: 'id-1', name: 'web', host: host('e-3') }];
      const before = read(here);
      const { code, stderr } = await drain(here, 'e-0', 'e-3');
      expect(code).toBe(2);
      expect(stderr).toContain(
        'site dcn0: e-3.localdomain still has servers: web (id-1). Move each with `openstack --os-compute-api-version 2.30 server ' +
          'migrate --live-migration --host OTHER ID` (OTHER: e-1.localdomain, e-2.localdomain), or delete it',
      );
      expect(stderr).toContain(
        'Ceph cluster dcn0: e-0: has a monitor, and no other host can get such a name',
      );
      expect(stderr).toContain(
        'Ceph cluster dcn0: pool images has 3 copies, each on another host, and 2 with OSDs that are up and in would be left ' +
          'without e-0, e-3: add a node with OSDs first',
      );
      expect(services.changes).toEqual([]);
      expect(read(here)).toMatchObject(before);
    }),
  );

  test.concurrent(
    'with --check says what it would do and why it would refuse, and changes nothing',
    withSite(async (here, services) => {
      const before = read(here);
      const words = [
        'nodes',
        'drain',
        'e-3',
        '--site',
        'dcn0',
        '--cluster',
        'dcn0',
        '--stack',
        'dcn0',
        '--check',
      ];
      const does = [
        'site dcn0: e-3: no more servers; the records of Nova, Neutron and Cinder go',
        'Ceph cluster dcn0: osd.3 of e-3 is emptied: 10.0 GiB in 48 placement groups move to other OSDs',
        'Ceph cluster dcn0: e-3 is taken out of it',
        "site dcn0: the ports of e-3 in the undercloud's Neutron are removed",
      ];
      expect(await here.json(words)).toEqual({ site: 'dcn0', does, faults: [] });
      services.servers = [{ id: 'id-1', name: 'web', host: host('e-3') }];
      const { faults } = await here.json<{ faults: string[] }>(words);
      expect(faults).toEqual([expect.stringContaining('e-3.localdomain still has servers: web (id-1)')]);
      expect(read(here)).toMatchObject(before);
      expect([services.changes, here.calls(/unprovision/)]).toEqual([[], []]);
      expect((await drain(here, 'e-3')).code).toBe(2);
      services.servers = [];
      expect((await drain(here, 'e-3')).code).toBe(0);
      expect(await here.json(words)).toEqual({
        site: 'dcn0',
        does: ['site dcn0: e-3 is not in its inventory; it was drained before', does[3]],
        faults: [],
      });
    }),
  );

  test.each<[string, (state: Cluster) => void, RegExp | undefined]>([
    [
      'an OSD that is down is no place for a copy',
      ({ tree }) => (tree.find(({ id }) => id === 1)!.status = 'down'),
      /pool images has 3 copies, each on another host, and 2 with/,
    ],
    [
      'nor is one that is out',
      ({ tree }) => (tree.find(({ id }) => id === 1)!.reweight = 0),
      /pool images has 3 copies, each on another host, and 2 with/,
    ],
    [
      'nor one that cephadm removes',
      ({ orch }) => orch.queue.push({ osd_id: 1, hostname: 'e-1', draining: true }),
      /pool images has 3 copies, each on another host, and 2 with/,
    ],
    [
      'data that does not fit on the others',
      ({ use }) => Object.values(use).forEach((osd) => (osd.kb_used = disk * 0.7)),
      /280\.0 GiB are in use, and the OSDs that stay without e-3 have 300\.0 GiB, of which Ceph fills 85%/,
    ],
    [
      'two copies',
      ({ pools }) => pools.splice(0, 1, { pool_name: 'images', crush_rule: 0, size: 2 }),
      undefined,
    ],
  ])('refuses what would leave data without a place: %s', async (_, change, fault) => {
    await withSite(async (here, services) => {
      const state = cluster();
      change(state);
      write(here, state);
      const { code, stderr } = await drain(here, 'e-3');
      if (fault) {
        expect(code).toBe(2);
        expect(stderr).toMatch(fault);
        expect(services.changes).toEqual([]);
      } else {
        expect(code).toBe(0);
      }
    })();
  });

  test.concurrent(
    'ends with what to look at where Ceph moves nothing any more',
    withSite(async (here) => {
      here.inject('nodes._STALL_SECONDS = 1');
      here.inject('from ceph import nodes');
      const running = here.start(['nodes', 'drain', 'e-3', '--site', 'dcn0', '--cluster', 'dcn0']);
      await running.says(/placement groups/);
      const stuck = (): void => {
        const state = read(here);
        state.tree.find(({ id }) => id === 1)!.status = 'down';
        write(here, state);
      };
      // The fake may write its state over this one.
      await until(
        () => (stuck(), read(here).tree.find(({ id }) => id === 1)?.status === 'down'),
        'the fault',
      );
      const { code, stderr } = await running.ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/nothing was moved for [\d.]+ minutes; look at `ceph health detail`/);
    }),
  );

  test.concurrent(
    'touches nothing where cephadm does not manage the cluster, as on the sandbox without all of TripleO',
    withSite(async (here, services) => {
      here.write('ceph/dcn0/map.json', JSON.stringify({ ...cluster(), orch: undefined }));
      const { code, stderr } = await drain(here, 'e-3');
      expect(code).toBe(1);
      expect(stderr).toContain('No orchestrator configured');
      expect(services.changes).toEqual([]);
    }),
  );

  test.concurrent(
    'without a cluster of the site asks Nova alone',
    withSite(async (here, services) => {
      fs.rmSync(here.path('ceph/dcn0'), { recursive: true });
      const { code } = await here.kit(['nodes', 'drain', 'e-3', '--site', 'dcn0']);
      expect(code).toBe(0);
      expect(services.computes).toHaveLength(3);
    }),
  );

  test.concurrent(
    'asks Ceph alone before there is a control plane, as for the cluster outside of all overclouds',
    within(async (here) => {
      writeSite(here);
      const { code, stderr } = await drain(here, 'e-3');
      expect([code, stderr]).toEqual([0, expect.stringContaining('has no more of e-3')]);
      expect(read(here).orch.hosts).toHaveLength(3);
    }),
  );

  test.concurrent(
    'refuses to empty all nodes of a site',
    withSite(async (here) => {
      const { code, stderr } = await drain(here, ...nodes);
      expect(code).toBe(2);
      expect(stderr).toContain('site dcn0: all its nodes would leave: destroy the site instead');
    }),
  );
});

test.concurrent(
  'with the stack of a site that shrinks, the ports of the nodes go, too, also of nodes that were drained before',
  withSite(async (here, services) => {
    const leave = (): Promise<Ended> => drain(here, 'e-3', '--stack', 'dcn0');
    const file = `${here.lab()}/dcn0/leaving_nodes.yaml`;
    const unprovision = /^overcloud node unprovision/;
    here.behave('[[ $all != "overcloud node unprovision"* ]] || exit 3');
    expect((await leave()).code).toBe(1);
    here.behave('');
    expect((await leave()).code).toBe(0);
    expectWithout(here, services);
    expect(here.calls(unprovision).map(({ words }) => words)).toEqual(
      Array(2).fill(`overcloud node unprovision -y --stack dcn0 ${file}`),
    );
    expect(parse(here.read('dcn/dev/dcn0/leaving_nodes.yaml'))).toEqual([
      {
        name: 'Leaving',
        count: 0,
        instances: [{ hostname: 'e-3', name: 'e-3', managed: false, provisioned: false }],
      },
    ]);
    expect((await leave()).code).toBe(0);
    // The record of the job has another identity by now: none.
    expect(here.calls(unprovision)).toHaveLength(3);
    expect((await leave()).code).toBe(0);
    expect(here.calls(unprovision)).toHaveLength(3);
  }),
);
