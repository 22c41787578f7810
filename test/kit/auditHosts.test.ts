import { execFileSync } from 'node:child_process';
import { type World, audit, file, healthy, listening, of, program, services, short } from './auditLab';

/* Audits of hosts and of Ceph clusters where a host or a record is not as usual. */

jest.setTimeout(300_000);

test.concurrent(
  'of a stuck host with a monitor, another host says how the cluster is',
  healthy(async (world) => {
    file('stuck', () => '10.0.1.10\n')(world);
    file('etc-ceph-10.0.1.11', () => 'dcn0.conf\ndcn0.client.admin.keyring\n')(world);
    const began = Date.now();
    expect((await audit(world)).findings.map(short)).toEqual(['error dcn0 e-0 host-unreachable']);
    expect((Date.now() - began) / 1000).toBeLessThan(45);
  }),
);

test.concurrent(
  'a cluster without a monitor that answers ends the wait for an answer itself',
  healthy(async (world) => {
    file('ceph/dcn0/hangs', () => '')(world);
    const { findings } = await audit(world);
    expect(findings.map(short)).toEqual(['error dcn0 - ceph']);
    expect(findings[0]?.what).toMatch(/error connecting to the cluster/);
  }),
);

test.concurrent(
  'the remedy for a cluster that existed before has the way to the cluster',
  healthy(async (world) => {
    const client = { user: 'openstack', conf: 'outside.conf', keyring: 'outside.keyring' };
    const sites = world.document.sites.map(({ cluster: { node, ...cluster }, ...site }) => ({
      ...site,
      cluster: { ...cluster, ...(site.site === 'dcn1' ? { client } : { node }) },
    }));
    const changed = { ...world, document: { ...world.document, sites } } as object as World;
    const [{ code, remedy } = { code: '', remedy: '' }] = (await audit(changed)).findings;
    const lab = world.here.lab();
    expect([code, remedy]).toEqual([
      'ceph',
      `ceph --conf ${lab}/outside.conf --keyring ${lab}/outside.keyring --id openstack -s`,
    ]);
  }),
);

test.concurrent(
  'a firewall without ICMP is no fault, and hosts that reach no monitor are one finding',
  healthy(async (world) => {
    const { here } = world;
    program(here, 'ping', 'exit 1');
    expect((await audit(world)).findings).toEqual([]);
    program(here, 'timeout', `[[ $NODE != 10.0.1.* ]] || exit 1; ${listening}`);
    const { findings } = await audit(world);
    expect(findings.map(short)).toEqual(['error dcn0 - storage-path']);
    expect(findings[0]?.what).toMatch(/^e-0, e-1 reach no monitor /);
  }),
);

test.concurrent(
  'hosts without an address or an identity in the records are found',
  healthy(async (world) => {
    file('dcn/dev/dcn0/hosts.json', (text) => text.replace(/,"address":"10.0.1.11"/, ''))(world);
    file('dcn/dev/dcn1/hosts.json', (text) => text.replace(/"instanceId":"[^"]*",/, ''))(world);
    expect((await audit(world)).findings.map(short)).toEqual([
      'error dcn1 f-0 machine-id',
      'warning dcn0 e-1 host-unknown',
    ]);
  }),
);

test.concurrent(
  'a file that the system cannot read does not end the audit',
  healthy(async (world) => {
    file('dcn/dev/dcn1/other_ceph_external.yaml/part', () => '')(world);
    file('failed-10.0.2.10', () => 'chronyd.service\n')(world);
    expect([...new Set((await audit(world)).findings.map(short))]).toEqual([
      'error - - unread',
      'warning dcn1 f-0 unit-failed',
    ]);
  }),
);

test.concurrent(
  'the remedy of a failed unit names the unit in the shell of the host',
  healthy(async (world) => {
    const unit = 'mnt-a\\x2db.mount';
    file('failed-10.0.2.10', () => `${unit}\n`)(world);
    const [{ remedy } = { remedy: '' }] = (await audit(world)).findings;
    const run = (text: string): string => execFileSync('bash', ['-c', text], { encoding: 'utf8' });
    const line = run(remedy.replace(/^\.\/dcn ssh f-0 systemctl/, 'echo'));
    expect(run(`printf '%s ' ${line}`)).toBe(`status ${unit} `);
  }),
);

test.concurrent(
  'a failed update of stores is reported until the control plane has the stores',
  healthy(async (world) => {
    file('dcn/dev/jobs/stores/update/state.json', (text) =>
      text.replace('"reason": null', '"reason": "it broke"').replace('"succeeded"', '"failed"'),
    )(world);
    expect((await audit(world)).findings).toEqual([]);
    file('dcn/dev/stores/dcn0.json', (text) => text.replace(/"digest": "../, '"digest": "xx'))(world);
    expect((await audit(world)).findings.map(short)).toEqual([
      'error - - job-failed',
      'warning dcn0 - store-outdated',
    ]);
  }),
);

test.concurrent(
  'an export of a site that went says nothing of clusters',
  healthy(async (world) => {
    const text = world.here.read('dcn/dev/control-plane/dcn_ceph_external.yaml');
    file('dcn/dev/dcn9/dcn_ceph_external.yaml', () => text.replace(/AQ/g, 'AQx'))(world);
    expect((await audit(world)).findings.map(short)).toEqual(['warning dcn9 - export-left']);
  }),
);

test.concurrent(
  'remedies do not run a step that has not changed',
  healthy(async (world) => {
    file('ceph/dcn0/map.json', (text) =>
      text.replace('"images"', '"other"').replace('"key":"', '"key":"AQx'),
    )(world);
    file('ceph/dcn0/fsid', (text) => text.replace(/^.{8}/, '00000000'))(world);
    world.glance.stores = ['central', 'dcn1'];
    world.glance.change('guest', { glance_dcn_lab: 'other' });
    world.glance.change('lacking', { status: 'deactivated' });
    const { findings } = await audit(world);
    const remedies = new Map(findings.map(({ code, remedy }) => [code, remedy]));
    expect([...remedies.keys()].sort()).toEqual(
      ['ceph-fsid', 'ceph-key', 'image-missing', 'image-status', 'pool-missing', 'store-missing'].sort(),
    );
    expect([...remedies.values()].filter((remedy) => remedy.startsWith('./dcn up'))).toEqual([]);
  }),
);

test.concurrent(
  'a store that waits for an update of the control plane has the remedy that starts one',
  healthy(async (world) => {
    file('dcn/dev/stores/dcn0.json', (text) => text.replace(/"digest": "../, '"digest": "xx'))(world);
    world.glance.stores = ['central', 'dcn1'];
    const missing = (await audit(world)).findings.find(({ code }) => code === 'store-missing');
    expect(missing).toMatchObject({ site: 'dcn0', remedy: './dcn up' });
  }),
);

test.concurrent(
  'the remedy of an agent that is down has patterns in one pair of quotes for each shell',
  healthy(async (world) => {
    services('agents', of('f-0', { alive: false }))(world);
    const [{ remedy } = { remedy: '' }] = (await audit(world)).findings;
    expect(remedy).toBe(`./dcn ssh f-0 sudo systemctl status "'*ovn*'" "'*neutron*'"`);
  }),
);
