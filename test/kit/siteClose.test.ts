import * as fs from 'node:fs';
import { filesUnder } from '../../lib/filesUnder';
import type { FakeServices } from './fakeServices';
import { labWithServices } from './servicesLab';
import {
  composedFiles,
  deployWithSites,
  lab,
  leave,
  stackRuns,
  startWithdraw,
  withdraw,
  writeInventory,
} from './storeLab';
import { type Ended, type TestUndercloud, until } from './undercloud';

jest.setTimeout(180_000);

describe('the end of a site whose registration was interrupted', () => {
  const overcloud = (here: TestUndercloud): string =>
    here.job('dcn0/overcloud-stack', {
      commands: ['openstack make'],
      teardown: ['openstack overcloud delete -y dcn0'],
    });
  const deletions = (here: TestUndercloud): number => here.calls(/^overcloud delete/).length;

  test.concurrent(
    'saves images that are only in its store before the overcloud goes, which clones hold back',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      await here.run(overcloud(here));
      const only = glance.add('only', ['dcn0']);
      const clone = { id: '1', pool: 'vms', pool_namespace: '', image: 'server-1_disk', trash: false };
      here.write(`ceph/dcn0/children/${only}`, JSON.stringify([clone]));
      const refused = await here.kit(['job', 'undo'], overcloud(here));
      expect([refused.code, deletions(here)]).toEqual([2, 0]);
      expect(refused.stderr).toContain('it is the parent of vms/server-1_disk');
      fs.rmSync(here.path('ceph/dcn0/children'), { recursive: true });
      here.behave('[[ $all != "overcloud delete"* ]] || cp ~/dcn/dev/control-plane/*stores.yaml ~/had');
      await here.json(['job', 'undo'], overcloud(here));
      expect(glance.where('only')).toEqual(['central']);
      expect([deletions(here), composedFiles(here).clusters]).toEqual([1, ['dcn1']]);
      // The control plane was updated before the overcloud was deleted.
      expect(here.read('had')).not.toContain('dcn0');
    }),
  );

  test.concurrent(
    'leaves the store on record where the control plane goes, too',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      await here.run(overcloud(here));
      const leaving = await leave(here, 'control-plane');
      await here.json(['job', 'undo'], overcloud(here));
      expect([deletions(here), stackRuns(here)]).toEqual([1, 2]);
      expect(await here.json(['stores', 'list', '--json'])).toHaveLength(3);
      leaving.endInput();
      await leaving.ended;
    }),
  );
});

describe('site close', () => {
  test.concurrent(
    'removes the store that no resource removed, then the jobs, the latest first',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      for (const step of ['network-provision', 'overcloud-stack']) {
        const teardown = [`openstack away ${step}`];
        await here.run(here.job(`dcn0/${step}`, { commands: ['openstack make'], teardown }));
      }
      expect(await here.json(['site', 'close', 'dcn0'])).toEqual({
        site: 'dcn0',
        closed: ['store dcn0', 'dcn0/overcloud-stack', 'dcn0/network-provision'],
      });
      expect(here.calls(/^away/).map(({ words }) => words)).toEqual([
        'away overcloud-stack',
        'away network-provision',
      ]);
      expect(composedFiles(here).clusters).toEqual(['dcn1']);
      expect(await here.json(['site', 'close', 'dcn0'])).toEqual({ site: 'dcn0', closed: [] });
    }),
  );

  test.concurrent(
    'of the control plane removes what killed processes have left: half-written files, disk space for the outcome of an update',
    lab(async (here, glance) => {
      await deployWithSites(here, glance);
      here.behave('[[ $all != *--stack-only ]] || sleep 60');
      const withdrawn = startWithdraw(here, 'dcn0');
      await until(() => stackRuns(here) === 3, 'the update');
      here.kill();
      await withdrawn.ended;
      here.write('dcn/dev/jobs/stores/update/state.json.1-2.3.part', '');
      // Of runs that were killed before they were on record.
      ['dcn0/late', 'stores/update'].forEach((job) =>
        here.write(`dcn/dev/jobs/${job}/runs/9.json.reserved`, ''),
      );
      const left = (): string[] => filesUnder(here.lab()).filter((file) => /\.(part|reserved)$/.test(file));
      expect(left()).toHaveLength(7);
      const closing = await leave(here, 'control-plane');
      for (const site of ['dcn0', 'dcn1']) {
        await here.json(['site', 'close', site]);
      }
      here.write('dcn/dev/control-plane/served-ca.pem', '');
      await here.json(['site', 'close', 'control-plane']);
      closing.endInput();
      await closing.ended;
      expect(left()).toEqual([]);
      expect(here.exists('dcn/dev/control-plane/served-ca.pem')).toBe(false);
    }),
  );
});

