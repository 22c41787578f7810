import { stringify } from 'yaml';
import { copyRules } from '../../model/tripleo/glance';
import type { Properties } from './imageFields';
import { answerOf, boot, lab, prove, rbd, writeCopyRule, writePuppetData } from './serverLab';

jest.setTimeout(90_000);

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
      const id = at.glance.add('guest', stores, { visibility: 'public' });
      writePuppetData(at.here, 'dcn0', changes);
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

  const centralGlance = { ...never, 'nova::glance::endpoint_override': '<SERVICE DEFAULT>' };
  test.concurrent.each<[string, string, Properties, RegExp]>([
    ['public images', copyRules.public, {}, /^image guest at dcn0: the whole image will cross the WAN/],
    [
      'no community images, where tenants get public ones',
      copyRules.public,
      { visibility: 'community' },
      /Glance copies no community image there for a tenant \(policy copy_image: role:admin or 'public'.*copyOnDemand decides\); copy it there first/,
    ],
    [
      'all images',
      copyRules.all,
      { visibility: 'community' },
      /^image guest at dcn0: the whole image will cross/,
    ],
    ['no images', copyRules.none, {}, /Glance copies no public image there for a tenant/],
    ['images by an operator’s own rule', 'role:creator', {}, /^image guest at dcn0: the whole image will/],
  ])('is copied there for a tenant as copyOnDemand says, wherever it lies: %s', (_, rule, fields, words) =>
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn1'], { visibility: 'public', ...fields });
      writePuppetData(at.here, 'dcn0', centralGlance);
      writeCopyRule(at.here, rule);
      const code = words.source.startsWith('^') ? 0 : 2;
      expect(await boot(at)).toMatchObject({ code, stderr: expect.stringMatching(words) as string });
      // Nova downloads no image of which Glance refuses the copy.
      writePuppetData(at.here, 'dcn0', { ...centralGlance, ...download });
      expect(await boot(at, { name: 'vm3' })).toMatchObject({ code });
      const asAdmin = await boot(at, { name: 'vm2', asAdmin: true });
      expect(asAdmin).toMatchObject({ code: 0, stderr: expect.stringContaining('whole image') as string });
    })(),
  );

  test.concurrent(
    'is not asked for while Glance copies it elsewhere, or before the store of the site is registered',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn1'], { visibility: 'public' });
      writePuppetData(at.here, 'dcn0', centralGlance);
      writeCopyRule(at.here, copyRules.public);
      at.glance.change('guest', { os_glance_import_task: 'a-task' });
      expect(await boot(at)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/copied to one place at a time, .*boot again when/) as string,
      });
      at.glance.change('guest', { os_glance_import_task: null });
      at.glance.stores = ['central', 'dcn1'];
      expect((await boot(at)).stderr).toContain("the control plane's Glance does not have store dcn0 yet");
      expect(at.nova.asked).toEqual([]);
    }),
  );

  test.concurrent(
    'is downloaded by Cinder for a volume, unless the site’s glance-api knows none of its stores',
    lab(async (at) => {
      const far = at.glance.add('guest', ['central', 'dcn1'], { visibility: 'public' });
      at.glance.add('near', ['central', 'dcn0'], { visibility: 'public' });
      at.glance.add('other', ['dcn1'], { visibility: 'public' });
      writePuppetData(at.here, 'dcn0', centralGlance);
      at.nova.flat.add(far);
      const downloaded = await boot(at, { volume: true });
      expect(downloaded.stderr).toMatch(/will be a full copy\nCinder downloads it: it makes clones only/);
      expect(answerOf(downloaded)).toMatchObject({ outcome: 'flat', parent: null, faults: [] });
      const cloned = await boot(at, { volume: true, image: 'near', name: 'vm2' });
      expect(answerOf(cloned)).toMatchObject({ outcome: 'clone' });
      const refused = await boot(at, { volume: true, image: 'other', name: 'vm3' });
      expect(refused).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/knows none of its stores \(dcn1\); copy it there first/) as string,
      });
    }),
  );

  test.concurrent(
    'is copied there where computes use the control plane’s Glance, which knows all stores',
    lab(async (at) => {
      at.glance.add('guest', ['central', 'dcn1'], { visibility: 'public' });
      writeCopyRule(at.here, '@');
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

describe('a server in a lab with caches', () => {
  test.concurrent(
    'has a full copy as its disk, and the source of the image is reported',
    lab(async (at) => {
      const { here, glance, nova } = at;
      const id = glance.add('guest', ['swift'], { visibility: 'public', disk_format: 'qcow2' });
      const own = { site: 'control-plane', store: 'swift', cluster: '' };
      here.write('dcn/dev/stores/own/central.json', JSON.stringify(own));
      const cache = await glance.edge('127.0.0.5');
      const node = { name: 'dcn0-hci-0', address: '10.0.0.31', api: '127.0.0.5' };
      here.write('dcn/dev/caches/dcn0.json', JSON.stringify({ site: 'dcn0', nodes: [node], limitBytes: 1 }));
      writePuppetData(here, 'dcn0', {
        [`${rbd}libvirt_images_rbd_glance_store_name`]: 'swift',
        'nova::workarounds::never_download_image_if_on_rbd': false,
      });
      nova.flat.add(id);
      nova.onBoot = () => cache.cached.set(id, (cache.cached.get(id) ?? -1) + 1);
      const first = await prove(at);
      expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('lies in Swift') as string });
      expect(answerOf(first)).toMatchObject({
        outcome: 'flat',
        parent: null,
        source: 'Swift, into the cache of dcn0-hci-0',
        faults: [],
      });
      expect(answerOf(await prove(at))).toMatchObject({ source: 'the cache of dcn0-hci-0' });
      nova.onBoot = () => undefined;
      expect(answerOf(await prove(at, { cluster: '', node: undefined }))).toMatchObject({
        source: 'the copy that its host kept of an earlier server',
        disk: null,
        usedBytes: null,
      });
      writePuppetData(here, 'dcn0');
      expect(await prove(at)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('a download is ruled out') as string,
      });
    }),
  );
});
