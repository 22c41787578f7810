import { answerOf, boot, flavor, lab, serverDocument } from './serverLab';
import { until } from './undercloud';

jest.setTimeout(90_000);

describe('servers boot', () => {
  test.concurrent(
    'boots a server in the site’s zone, which stays, and reports its disk and its console',
    lab(async (at) => {
      const id = at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      const ended = await boot(at);
      expect(ended).toMatchObject({ code: 0 });
      const [server] = at.nova.servers.values();
      expect(answerOf(ended)).toEqual({
        server: server?.id,
        name: 'vm1',
        image: 'guest',
        imageId: id,
        site: 'dcn0',
        host: 'dcn0-hci-0',
        activeSeconds: expect.any(Number) as number,
        outcome: 'clone',
        source: null,
        disk: `vms/${server?.id}_disk`,
        parent: `images/${id}@snap`,
        virtualBytes: 1 << 30,
        usedBytes: 37,
        console: 'ready',
        consoleSeconds: expect.any(Number) as number,
        faults: [],
      });
      expect(at.nova.asked).toEqual([
        {
          name: 'vm1',
          imageRef: id,
          flavorRef: at.nova.flavors[0]?.id,
          networks: [{ uuid: at.nova.networks[0]?.id }],
          availability_zone: 'dcn0',
          config_drive: true,
        },
      ]);
      expect(at.nova.flavors).toMatchObject([{ name: 'glance-dcn-512-1', ram: 512, disk: 1 }]);
      expect(at.nova.networks).toMatchObject([{ name: 'glance-dcn', shared: false }]);
      expect(ended.stderr).toContain('a clone\nit has a copy in store dcn0');
      for (const secret of [at.glance.keystone.password, at.glance.keystone.token, 'AQCsecret']) {
        expect(ended.stdout + ended.stderr).not.toContain(secret);
      }
      expect(at.here.read('ssh-calls')).not.toContain(at.glance.keystone.token);
    }),
  );

  test.concurrent(
    'creates flavor and network once, also the subnet that a killed process did not create',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.nova.networks.push({ id: 'n', name: 'glance-dcn', subnets: [], shared: false, project_id: 'admin' });
      const ended = await Promise.all(['a', 'b', 'c'].map((name) => boot(at, { name })));
      expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
      expect(at.nova.flavors).toHaveLength(1);
      expect(at.nova.networks).toEqual([
        {
          id: 'n',
          name: 'glance-dcn',
          subnets: ['192.168.253.0/24'],
          shared: false,
          project_id: 'admin',
        },
      ]);
    }),
  );

  test.concurrent(
    'takes flavor and network of the cloud by name or id, and a volume that Cinder makes of the image',
    lab(async (at) => {
      const id = at.glance.add('guest', ['central', 'dcn0'], {
        visibility: 'public',
        virtual_size: 3 * 2 ** 30,
      });
      at.nova.flavors.push(flavor('7', 'm1.edge'));
      at.nova.networks.push({ id: 'n', name: 'provider', subnets: [], shared: true, project_id: 'p' });
      const ended = await boot(at, { flavor: 'm1.edge', network: 'n', volume: true });
      expect(ended).toMatchObject({ code: 0 });
      expect(at.nova.asked).toMatchObject([
        {
          flavorRef: '7',
          networks: [{ uuid: 'n' }],
          block_device_mapping_v2: [
            { uuid: id, destination_type: 'volume', volume_size: 3, delete_on_termination: true },
          ],
        },
      ]);
      expect(at.nova.asked[0]).not.toHaveProperty('imageRef');
      expect(answerOf(ended)).toMatchObject({
        disk: expect.stringMatching(/^volumes\/volume-/) as string,
        parent: `images/${id}@snap`,
      });
      expect([at.nova.flavors.length, at.nova.networks.length]).toEqual([1, 1]);
    }),
  );

  test.concurrent(
    'refuses all that is wrong at once, before Nova is asked for anything',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      expect(await boot(at)).toMatchObject({ code: 0 });
      at.nova.zones = { dcn0: { 'dcn0-hci-0': false } };
      const ended = await boot(at, {
        image: 'gust',
        flavor: 'big',
        network: 'wide',
        volume: true,
        cluster: '',
        node: undefined,
      });
      expect(ended.code).toBe(2);
      expect(ended.stderr.trim().split('\n')).toEqual([
        expect.stringMatching(/^site dcn0: no nova-compute of its zone is up and enabled \(dcn0-hci-0\)/),
        expect.stringMatching(/^image gust: no image has this name or id; the images are: guest$/),
        expect.stringMatching(/^site dcn0: has no Ceph cluster, and so no volumes/),
        expect.stringMatching(/^server vm1: a server of this name exists/),
        expect.stringMatching(/^flavor big: none of this name or id/),
        expect.stringMatching(/^network wide: none of this name or id/),
      ]);
      expect(at.nova.asked).toHaveLength(1);
      at.nova.zones = {};
      expect((await boot(at, { name: 'vm2' })).stderr).toMatch(/Nova has no availability zone dcn0/);
      expect((await boot(at, { name: 'vm 2', volume: 'maybe', size: 3 })).stderr.trim().split('\n')).toEqual([
        "server document: name: 'vm 2' does not match [A-Za-z0-9][A-Za-z0-9._-]*",
        "server document: volume: 'maybe' does not match true|false",
        expect.stringMatching(/^server document: size: is not a key of this document/),
      ]);
    }),
  );

  test.concurrent(
    'says what is missing where the control plane has no Nova, or the site no nova-compute',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.here.write(
        'overcloud-deploy/dcn0/config-download/dcn0/group_vars/DistributedComputeHCI',
        '{service_names: [], service_configs: {}, extraconfig: {}, role_extraconfig: {}}',
      );
      expect(await boot(at)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/^site dcn0: no role in .* has nova-compute/) as string,
      });
      at.glance.services = {};
      expect((await boot(at, { volume: true })).stderr.trim().split('\n')).toEqual([
        'control plane: its catalog has no Nova (compute); bring up its stack again',
        'control plane: its catalog has no Neutron (network); bring up its stack again',
        'control plane: its catalog has no Cinder (volumev3); bring up its stack again',
      ]);
    }),
  );

  test.concurrent(
    'removes a server that Nova does not start, and says why',
    lab(async (at) => {
      const id = at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.nova.broken.set(id, 'No valid host was found. There are not enough hosts available.');
      const ended = await boot(at);
      expect(ended.code).toBe(1);
      expect(ended.stderr).toMatch(
        /server vm1: at dcn0 Nova gave up on it after \ds: No valid host was found\./,
      );
      expect(at.nova.events).toEqual(['+ vm1', '- vm1']);
    }),
  );

  test.concurrent(
    'says of each host of the zone why the scheduler does not take it',
    lab(async (at) => {
      const id = at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.nova.broken.set(id, 'No valid host was found. There are not enough hosts available.');
      const inUse = { VCPU: 3, MEMORY_MB: 0 };
      const provider = { has: { VCPU: 4, MEMORY_MB: 256, DISK_GB: 20 }, inUse, aggregates: ['uuid-of-dcn0'] };
      at.nova.zones = { dcn0: { full: true, lone: true, lost: true, off: false } };
      at.nova.providers.set('full', provider);
      at.nova.providers.set('lone', { ...provider, aggregates: [] });
      const { stderr } = await boot(at);
      expect(stderr).toContain(
        'hosts available.; full: has 256 MEMORY_MB left, the flavor wants 512; lone: is in its zone for Nova, but not for ' +
          'Placement; run `nova-manage placement sync_aggregates` where nova-api runs (container nova_api); ' +
          'lost: Placement does not know it; restart its nova-compute; off: its nova-compute is down or disabled; ' +
          "nova-scheduler's log at the control plane says more",
      );
      at.nova.zones = { dcn0: { roomy: true } };
      at.nova.providers.set('roomy', { ...provider, has: { VCPU: 4, MEMORY_MB: 512, DISK_GB: 20 } });
      expect((await boot(at)).stderr).toMatch(/hosts available\.; nova-scheduler/);
    }),
  );

  test.concurrent(
    'compares what the scheduler asks for, by flavor, image and volume, with what a host has for one server',
    lab(async (at) => {
      const fault = 'No valid host was found. There are not enough hosts available.';
      const image = at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      const pinned = at.glance.add('pinned', ['central', 'dcn0'], {
        visibility: 'public',
        hw_cpu_policy: 'dedicated',
      });
      at.nova.broken.set(image, fault).set(pinned, fault);
      const big = { vcpus: 4, ram: 512, disk: 5, swap: 1500, 'OS-FLV-EXT-DATA:ephemeral': 3 };
      const flavors: Record<string, Record<string, string>> = {
        big: {},
        dedicated: { 'hw:cpu_policy': 'dedicated' },
        pcpus: { 'resources:PCPU': '4', 'resources1:DISK_GB': '1' },
      };
      for (const [name, specs] of Object.entries(flavors)) {
        at.nova.flavors.push({ ...flavor(`id-${name}`, name), ...big, extra_specs: specs });
      }
      at.nova.zones = { dcn0: { host: true } };
      at.nova.providers.set('host', {
        has: { VCPU: 64, MEMORY_MB: 512, DISK_GB: 9 },
        inUse: { VCPU: 60, MEMORY_MB: 0, DISK_GB: 0 },
        most: { VCPU: 2 },
        aggregates: ['uuid-of-dcn0'],
      });
      const reasons = async (flavor: string, more: object = {}): Promise<string | undefined> =>
        /available\.; (?:host: (.*); )?nova-scheduler/.exec(
          (await boot(at, { flavor, ...more })).stderr,
        )?.[1];
      const cpus = 'has 2 VCPU left, the flavor wants 4';
      const disk = 'has 9 DISK_GB left, the flavor wants 10';
      expect(await reasons('big')).toBe(`${cpus}, ${disk}`);
      expect(await reasons('big', { volume: true })).toBe(cpus);
      expect(await reasons('big', { image: 'pinned' })).toBe(disk);
      expect(await reasons('dedicated')).toBe(disk);
      expect(await reasons('pcpus')).toBeUndefined();
    }),
  );

  test.concurrent(
    'says why of a server whose flavor is gone',
    lab(async (at) => {
      at.nova.broken.set(
        at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' }),
        'No valid host was found. None.',
      );
      at.nova.zones = { dcn0: { lost: true } };
      at.nova.flavors.push(flavor('7', 'm1.edge'));
      at.nova.bootSeconds = 1;
      const ended = boot(at, { flavor: 'm1.edge' });
      await until(() => at.nova.asked.length > 0, 'the server');
      at.nova.flavors.pop();
      expect((await ended).stderr).toContain('None.; lost: Placement does not know it');
    }),
  );

  test.concurrent(
    'leaves the server to Nova when it is interrupted',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0'], { visibility: 'public' });
      at.nova.bootSeconds = 60;
      const running = at.here.start(['servers', 'boot'], serverDocument('dcn0', { name: 'vm1' }));
      await until(() => at.nova.asked.length > 0, 'the server');
      running.kill('SIGINT');
      expect((await running.ended).code).toBe(130);
      expect(at.nova.events).toEqual(['+ vm1']);
    }),
  );
});
