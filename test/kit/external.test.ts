import * as fs from 'node:fs';
import * as net from 'node:net';
import { parse, stringify } from 'yaml';
import { type TestUndercloud, within } from './undercloud';

jest.setTimeout(60_000);

const fsid = '4b5c8c0a-ff60-454b-a1b4-9747aa737d19';
const key = 'AQDLOh1VgEp6FRAAFzT7Zw+Y9V6JJExQAsRnRQ==';
const caps = {
  mgr: 'allow *',
  mon: 'profile rbd',
  osd: 'profile rbd pool=images, profile rbd pool=vms, profile rbd pool=volumes',
};
const entry = {
  external_cluster_mon_ips:
    '[v2:10.8.2.30:3300/0,v1:10.8.2.30:6789/0],[v2:10.8.2.31:3300/0,v1:10.8.2.31:6789/0]',
  keys: [{ name: 'client.openstack', key, caps }],
  ceph_conf_overrides: { client: { keyring: '/etc/ceph/central.client.openstack.keyring' } },
  cluster: 'central',
  fsid,
  dashboard_enabled: false,
};
const exported = (clusters: object[]): string =>
  stringify({ parameter_defaults: { CephExternalMultiConfig: clusters } });
const mode = (here: TestUndercloud, file: string): string =>
  (fs.statSync(here.path(file)).mode & 0o777).toString(8);
const at = (here: TestUndercloud, file: string): string => here.path(`dcn/dev/external-ceph/${file}`);

const clients = (here: TestUndercloud) =>
  here.kit([
    ...['ceph', 'clients', '--export', at(here, 'export.yaml')],
    ...['--parameters', at(here, 'client.yaml'), '--variables', at(here, 'client.yml')],
  ]);

/** Looks at a cluster with these monitors by a keyring in the home. */
const adopt = (here: TestUndercloud, monitors: string[]) =>
  here.kit([
    ...['ceph', 'adopt', '--cluster', 'central', '--fsid', fsid, '--user', 'openstack'],
    ...monitors.flatMap((address) => ['--monitor', address]),
    ...['--keyring', here.path('keyring'), '--pool', 'images', '--pool', 'vms', '--pool', 'volumes'],
    ...['--client-conf', at(here, 'central.conf'), '--client-keyring', at(here, 'central.keyring')],
    ...['--export', at(here, 'export.yaml')],
  ]);

/** A test's body with a cluster that exists: its monitor answers at an address of this machine. */
function withCluster(address: string, work: (here: TestUndercloud) => Promise<void>): () => Promise<void> {
  return within(async (here) => {
    const monitor = net.createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => monitor.listen(3300, address, resolve));
    here.write('ceph/central/fsid', `${fsid}\n`);
    here.write('ceph/central/pools', 'images\nvms\nvolumes\nother\n');
    here.write(
      'keyring',
      `[client.admin]\n\tkey = ${key.replace('AQ', 'AZ')}\n[client.openstack]\n\tkey = ${key}\n`,
    );
    fs.chmodSync(here.path('keyring'), 0o600);
    try {
      await work(here);
    } finally {
      await new Promise((resolve) => monitor.close(resolve));
    }
  });
}

describe('what clients of an external cluster are given', () => {
  test.concurrent(
    'names the cluster, and is for their eyes only',
    within(async (here) => {
      here.write('dcn/dev/external-ceph/export.yaml', exported([entry]));
      expect(await clients(here)).toMatchObject({ code: 0, stdout: '' });
      expect(parse(here.read('dcn/dev/external-ceph/client.yaml'))).toEqual({
        parameter_defaults: {
          CephClusterFSID: fsid,
          CephClientUserName: 'openstack',
          CephClientKey: key,
          CephExternalMonHost: '10.8.2.30,10.8.2.31',
        },
      });
      expect(parse(here.read('dcn/dev/external-ceph/client.yml'))).toEqual({
        tripleo_ceph_client_fsid: fsid,
        tripleo_ceph_client_cluster: 'central',
        external_cluster_mon_ips: entry.external_cluster_mon_ips,
        keys: entry.keys,
      });
      for (const file of ['client.yaml', 'client.yml']) {
        expect(mode(here, `dcn/dev/external-ceph/${file}`)).toBe('600');
      }
    }),
  );

  test.concurrent.each([
    ['without a cluster', []],
    ['of two clusters', [entry, { ...entry, cluster: 'dcn0' }]],
    ['without a key', [{ ...entry, keys: [] }]],
  ])('is not made of an export %s', (_, clusters) =>
    within(async (here) => {
      here.write('dcn/dev/external-ceph/export.yaml', exported(clusters));
      const ended = await clients(here);
      expect(ended).toMatchObject({ code: 1 });
      expect(ended.stderr).toMatch(/export\.yaml: has \d Ceph clusters, must have one, with a key/);
      expect(here.exists('dcn/dev/external-ceph/client.yaml')).toBe(false);
    })(),
  );

  test.concurrent(
    'is not taken away while the control plane’s store lies in the cluster',
    within(async (here) => {
      here.write('dcn/dev/external-ceph/client.yaml', 'x');
      const own = { store: 'store-0', site: 'control-plane', cluster: 'central', digest: 'x' };
      here.write('dcn/dev/stores/own/store-0.json', JSON.stringify(own));
      const release = ['ceph', 'release', '--cluster', 'central', at(here, 'client.yaml'), at(here, 'gone')];
      const refused = await here.kit(release);
      expect(refused).toMatchObject({ code: 2 });
      expect(refused.stderr).toContain('holds the store store-0 of control-plane');
      expect(here.exists('dcn/dev/external-ceph/client.yaml')).toBe(true);
      fs.rmSync(here.path('dcn/dev/stores/own/store-0.json'));
      expect(await here.kit(release)).toMatchObject({ code: 0 });
      expect(here.exists('dcn/dev/external-ceph/client.yaml')).toBe(false);
    }),
  );
});