describe("the control plane's records of a site's hosts", () => {
  const host = (node: string): string => `${node}.localdomain`;
  /** Site dcn0 has withdrawn its store; Nova, Neutron and Cinder know its hosts e-0 and e-1, and one of dcn1. */
  const withHosts = (
    work: (here: TestUndercloud, services: FakeServices) => Promise<void>,
  ): (() => Promise<void>) =>
    labWithServices(async (here, glance, services) => {
      await deployWithSites(here, glance);
      await withdraw(here, 'dcn0');
      writeInventory(here, 'control-plane', { 'c-0': '10.0.0.30' });
      writeInventory(here, 'dcn0', { 'e-0': '10.0.0.31', 'e-1': '10.0.0.32' });
      here.write('container-cinder_api', '');
      services.aggregates = [
        {
          id: 1,
          name: 'dcn0',
          hosts: ['e-0', 'e-1'].map(host),
          metadata: { availability_zone: 'dcn0' },
        },
        { id: 2, name: 'fast', hosts: [host('e-0')], metadata: { ssd: 'true' } },
        { id: 3, name: 'dcn1', hosts: [host('e-10')], metadata: { availability_zone: 'dcn1' } },
      ];
      services.computes = ['e-0', 'e-1', 'e-10'].map((node) => ({ id: `of-${node}`, host: host(node) }));
      services.agents = ['e-1', 'c-0'].map((node) => ({ id: node, binary: 'agent', host: host(node) }));
      services.volumes = ['e-0', 'e-1', 'e-10'].map((node) => ({
        binary: 'cinder-volume',
        host: `${host(node)}@tripleo_ceph`,
        cluster: `${node === 'e-10' ? 'dcn1' : 'dcn0'}@tripleo_ceph`,
      }));
      await work(here, services);
    });
  const close = (here: TestUndercloud): Promise<Ended> => here.kit(['site', 'close', 'dcn0']);

  test.concurrent(
    'go with it: out of aggregates first, its services stopped before they are deleted, those of others stay',
    withHosts(async (here, services) => {
      here.write('unreachable', '10.0.0.32\n');
      const { code, stderr } = await close(here);
      expect(code).toBe(0);
      expect(stderr).toContain('site dcn0: e-1 is left as it is: stopping its services: e-1 (10.0.0.32): ');
      expect(stderr).toContain("site dcn0: aggregate dcn0 was removed from the control plane's records\n");
      expect(here.read('systemctl-calls')).toBe(
        '10.0.0.31 stop tripleo_nova_* tripleo_ovn_* tripleo_neutron_* tripleo_cinder_* tripleo_etcd*\n',
      );
      expect(services.changes).toEqual([
        'POST /v2.1/os-aggregates/1/action',
        'POST /v2.1/os-aggregates/1/action',
        'DELETE /v2.1/os-aggregates/1',
        'POST /v2.1/os-aggregates/2/action',
        'DELETE /v2.1/os-services/of-e-0',
        'DELETE /v2.1/os-services/of-e-1',
        'DELETE /v2.0/agents/e-1',
      ]);
      expect(services.aggregates.map(({ name }) => name)).toEqual(['fast', 'dcn1']);
      expect(here.read('cinder-manage-calls')).toBe(
        'service remove cinder-volume e-0.localdomain@tripleo_ceph\n' +
          'service remove cinder-volume e-1.localdomain@tripleo_ceph\n' +
          'cluster remove cinder-volume dcn0@tripleo_ceph\n',
      );
      expect(JSON.parse((await close(here)).stdout)).toEqual({ site: 'dcn0', closed: [] });
    }),
  );

  test.concurrent(
    "end with an error while Cinder's command leaves a cluster there, and go on the next time",
    withHosts(async (here, services) => {
      services.clusters = [{ binary: 'cinder-volume', name: 'dcn0@tripleo_ceph' }];
      const { code, stderr } = await close(here);
      expect(code).toBe(1);
      expect(stderr).toContain("removing cluster dcn0@tripleo_ceph of cinder-volume from Cinder's records");
      services.clusters = [];
      expect((await close(here)).code).toBe(0);
    }),
  );

  test.concurrent(
    'stay while servers are on its hosts, which are named with what to do; nothing is touched',
    withHosts(async (here, services) => {
      services.servers = [{ id: 'id-1', name: 'web', host: host('e-1') }];
      const { code, stderr } = await close(here);
      expect(code).toBe(1);
      expect(stderr).toContain(
        'its nodes still have servers, and Nova keeps their records as long: web (id-1)',
      );
      expect([services.changes, here.exists('systemctl-calls')]).toEqual([[], false]);
      services.servers = [];
      expect((await close(here)).code).toBe(0);
      expect(services.computes).toHaveLength(1);
    }),
  );

  test.concurrent(
    'are left alone where an older kit has not put the addresses of its hosts on record',
    withHosts(async (here, services) => {
      here.write('dcn/dev/dcn0/hosts.json', '{"e-0":{"instanceId":"e-0","devices":[]}}');
      expect(JSON.parse((await close(here)).stdout)).toEqual({ site: 'dcn0', closed: [] });
      expect(services.changes).toEqual([]);
    }),
  );

  test.concurrent(
    'are not asked for where the control plane goes, too',
    withHosts(async (here, services) => {
      const leaving = await leave(here, 'control-plane');
      expect((await close(here)).code).toBe(0);
      expect(services.changes).toEqual([]);
      leaving.endInput();
      await leaving.ended;
    }),
  );
});
