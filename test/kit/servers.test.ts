import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { stringify } from 'yaml';
import { FakeGlance } from './fakeGlance';
import { FakeNova } from './fakeNova';
import { type Ended, python, sleep, type TestUndercloud, until, within } from './undercloud';

jest.setTimeout(90_000);

/** What a test has: the kit, and a control plane with stores central, dcn0 and dcn1, the latter two with a compute. */
interface Here {
  here: TestUndercloud;
  glance: FakeGlance;
  nova: FakeNova;
}

const rbd = 'nova::compute::rbd::';
const glanceApi = 'tripleo::profile::base::glance::api::';

/** What the stack phase has told a site's computes, as config download has it, with changes. */
function told(here: TestUndercloud, site: string, changes: Record<string, unknown> = {}): void {
  const data = {
    [`${rbd}ephemeral_storage`]: true,
    [`${rbd}libvirt_images_rbd_glance_store_name`]: site,
    [`${rbd}libvirt_images_rbd_glance_copy_timeout`]: 600,
    [`${rbd}libvirt_rbd_secret_key`]: 'AQCsecretsecretsecretsecretsecretsecre==',
    'nova::workarounds::never_download_image_if_on_rbd': false,
    [`${glanceApi}glance_backend_id`]: site,
    [`${glanceApi}multistore_config`]: { central: { GlanceBackend: 'rbd' } },
  };
  here.write(
    `overcloud-deploy/${site}/config-download/${site}/group_vars/DistributedComputeHCI`,
    stringify({
      service_names: ['ceph_osd', 'glance_api_edge', 'nova_compute'],
      service_configs: data,
      extraconfig: { 'nova::workarounds::never_download_image_if_on_rbd': true },
      role_extraconfig: changes,
    }),
  );
  here.write(`overcloud-deploy/${site}/config-download/${site}/group_vars/overcloud.json`, '{}');
}

function lab(work: (at: Here) => Promise<void>): () => Promise<void> {
  return within(async (here) => {
    const glance = new FakeGlance(here.home);
    const nova = new FakeNova(here.home);
    await Promise.all([glance.open(), nova.open()]);
    glance.services = nova.catalog;
    glance.stores = ['central', 'dcn0', 'dcn1'];
    nova.zones = { dcn0: { 'dcn0-hci-0': true }, dcn1: { 'dcn1-hci-0': true } };
    const own = { site: 'control-plane', store: 'central', cluster: 'central' };
    here.write('dcn/dev/stores/own/central.json', JSON.stringify(own));
    for (const site of ['dcn0', 'dcn1']) {
      told(here, site);
      here.write(`dcn/dev/${site}/known_hosts`, `10.0.0.31 ssh-ed25519 AAAA\n`);
    }
    try {
      await work({ here, glance, nova });
    } finally {
      await Promise.all([glance.close(), nova.close()]);
    }
  });
}

const wanted = (site: string, more: object = {}): string =>
  stringify({
    site,
    zone: site,
    image: 'guest',
    cluster: site,
    node: { name: `${site}-hci-0`, address: '10.0.0.31' },
    ...more,
  });
const boot = ({ here }: Here, more: object = {}): Promise<Ended> =>
  here.kit(['servers', 'boot'], wanted('dcn0', { name: 'vm1', ...more }));
const prove = ({ here }: Here, more: object = {}): Promise<Ended> =>
  here.kit(['servers', 'prove'], wanted('dcn0', more));
const seen = ({ stdout }: Ended): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>;

