import * as fs from 'node:fs';
import * as path from 'node:path';
import { filesUnder } from '../../lib/filesUnder';
import { projectRoot } from '../../lib/paths';
import {
  type Plant,
  addressed,
  audit,
  ceph,
  df,
  file,
  health,
  healthy,
  listening,
  of,
  onNode,
  roomy,
  services,
  short,
  sites,
} from './auditLab';

/* The kit's audit of a lab: nothing is found while the lab is healthy, and each planted difference alone. */

jest.setTimeout(300_000);

const plants: [finding: string, plant: Plant][] = [
  // Glance
  [
    'error dcn0 - store-missing',
    ({ glance }) => {
      glance.stores = ['central', 'dcn1'];
      return () => void (glance.stores = ['central', 'dcn0', 'dcn1']);
    },
  ],
  [
    'warning control-plane - store-foreign',
    ({ glance }) => {
      glance.stores = ['central', 'dcn0', 'dcn1', 'dcn7'];
      return () => void (glance.stores = ['central', 'dcn0', 'dcn1']);
    },
  ],
  [
    'warning dcn0 - store-outdated',
    file('dcn/dev/stores/dcn0.json', (text) => text.replace(/"digest": "../, '"digest": "xx')),
  ],
  [
    'error control-plane - image-missing',
    ({ glance }) => {
      glance.change('guest', { glance_dcn_lab: 'other' });
      return () => glance.change('guest', { glance_dcn_lab: 'dev' });
    },
  ],
  [
    'error control-plane - image-status',
    ({ glance }) => {
      glance.change('guest', { status: 'deactivated' });
      return () => glance.change('guest', { status: 'active' });
    },
  ],
  [
    'error dcn1 - image-copy',
    ({ glance }) => {
      const stores = glance.where('lacking') as string[];
      stores.splice(stores.indexOf('dcn1'), 1);
      return () => void stores.push('dcn1');
    },
  ],
  ['warning dcn1 - image-unfinished', file('dcn/dev/stores/parts/dcn1/0a', () => '')],
  // Nova, Neutron, Cinder
  [
    'error dcn0 e-1 compute-missing',
    services('computes', (all) => all.filter(({ host }) => !host.startsWith('e-1'))),
  ],
  ['error dcn0 e-0 compute-down', services('computes', of('e-0', { state: 'down' }))],
  [
    'warning dcn1 f-0 compute-disabled',
    services('computes', of('f-0', { status: 'disabled', disabled_reason: 'by hand' })),
  ],
  ['error dcn0 e-1 zone', services('computes', of('e-1', { zone: 'nova' }))],
  [
    'warning control-plane - compute-foreign',
    services('computes', (all) => [...all, { ...all[0]!, id: 'of-x', host: 'x-0.localdomain' }]),
  ],
  [
    'warning control-plane - zone-foreign',
    services('aggregates', (all) => [
      ...all,
      { id: 9, name: 'dcn9', hosts: [], metadata: { availability_zone: 'dcn9' } },
    ]),
  ],
  ['error dcn1 f-0 agent-down', services('agents', of('f-0', { alive: false }))],
  ['warning dcn0 e-0 agent-disabled', services('agents', of('e-0', { admin_state_up: false }))],
  [
    'error dcn0 e-0 agent-missing',
    services('agents', (all) => all.filter(({ host }) => !host.startsWith('e-0'))),
  ],
  ['error dcn1 - volume-missing', services('volumes', (all) => all.filter(({ zone }) => zone !== 'dcn1'))],
  ['error dcn0 - volume-down', services('volumes', of('hostgroup-dcn0', { state: 'down' }))],
  ['warning dcn0 - volume-disabled', services('volumes', of('hostgroup-dcn0', { status: 'disabled' }))],
  // Ceph
  ['warning dcn0 - ceph-health', health('HEALTH_WARN', 'MON_CLOCK_SKEW')],
  ['error dcn0 - ceph-health', health('HEALTH_ERR', 'PG_DAMAGED')],
  ['error dcn0 - pool-missing', ceph('dcn0', ({ pools }) => ({ pools: pools.slice(1) }))],
  [
    'warning dcn1 - pool-setting',
    ceph('dcn1', ({ pools: [first, ...rest] }) => ({ pools: [{ ...first, size: 2 }, ...rest] })),
  ],
  ['error dcn0 - ceph-user', ceph('dcn0', () => ({ users: [] }))],
  [
    'error dcn0 - ceph-key',
    ceph('dcn0', ({ users: [user] }) => ({ users: [{ ...user, key: 'AQanother==' }] })),
  ],
  [
    'error dcn0 - ceph-caps',
    ceph('dcn0', ({ users: [user] }) => ({
      users: [{ ...user, caps: { ...user?.caps, osd: 'profile rbd pool=images, profile rbd pool=vms' } }],
    })),
  ],
  ['error dcn0 - ceph-fsid', file('ceph/dcn0/fsid', (text) => text.replace(/^.{8}/, '00000000'))],
  ['error control-plane - ceph', file('etc-ceph-10.0.0.10', () => 'nothing')],
  ['error dcn1 - osd-count', ceph('dcn1', () => ({ osds: { num_osds: 2, num_up_osds: 2, num_in_osds: 2 } }))],
  ['error dcn0 - osd-down', ceph('dcn0', () => ({ osds: { num_osds: 3, num_up_osds: 2, num_in_osds: 3 } }))],
  ['warning dcn0 - osd-out', ceph('dcn0', () => ({ osds: { num_osds: 3, num_up_osds: 3, num_in_osds: 2 } }))],
  [
    'warning dcn0 - ceph-versions',
    ceph('dcn0', () => ({ versions: { 'ceph version 16': 7, 'ceph version 18': 1 } })),
  ],
  // Hosts
  ['error dcn0 e-1 host-unreachable', file('unreachable', () => '10.0.1.11\n')],
  ['error dcn0 e-1 host-key', file('changed-keys', () => '10.0.1.11\n')],
  [
    'error dcn1 f-0 machine-id',
    file('dcn/dev/dcn1/hosts.json', (text) => text.replace(/"instanceId":"."?/, '"instanceId":"#')),
  ],
  [
    'error dcn0 e-1 clock',
    onNode('date', '10.0.1.11', 'echo "$(($(/bin/date +%s) - 100)).0"', 'exec /bin/date "$@"'),
  ],
  ['warning dcn0 e-1 disk-room', onNode('df', '10.0.1.11', df(90), roomy)],
  ['error dcn0 e-1 disk-room', onNode('df', '10.0.1.11', df(20), roomy)],
  ['warning dcn0 e-1 unit-failed', file('failed-10.0.1.11', () => 'chronyd.service\n')],
  ['error dcn0 e-1 address-missing', onNode('ip', '10.0.1.11', addressed('10.0.1.12'), addressed())],
  [
    'warning dcn1 f-0 route-missing',
    onNode('ip', '10.0.2.10', addressed('$NODE', '10.0.0.0/8 via 10.0.9.2'), addressed()),
  ],
  ['error dcn0 e-1 mtu', onNode('ping', '10.0.1.11', '[[ $* != *" -s 1472 "* ]]', 'exit 0')],
  ['error dcn0 - storage-path', onNode('timeout', '10.0.1.11', 'exit 1', listening)],
  [
    'warning dcn0 e-1 host-unknown',
    file('dcn/dev/dcn0/hosts.json', (text) => {
      const { 'e-0': left } = JSON.parse(text) as Record<string, object>;
      return JSON.stringify({ 'e-0': left });
    }),
  ],
  [
    'warning dcn1 x-0 host-foreign',
    file('dcn/dev/dcn1/hosts.json', (text) => text.replace('{', '{"x-0":{"instanceId":"","devices":[]},')),
  ],
  // The undercloud and the records
  [
    'warning - - kit-version',
    ({ document: wanted }) => {
      wanted.kit = 'second';
      return () => void (wanted.kit = 'first');
    },
  ],
  [
    'warning dcn0 - job-left',
    ({ document: { sites: wanted } }) => {
      const steps = wanted[1]?.steps as string[];
      const [last] = steps.splice(-1) as [string];
      return () => void steps.push(last);
    },
  ],
  [
    'error dcn0 - job-failed',
    file('dcn/dev/jobs/dcn0/overcloud-config/state.json', (text) =>
      text.replace('"reason": null', '"reason": "it broke"').replace('"succeeded"', '"failed"'),
    ),
  ],
  [
    'warning dcn0 - environment-changed',
    file('dcn/dev/jobs/dcn0/overcloud-stack/state.json', (text) => text.replace(/(own\.yaml": ")../, '$1xx')),
  ],
  ['warning dcn9 - site-foreign', file('dcn/dev/dcn9/hosts.json', () => '{}')],
  [
    'warning dcn9 - export-left',
    file('dcn/dev/dcn9/central_ceph_external.yaml', () => 'parameter_defaults: {}\n'),
  ],
  ['warning dcn9 - store-withdrawn', file('dcn/dev/stores/withdrawn/dcn9.json', () => '{}')],
  ['warning dcn9 - store-lost', file('dcn/dev/stores/lost/dcn9.json', () => '{}')],
];

/** How many plants of one kind of place are beside each other in the list: those hide each other. */
const apart = 13;

test(
  'nothing is found in a healthy lab, and all planted differences are, each by one finding',
  healthy(async (world) => {
    const { findings, sites: audited, skipped } = await audit(world);
    expect({ findings, audited, skipped }).toEqual({ findings: [], audited: sites, skipped: {} });
    for (let start = 0; start < apart; start += 1) {
      const chosen = plants.filter((_, index) => index % apart === start);
      const undo = chosen.map(([, plant]) => plant(world));
      const found = await audit(world);
      undo.reverse().forEach((work) => work());
      expect(found.findings.map(short).sort()).toEqual(chosen.map(([finding]) => finding).sort());
      expect(found.findings.every(({ what, remedy }) => what && /^[a-z.]/.test(remedy))).toBe(true);
    }
    expect((await audit(world)).findings).toEqual([]);
  }),
);

test("the operator's guide has each code", () => {
  const source = filesUnder(path.join(projectRoot, 'kit/audit'))
    .filter((name) => name.endsWith('.py'))
    .map((name) => fs.readFileSync(name, 'utf8'))
    .join('\n');
  const codes = source.matchAll(
    /(?:(?:error|warning|severe)\(\s*|\((?:error|warning), |_UNREAD = )"([a-z-]+)"/g,
  );
  const guide = fs.readFileSync(path.join(projectRoot, 'docs/operators-guide.md'), 'utf8');
  const found = [...new Set([...codes].map(([, code]) => code as string))];
  const section = /## Audit\n[^]*?\n## /.exec(guide)?.[0] as string;
  const listed = [...section.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell]) => [
    ...(cell as string).matchAll(/`([^`]+)`/g),
  ]);
  expect(listed.map(([, code]) => code).sort()).toEqual(found.sort());
});
