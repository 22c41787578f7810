import { type TestUndercloud, within } from './undercloud';

interface CrushRule {
  rule_id: number;
  rule_name: string;
  steps: { op: string; type?: string }[];
}

/** A cluster's rules, and for each pool the id of its rule. */
interface CephMap {
  rules: CrushRule[];
  pools: { pool_name: string; crush_rule: number }[];
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

async function spread(here: TestUndercloud, map?: CephMap) {
  if (map) {
    here.write('ceph/dcn0/map.json', JSON.stringify(map));
    here.write('dcn/dev/dcn0/known_hosts', '10.0.16.74 ssh-ed25519 AAAAnode\n');
  }
  const words = ['--cluster', 'dcn0', '--site', 'dcn0', '--node', 'oc0-ceph-4', '--address', '10.0.16.74'];
  const { code, stderr } = await here.kit(['ceph', 'spread', ...words]);
  const { rules, pools } = JSON.parse(here.read('ceph/dcn0/map.json')) as CephMap;
  const domain = (id: number) => rules.find(({ rule_id }) => rule_id === id)?.steps[1]?.type;
  const domains = Object.fromEntries(pools.map((pool) => [pool.pool_name, domain(pool.crush_rule)]));
  return { code, stderr, domains };
}

test.concurrent(
  "spreads the pools of a cluster that was made of one host over hosts, except pools of the operator's own rules",
  within(async (here) => {
    const grown = await spread(here, {
      rules: [rule(0, 'replicated_rule', 'osd'), rule(1, 'fast', 'osd')],
      pools: [
        { pool_name: 'device_health_metrics', crush_rule: 0 },
        { pool_name: 'images', crush_rule: 0 },
        { pool_name: 'vms', crush_rule: 1 },
      ],
    });
    expect(grown).toEqual({
      code: 0,
      stderr: 'Ceph cluster dcn0: copies are on different hosts now, in device_health_metrics, images\n',
      domains: { device_health_metrics: 'host', images: 'host', vms: 'osd' },
    });
    expect(await spread(here)).toEqual({ ...grown, stderr: '' });
  }),
);

test.concurrent(
  'changes nothing in a cluster that was made of several hosts',
  within(async (here) => {
    const ended = await spread(here, {
      rules: [rule(0, 'replicated_rule', 'host')],
      pools: [{ pool_name: 'images', crush_rule: 0 }],
    });
    expect(ended).toEqual({ code: 0, stderr: '', domains: { images: 'host' } });
  }),
);

test.concurrent(
  'ends an interrupted change',
  within(async (here) => {
    const ended = await spread(here, {
      rules: [rule(0, 'replicated_rule', 'osd'), rule(1, 'replicated_host', 'host')],
      pools: [
        { pool_name: 'images', crush_rule: 1 },
        { pool_name: 'vms', crush_rule: 0 },
      ],
    });
    expect(ended).toMatchObject({ code: 0, domains: { images: 'host', vms: 'host' } });
  }),
);
