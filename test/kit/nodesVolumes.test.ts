import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { drain, drainThroughKills, host, withSite } from './drainLab';
import { FakeEtcd } from './fakeEtcd';
import type { FakeServices } from './fakeServices';
import type { TestUndercloud } from './undercloud';

jest.setTimeout(180_000);

/* What cinder-volume needs at a site: etcd, and another cinder-volume of the site's active/active cluster. */

const member = (node: string) => ({
  ID: `1844674407370955161${node.at(-1)}`,
  name: `${node}.internalapi.lab`,
});
const backend = (node: string): string => `${host(node)}@tripleo_ceph`;
const cluster = 'dcn0@tripleo_ceph';

/** The site of drainLab.ts whose nodes e-1, e-2 and e-3 have etcd and cinder-volume. */
const withVolumes = (
  work: (here: TestUndercloud, services: FakeServices, etcd: FakeEtcd) => Promise<void>,
): (() => Promise<void>) =>
  withSite(async (here, services) => {
    const etcd = new FakeEtcd();
    await etcd.open();
    try {
      const nodes = ['e-1', 'e-2', 'e-3'];
      etcd.members = nodes.map(member);
      nodes.forEach((node) => here.write(`etcd-10.0.0.4${node.at(-1)}`, etcd.address));
      services.volumes = nodes.map((node) => ({
        binary: 'cinder-volume',
        host: backend(node),
        status: 'enabled',
        state: 'up',
        cluster,
      }));
      services.blockVolumes = [{ id: 'v-1', name: 'data', host: `${backend('e-3')}#tripleo_ceph`, cluster }];
      await work(here, services, etcd);
    } finally {
      await etcd.close();
    }
  });

test.concurrent(
  'the member of a node leaves etcd after its cinder-volume, whose volumes belong to the cluster',
  withVolumes(async (here, services, etcd) => {
    expect(await drainThroughKills(here, 'e-3')).toBeGreaterThan(15);
    expect(etcd.members.map(({ name }) => name)).toEqual(['e-1.internalapi.lab', 'e-2.internalapi.lab']);
    expect(etcd.events).toEqual(['e-3.internalapi.lab is removed']);
    expect(services.volumes.map(({ status }) => status)).toEqual(['enabled', 'enabled', 'disabled']);
    expect(here.read('cinder-manage-calls')).toMatch(
      /^(service remove cinder-volume e-3\.localdomain@tripleo_ceph\n)+$/,
    );
    expect(here.read('systemctl-calls')).toContain('tripleo_cinder_* tripleo_etcd*\n');
  }),
);

test.concurrent(
  'a dead node leaves etcd, too',
  withVolumes(async (here, services, etcd) => {
    here.write('unreachable', '10.0.0.43\n');
    etcd.down.add('e-3.internalapi.lab');
    services.volumes[2]!.state = 'down';
    const words = ['nodes', 'drain', 'e-3', '--site', 'dcn0', '--dead'];
    const { code } = await here.kit(words);
    expect([code, etcd.events]).toEqual([0, ['e-3.internalapi.lab is removed']]);
  }),
);

test.concurrent(
  'text that a login prints before the answer does no harm, and is named after it',
  withVolumes(async (here, _, etcd) => {
    const words = ['nodes', 'drain', 'e-3', '--site', 'dcn0'];
    here.write('farewell', 'Bye\n');
    const { code, stderr } = await here.kit([...words, '--check']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/answered 'Bye' in place of JSON; does a login there/),
    ]);
    fs.rmSync(here.path('farewell'));
    here.write('welcome', 'Welcome\n');
    expect(await here.kit([...words, '--check'])).toMatchObject({ code: 0 });
    expect(etcd.events).toEqual([]);
  }),
);

test.concurrent.each(['<html>login</html>', '[]', '{}'])(
  'a node whose port of etcd answers %j is named',
  (answer) =>
    withVolumes(async (here) => {
      const server = http.createServer((_, response) => response.writeHead(200).end(answer));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      ['1', '2', '3'].forEach((node) => here.write(`etcd-10.0.0.4${node}`, `127.0.0.1:${port}`));
      try {
        const { code, stderr } = await here.kit(['nodes', 'drain', 'e-3', '--site', 'dcn0']);
        expect(code).not.toBe(0);
        expect(stderr).toMatch(/etcd: the answer at port \d+ is not that of etcd \(/);
        expect(stderr).not.toContain('Traceback');
      } finally {
        server.close();
      }
    })(),
);

const refusals: [string, (services: FakeServices, etcd: FakeEtcd) => void, string][] = [
  [
    'most of the other members of etcd do not work',
    (_, etcd) => etcd.down.add('e-1.internalapi.lab'),
    'without e-3 its etcd has 1 members that work, of 2, which is no majority, and cinder-volume needs etcd: get ' +
      'e-1.internalapi.lab to run again first (`systemctl status tripleo_etcd`)',
  ],
  [
    'no other node has etcd',
    (_, etcd) => (etcd.members = [member('e-3')]),
    'its etcd has 0 members that work, of 0, which is no majority, and cinder-volume needs etcd: bring the site up with another',
  ],
  [
    'no other cinder-volume of its cluster is up',
    (services) => services.volumes.slice(0, 2).forEach((service) => (service.state = 'down')),
    `no other cinder-volume of Cinder's cluster ${cluster} is up and enabled`,
  ],
  [
    'a volume belongs to its host alone, whose page of the list is not the first',
    (services) => {
      const page = Array.from({ length: 1000 }, (_, number) => ({
        id: `o-${number}`,
        name: 'other',
        host: `${backend('e-1')}#tripleo_ceph`,
      }));
      services.blockVolumes = [...page, { id: 'v-2', name: 'old', host: `${backend('e-3')}#tripleo_ceph` }];
    },
    'volume old (v-2) belongs to e-3.localdomain@tripleo_ceph#tripleo_ceph and to no cluster: migrate it',
  ],
];
test.concurrent.each(refusals)('a node stays while %s', async (_, change, fault) => {
  await withVolumes(async (here, services, etcd) => {
    change(services, etcd);
    const { code, stderr } = await drain(here, 'e-3');
    expect([code, stderr]).toEqual([2, expect.stringContaining(fault)]);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect([services.changes, etcd.events]).toEqual([[], []]);
  })();
});

test.concurrent(
  'one member that answers is enough; an etcd that refuses to remove a member ends the drain with what it says',
  withVolumes(async (here, services, etcd) => {
    here.write('etcd-10.0.0.41', '127.0.0.1:1');
    etcd.refusal = { call: /member\/remove$/, says: 'no leader' };
    const refused = await drain(here, 'e-3');
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringMatching(/asking its etcd: e-2 .*no leader/),
    ]);
    etcd.refusal = undefined;
    expect((await drain(here, 'e-3')).code).toBe(0);
    expect(etcd.events).toEqual(['e-3.internalapi.lab is removed']);
    expect(services.volumes.filter(({ status }) => status === 'enabled')).toHaveLength(2);
  }),
);

test.concurrent(
  'hosts that may have etcd must answer, where no other one says that it has',
  withVolumes(async (here, services) => {
    here.write('unreachable', '10.0.0.41\n10.0.0.42\n');
    const { code, stderr } = await drain(here, 'e-3');
    expect([code, stderr]).toEqual([1, expect.stringContaining('asking its etcd: e-1 (10.0.0.41)')]);
    expect(services.changes).toEqual([]);
  }),
);