describe('servers boot', () => {
  test.concurrent(
    'has Nova boot a server in the site’s zone, which stays, and says what its disk and its console are',
    lab(async (at) => {
      const id = at.glance.add('guest', ['central', 'dcn0']);
      const ended = await boot(at);
      expect(ended).toMatchObject({ code: 0 });
      const [server] = at.nova.servers.values();
      expect(seen(ended)).toEqual({
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
      expect(at.nova.flavors).toMatchObject([{ name: 'glance-dcn', disk: 0 }]);
      expect(Object.keys(at.nova.networks[0] as object).sort()).toEqual(['id', 'name', 'subnets']);
      expect(ended.stderr).toContain('a clone\nit has a copy in store dcn0');
      for (const secret of [at.glance.password, at.glance.token, 'AQCsecret']) {
        expect(ended.stdout + ended.stderr).not.toContain(secret);
      }
      expect(at.here.read('ssh-calls')).not.toContain(at.glance.token);
    }),
  );

  test.concurrent(
    'makes flavor and network once for all, also a subnet that a killed process has not come to',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0']);
      at.nova.networks.push({ id: 'n', name: 'glance-dcn', subnets: [] });
      const ended = await Promise.all(['a', 'b', 'c'].map((name) => boot(at, { name })));
      expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
      expect(at.nova.flavors).toHaveLength(1);
      expect(at.nova.networks).toEqual([{ id: 'n', name: 'glance-dcn', subnets: ['192.168.253.0/24'] }]);
    }),
  );

  test.concurrent(
    'takes flavor and network of the cloud by name or id, and a volume that Cinder makes of the image',
    lab(async (at) => {
      const id = at.glance.add('guest', ['central', 'dcn0'], { virtual_size: 3 * 2 ** 30 });
      at.nova.flavors.push({ id: '7', name: 'm1.edge' });
      at.nova.networks.push({ id: 'n', name: 'provider', subnets: [] });
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
      expect(seen(ended)).toMatchObject({
        disk: expect.stringMatching(/^volumes\/volume-/) as string,
        parent: `images/${id}@snap`,
      });
      expect([at.nova.flavors.length, at.nova.networks.length]).toEqual([1, 1]);
    }),
  );

  test.concurrent(
    'refuses all that is wrong at once, before Nova is asked for anything',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0']);
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
      at.glance.add('guest', ['central', 'dcn0']);
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
    'takes a server away that Nova gives up, and tells why it did',
    lab(async (at) => {
      const id = at.glance.add('guest', ['central', 'dcn0']);
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
    'leaves the server to Nova when it is interrupted',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0']);
      at.nova.bootSeconds = 60;
      const running = at.here.start(['servers', 'boot'], wanted('dcn0', { name: 'vm1' }));
      await until(() => at.nova.asked.length > 0, 'the server');
      running.kill('SIGINT');
      expect((await running.ended).code).toBe(130);
      expect(at.nova.events).toEqual(['+ vm1']);
    }),
  );
});

describe('an image without a copy at the site', () => {
  const never = { 'nova::workarounds::never_download_image_if_on_rbd': true };
  const download = { 'nova::workarounds::never_download_image_if_on_rbd': false };
  const noStore = { [`${rbd}libvirt_images_rbd_glance_store_name`]: '' };

  test.concurrent.each<[string, string[], Record<string, unknown>, RegExp]>([
    [
      'is copied there by Nova, from central',
      ['central'],
      never,
      /the whole image will cross the WAN\nit has no copy in store dcn0; Nova has Glance copy it there first, and waits for that at most 600 s/,
    ],
    [
      'is copied there before it would be downloaded',
      ['central'],
      download,
      /the whole image will cross the WAN/,
    ],
    [
      'is refused while the site’s glance-api does not know one of its stores',
      ['central', 'dcn1'],
      never,
      /the site's glance-api, which does not know store dcn1, cannot copy it \(LP#2073945\); a download is ruled out .*; copy it there first: images copy guest --to dcn0/,
    ],
    [
      'is downloaded then if that is not ruled out',
      ['central', 'dcn1'],
      download,
      /will be a full copy\n.* does not know store dcn1/,
    ],
    [
      'is refused where no store is named',
      ['central'],
      { ...never, ...noStore },
      /no store is named from which to clone .*; copy it there first/,
    ],
    [
      'is downloaded where no store is named',
      ['central'],
      { ...download, ...noStore },
      /will be a full copy\nno store is named/,
    ],
  ])('%s', (_what, stores, changes, words) =>
    lab(async (at) => {
      const id = at.glance.add('guest', stores);
      told(at.here, 'dcn0', changes);
      if (words.source.includes('full copy')) {
        at.nova.flat.add(id);
      }
      const ended = await boot(at);
      expect(ended.stderr).toMatch(words);
      const refused = words.source.includes('copy it there first:') || words.source.endsWith('there first');
      expect(ended.code).toBe(refused ? 2 : 0);
      expect(at.nova.asked).toHaveLength(refused ? 0 : 1);
      expect(await prove(at)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('copy it there first: images copy guest --to dcn0') as string,
      });
    })(),
  );

  test.concurrent(
    'is cloned from where computes ask the control plane’s Glance, which knows all stores',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn1']);
      at.here.write(
        'overcloud-deploy/dcn0/config-download/dcn0/group_vars/DistributedComputeHCI',
        stringify({
          service_names: ['nova_compute'],
          service_configs: {
            [`${rbd}ephemeral_storage`]: true,
            [`${rbd}libvirt_images_rbd_glance_store_name`]: 'dcn0',
          },
          extraconfig: {},
          role_extraconfig: {},
        }),
      );
      expect(await boot(at)).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('will cross the WAN') as string,
      });
    }),
  );
});

