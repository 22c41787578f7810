import * as site from './drainLab';
import type { Ended, TestUndercloud } from './undercloud';

jest.setTimeout(180_000);

describe('nodes drain --dead', () => {
  const dead = (here: TestUndercloud, ...names: string[]): Promise<Ended> =>
    site.drain(here, ...names, '--dead');
  /** e-3 has no power any more. */
  const off = (here: TestUndercloud): site.Cluster => {
    here.write('unreachable', '10.0.0.43\n');
    const state = { ...site.cluster(), off: ['e-3'] };
    Object.assign(
      state.tree.find(({ id }) => id === 3)!,
      { status: 'down', reweight: 0 },
    );
    // The copies were made anew on the others.
    state.use = Object.fromEntries(
      site.nodes.map((_, osd) => [
        osd,
        { pgs: osd === 3 ? 0 : 64, kb: osd === 3 ? 0 : site.disk, kb_used: 0 },
      ]),
    );
    site.write(here, state);
    return state;
  };

  test.concurrent(
    'takes a node out of the cluster that is off, and removes its records; goes on where it was killed',
    site.withSite(async (here, services) => {
      off(here);
      expect(await site.drainThroughKills(here, 'e-3', '--dead')).toBeGreaterThan(8);
      site.expectWithout(here, services);
      expect(here.exists('systemctl-calls')).toBe(false);
    }),
  );

  test.concurrent(
    'refuses a node that answers or whose OSD is up, and servers on it',
    site.withSite(async (here, services) => {
      services.servers = [{ id: 'id-1', name: 'web', host: site.host('e-3') }];
      const before = site.read(here);
      const { code, stderr } = await dead(here, 'e-3');
      expect(code).toBe(2);
      expect(stderr).toContain('site dcn0: e-3 answers: drain it without --dead, or switch it off for good');
      expect(stderr).toContain(
        'web (id-1). Start each on another host with `openstack server evacuate ID` (before that, ',
      );
      expect(stderr).toContain('Ceph cluster dcn0: osd.3 of e-3: up; drain nodes that run without --dead');
      expect([services.changes, site.read(here)]).toEqual([[], expect.objectContaining(before)]);
    }),
  );

  test.concurrent(
    'refuses where the node may have the only copy of data',
    site.withSite(async (here, services) => {
      const state = off(here);
      const groups = [
        { state_name: 'active+clean', count: 180 },
        { state_name: 'active+undersized+degraded', count: 6 },
        { state_name: 'active+recovery_unfound+degraded', count: 1 },
        { state_name: 'down', count: 5 },
      ];
      site.write(here, { ...state, groups } as site.Cluster);
      const { code, stderr } = await dead(here, 'e-3');
      expect(code).toBe(2);
      expect(stderr).toContain(
        'Ceph cluster dcn0: 6 placement groups lack data that may be on e-3 alone (active+recovery_unfound+degraded, down): ' +
          'get the disks to run again',
      );
      expect(services.changes).toEqual([]);
    }),
  );
});
