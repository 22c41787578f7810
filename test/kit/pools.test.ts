import { type TestUndercloud, within } from './undercloud';

interface CrushRule {
  rule_id: number;
  rule_name: string;
  steps: { op: string; type?: string }[];
}

interface Pool {
  pool_name: string;
  crush_rule: number;
  size: number;
  pg_autoscale_mode: string;
  pg_num_target: number;
  options: { target_size_ratio?: number };
}

/** A cluster's rules and pools, as Ceph prints both. */
interface CephMap {
  rules: CrushRule[];
  pools: Pool[];
}

const rule = (id: number, name: string, type: string): CrushRule => ({
  rule_id: id,
  rule_name: name,
  // As Ceph makes them: without a kind of bucket the step is choose, not chooseleaf.
  steps: [
    { op: 'take' },
    { op: type === 'osd' ? 'choose_firstn' : 'chooseleaf_firstn', type },
    { op: 'emit' },
  ],
});

/** A pool as tripleo-ansible since May 2023 makes it. */
const pool = (name: string, settings: Partial<Pool> = {}): Pool => ({
  pool_name: name,
  crush_rule: 0,
  size: 3,
  pg_autoscale_mode: 'on',
  pg_num_target: 16,
  options: {},
  ...settings,
});

const overHosts = rule(0, 'replicated_rule', 'host');
const overDisks = rule(0, 'replicated_rule', 'osd');

/** Runs the verb on a cluster, with the settings of pools; gives the cluster's pools afterwards. */
async function settle(here: TestUndercloud, settings: string[], map?: CephMap) {
  if (map) {
    here.write('ceph/dcn0/map.json', JSON.stringify(map));
    here.write('dcn/dev/dcn0/known_hosts', '10.0.16.74 ssh-ed25519 AAAAnode\n');
  }
  const words = ['--cluster', 'dcn0', '--site', 'dcn0', '--node', 'oc0-ceph-4', '--address', '10.0.16.74'];
  const { code, stderr } = await here.kit(['ceph', 'pools', ...words, ...settings]);
  const { rules, pools } = JSON.parse(here.read('ceph/dcn0/map.json')) as CephMap;
  const domain = (id: number) => rules.find(({ rule_id }) => rule_id === id)?.steps[1]?.type;
  const domains = Object.fromEntries(pools.map((each) => [each.pool_name, domain(each.crush_rule)]));
  return { code, stderr, pools, domains };
}

describe('settings of the lab file', () => {
  const map: CephMap = {
    rules: [overHosts, rule(1, 'ssd', 'host')],
    pools: [pool('images'), pool('vms'), pool('volumes'), pool('own')],
  };
  const settings = [
    ...['--pool', 'images,size=2,pg_num=64'],
    ...['--pool', 'vms,size=3,target_size_ratio=0.4,crush_rule=ssd'],
    ...['--pool', 'volumes,size=3'],
  ];

  test.concurrent(
    'reach pools that exist, and are said once',
    within(async (here) => {
      const changed = await settle(here, settings, map);
      expect(changed).toMatchObject({
        code: 0,
        pools: [
          pool('images', { size: 2, pg_autoscale_mode: 'off', pg_num_target: 64 }),
          pool('vms', { crush_rule: 1, options: { target_size_ratio: 0.4 } }),
          pool('volumes'),
          pool('own'),
        ],
      });
      expect(changed.stderr.split('\n')).toEqual([
        'Ceph cluster dcn0: pool images: size was 3, is 2',
        'Ceph cluster dcn0: pool images: pg_autoscale_mode was on, is off',
        'Ceph cluster dcn0: pool images: pg_num was 16, is 64',
        'Ceph cluster dcn0: pool vms: crush_rule was replicated_rule, is ssd',
        'Ceph cluster dcn0: pool vms: target_size_ratio was 0.0, is 0.4',
        '',
      ]);
      expect(await settle(here, settings)).toEqual({ ...changed, stderr: '' });
    }),
  );

  test.concurrent(
    'that are not written leave a pool as it is',
    within(async (here) => {
      const own = pool('images', { crush_rule: 1, size: 5, pg_autoscale_mode: 'warn' });
      const ended = await settle(here, ['--pool', 'images'], { ...map, pools: [own] });
      expect(ended).toMatchObject({ code: 0, stderr: '', pools: [own] });
    }),
  );

  test.concurrent(
    'turn the autoscaler on again where a pool gets a ratio in place of fixed placement groups',
    within(async (here) => {
      const fixed = pool('images', { pg_autoscale_mode: 'off' });
      const ended = await settle(here, ['--pool', 'images,target_size_ratio=0.2'], {
        ...map,
        pools: [fixed],
      });
      expect(ended.pools).toEqual([pool('images', { options: { target_size_ratio: 0.2 } })]);
    }),
  );

  test.concurrent(
    'that the cluster cannot have are named together, before a change',
    within(async (here) => {
      const ended = await settle(here, ['--pool', 'images,size=2,crush_rule=nvme', '--pool', 'disks'], map);
      expect(ended).toMatchObject({ code: 1, pools: map.pools });
      expect(ended.stderr).toMatch(/has no pool disks, .*\n.*has no CRUSH rule nvme, .*CephCrushRules/);
      const misspelt = await settle(here, ['--pool', 'images,copies=2', '--pool', 'vms,size']);
      expect(misspelt.code).toBe(2);
      expect(misspelt.stderr).toMatch(/'images,copies=2'.*\n.*'vms,size'/);
    }),
  );
});

describe('copies of a cluster that has grown', () => {
  test.concurrent(
    "are on several hosts, except in pools of the operator's own rules, and are more",
    within(async (here) => {
      const settings = ['--pool', 'images,size=3', '--pool', 'vms,size=3', '--over-hosts'];
      const grown = await settle(here, settings, {
        rules: [overDisks, rule(1, 'fast', 'osd')],
        pools: [
          pool('device_health_metrics', { size: 2 }),
          pool('images', { size: 1 }),
          pool('vms', { crush_rule: 1, size: 2 }),
        ],
      });
      expect(grown).toMatchObject({
        code: 0,
        domains: { device_health_metrics: 'host', images: 'host', vms: 'osd' },
        pools: [{ size: 2 }, { size: 3 }, { size: 3 }],
      });
      expect(grown.stderr).toContain(
        'Ceph cluster dcn0: pool images: crush_rule was replicated_rule, is replicated_host\n',
      );
      expect(await settle(here, settings)).toEqual({ ...grown, stderr: '' });
    }),
  );

  test.concurrent(
    'stay on the disks of a cluster that still has one host',
    within(async (here) => {
      const map = { rules: [overDisks], pools: [pool('images')] };
      expect(await settle(here, ['--pool', 'images,size=3'], map)).toMatchObject({
        code: 0,
        stderr: '',
        domains: { images: 'osd' },
      });
    }),
  );

  test.concurrent(
    'stay where they are in a cluster that was made of several hosts',
    within(async (here) => {
      const map = { rules: [overHosts], pools: [pool('images')] };
      const ended = await settle(here, ['--pool', 'images,size=3', '--over-hosts'], map);
      expect(ended).toMatchObject({ code: 0, stderr: '', pools: [pool('images')] });
    }),
  );

  test.concurrent(
    'are on several hosts also after an interrupted change',
    within(async (here) => {
      const ended = await settle(here, ['--over-hosts'], {
        rules: [overDisks, rule(1, 'replicated_host', 'host')],
        pools: [pool('images', { crush_rule: 1 }), pool('vms')],
      });
      expect(ended).toMatchObject({ code: 0, domains: { images: 'host', vms: 'host' } });
    }),
  );
});