describe('servers prove', () => {
  const name = 'glance-dcn-verify-dcn0';

  test.concurrent(
    'removes the server again, whatever was seen',
    lab(async (at) => {
      const id = at.glance.add('guest', ['central', 'dcn0']);
      const good = await prove(at);
      expect(good.code).toBe(0);
      expect(seen(good)).toMatchObject({ outcome: 'clone', faults: [] });
      at.nova.flat.add(id);
      const bad = await prove(at, { system: false });
      expect(seen(bad)).toMatchObject({
        console: 'none',
        consoleSeconds: null,
        parent: null,
        faults: [
          expect.stringMatching(
            /^image guest \(.*\): at dcn0 the disk vms\/.*_disk is not its clone \(parent: none\)/,
          ),
        ],
      });
      at.nova.broken.set(id, 'Build aborted');
      expect(await prove(at)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('Build aborted') as string,
      });
      expect(at.nova.events).toEqual([1, 2, 3].flatMap(() => [`+ ${name}`, `- ${name}`]));
    }),
  );

  test.concurrent.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'removes the server when %s ends it, and goes on with that at a second one',
    (signal) =>
      lab(async (at) => {
        at.glance.add('guest', ['central', 'dcn0']);
        Object.assign(at.nova, { bootSeconds: 60, deleteSeconds: 1 });
        const running = at.here.start(['servers', 'prove'], wanted('dcn0'));
        await until(() => at.nova.asked.length > 0, 'the server');
        running.kill(signal);
        await sleep(0.4);
        running.kill(signal);
        const ended = await running.ended;
        expect(ended).toMatchObject({
          code: 130,
          stderr: expect.stringContaining(`server ${name}: interrupted, and removed`) as string,
        });
        expect(at.nova.events).toEqual([`+ ${name}`, `- ${name}`]);
      })(),
  );

  test.concurrent(
    'removes the server when whoever asked for it has gone',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0']);
      at.nova.bootSeconds = 60;
      const running = at.here.open(['servers', 'prove']);
      running.input(`${wanted('dcn0')}...\n`);
      await until(() => at.nova.asked.length > 0, 'the server');
      await sleep(0.5);
      expect(at.nova.events).toEqual([`+ ${name}`]);
      running.endInput();
      expect((await running.ended).code).toBe(130);
      expect(at.nova.events).toEqual([`+ ${name}`, `- ${name}`]);
      at.nova.bootSeconds = 0.1;
      const whole = at.here.open(['servers', 'prove']);
      whole.input(`${wanted('dcn0')}...\n`);
      expect((await whole.ended).code).toBe(0);
    }),
  );

  test.concurrent(
    'removes the server when nobody listens any more',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0']);
      at.nova.bootSeconds = 60;
      const fakes = path.join(__dirname, 'fakes');
      // Two lines say what is wanted; from the third on there is a server.
      const line = `${python()} ${path.join(at.here.lab(), 'kit')} servers prove 2>&1 >/dev/null | head -n 3`;
      const child = spawn('bash', ['-c', line], {
        env: { HOME: at.here.home, PATH: `${fakes}:${process.env.PATH}` },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      child.stdin.end(wanted('dcn0'));
      await new Promise((resolve) => child.on('close', resolve));
      expect(at.nova.events).toEqual([`+ ${name}`, `- ${name}`]);
    }),
  );

  test.concurrent(
    'removes what a killed one has left, before the next server there',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0']);
      at.nova.bootSeconds = 60;
      const running = at.here.start(['servers', 'prove'], wanted('dcn0'));
      await until(() => at.nova.asked.length > 0, 'the server');
      running.kill('SIGKILL');
      await running.ended;
      expect(at.nova.events).toEqual([`+ ${name}`]);
      at.nova.bootSeconds = 0.1;
      const ended = await prove(at);
      expect(ended).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('was left by an earlier proof') as string,
      });
      expect(at.nova.events).toEqual([1, 2].flatMap(() => [`+ ${name}`, `- ${name}`]));
    }),
  );

  test.concurrent(
    'boots one at a time at a site, and sites side by side',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0', 'dcn1']);
      at.nova.bootSeconds = 2;
      const ended = await Promise.all(
        ['dcn0', 'dcn0', 'dcn1'].map((site) => at.here.kit(['servers', 'prove'], wanted(site))),
      );
      expect(ended.map(({ code }) => code)).toEqual([0, 0, 0]);
      const { events } = at.nova;
      expect(events.filter((event) => event.endsWith('dcn0'))).toEqual(
        [1, 2].flatMap(() => [`+ ${name}`, `- ${name}`]),
      );
      expect(events.slice(0, 2).sort()).toEqual([`+ ${name}`, '+ glance-dcn-verify-dcn1']);
    }),
  );

  test.concurrent(
    'tells a console that never says it is ready, and one that is silent',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn0']);
      const constants = path.join(at.here.lab(), 'kit', 'servers', 'console.py');
      at.here.write(
        path.relative(at.here.home, constants),
        at.here
          .read(path.relative(at.here.home, constants))
          .replace('LIMIT_SECONDS = 300', 'LIMIT_SECONDS = 3')
          .replace('_QUIET_SECONDS = 20', '_QUIET_SECONDS = 1'),
      );
      at.nova.console = 'Linux version 6.1';
      expect(seen(await prove(at))).toMatchObject({ console: 'written', faults: [] });
      at.nova.console = '';
      expect(seen(await prove(at))).toMatchObject({
        console: 'silent',
        faults: [expect.stringContaining('has written nothing to its serial console') as string],
      });
    }),
  );
});