describe('a cluster that exists already', () => {
  test.concurrent(
    'is exported as TripleO would export one of its own, and leaves no probe',
    withCluster('127.77.0.1', async (here) => {
      const ended = await adopt(here, ['127.77.0.1']);
      expect(ended).toMatchObject({ code: 0, stdout: '' });
      expect(ended.stderr).not.toContain(key);
      expect(parse(here.read('dcn/dev/external-ceph/export.yaml'))).toEqual({
        parameter_defaults: {
          CephExternalMultiConfig: [{ ...entry, external_cluster_mon_ips: '127.77.0.1' }],
        },
      });
      expect(here.read('dcn/dev/external-ceph/central.conf')).toContain(
        `fsid = ${fsid}\nmon_host = 127.77.0.1\n`,
      );
      expect(here.read('dcn/dev/external-ceph/central.keyring')).toBe(`[client.openstack]\n\tkey = ${key}\n`);
      for (const file of ['export.yaml', 'central.keyring']) {
        expect(mode(here, `dcn/dev/external-ceph/${file}`)).toBe('600');
      }
      for (const pool of ['images', 'vms', 'volumes']) {
        expect(fs.readdirSync(here.path(`ceph/central/${pool}`))).toEqual([]);
      }
      expect(await clients(here)).toMatchObject({ code: 0 });
    }),
  );

  test.concurrent(
    'is refused with all that is seen from outside: silent monitors, and a keyring that will not do',
    withCluster('127.77.0.2', async (here) => {
      here.write('keyring', `[client.glance]\n\tkey = ${key}\n`);
      fs.chmodSync(here.path('keyring'), 0o644);
      const ended = await adopt(here, ['127.77.0.2', '127.77.0.3', '127.77.0.4']);
      expect(ended).toMatchObject({ code: 2 });
      expect(
        ended.stderr
          .trimEnd()
          .split('\n')
          .map((line) => line.split(':').slice(0, 2).join(':')),
      ).toEqual([
        'monitor 127.77.0.3: does not answer (port 3300',
        'monitor 127.77.0.4: does not answer (port 3300',
        `keyring ${here.path('keyring')}: others can read it; chmod 600 ${here.path('keyring')}`,
        `keyring ${here.path('keyring')}: has no key of client.openstack; write there what \`ceph auth get client.openstack\` prints`,
      ]);
      fs.rmSync(here.path('keyring'));
      expect((await adopt(here, ['127.77.0.2'])).stderr).toContain('No such file or directory; put the key');
    }),
  );

  test.concurrent(
    'is refused with all that is seen from inside: its identity, its pools, what the user may do',
    withCluster('127.77.0.5', async (here) => {
      here.write('ceph/central/fsid', '11111111-ff60-454b-a1b4-9747aa737d19\n');
      here.write('ceph/central/pools', 'images\nvms\n');
      here.write('ceph/central/readonly', 'vms\n');
      const ended = await adopt(here, ['127.77.0.5']);
      expect(ended).toMatchObject({ code: 2 });
      expect(ended.stderr.trimEnd().split('\n')).toEqual([
        expect.stringContaining(`its fsid is 11111111-ff60-454b-a1b4-9747aa737d19, not ${fsid}`),
        expect.stringMatching(/cannot write to vms .*Operation not permitted.*profile rbd pool=vms/),
        expect.stringMatching(/has no pool volumes; make it there: ceph osd pool create volumes/),
      ]);
      expect(here.exists('dcn/dev/external-ceph/export.yaml')).toBe(false);
    }),
  );
});