describe('a server in a lab with caches', () => {
  test.concurrent(
    'has a full copy, and it is said what gave the image',
    lab(async (at) => {
      const { here, glance, nova } = at;
      const id = glance.add('guest', ['swift'], { disk_format: 'qcow2' });
      const own = { site: 'control-plane', store: 'swift', cluster: '' };
      here.write('dcn/dev/stores/own/central.json', JSON.stringify(own));
      const cache = await glance.edge('127.0.0.5');
      const node = { name: 'dcn0-hci-0', address: '10.0.0.31', api: '127.0.0.5' };
      here.write('dcn/dev/caches/dcn0.json', JSON.stringify({ site: 'dcn0', nodes: [node], limitBytes: 1 }));
      told(here, 'dcn0', {
        [`${rbd}libvirt_images_rbd_glance_store_name`]: 'swift',
        'nova::workarounds::never_download_image_if_on_rbd': false,
      });
      nova.flat.add(id);
      nova.onBoot = () => cache.cached.set(id, (cache.cached.get(id) ?? -1) + 1);
      const first = await prove(at);
      expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('lies in Swift') as string });
      expect(seen(first)).toMatchObject({
        outcome: 'flat',
        parent: null,
        source: 'Swift, into the cache of dcn0-hci-0',
        faults: [],
      });
      expect(seen(await prove(at))).toMatchObject({ source: 'the cache of dcn0-hci-0' });
      nova.onBoot = () => undefined;
      expect(seen(await prove(at, { cluster: '', node: undefined }))).toMatchObject({
        source: 'the copy that its host kept of an earlier server',
        disk: null,
        usedBytes: null,
      });
      told(here, 'dcn0');
      expect(await prove(at)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('a download is ruled out') as string,
      });
    }),
  );
});
