import * as fs from 'node:fs';
import { stringify } from 'yaml';
import type { FakeGlance } from './fakeGlance';
import { deployedOnRecord, ensure, generated, lab } from './imageLab';
import { fromFile, mib, qcow2 } from './imageSource';
import { type TestUndercloud, until } from './undercloud';

jest.setTimeout(90_000);

const plain = (settings?: object): object => generated('plain', settings && { settings });
const note = (here: TestUndercloud, glance: FakeGlance): string =>
  here.path(`dcn/dev/images/set/${glance.id('plain')}.json`);
/** The bodies of the changes of an image. */
const patches = (glance: FakeGlance): unknown[] => glance.calls(/^PATCH/).map(({ body }) => body);

async function ensured(here: TestUndercloud, document: object): Promise<string> {
  const { code, stderr } = await ensure(here, document);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stderr;
}

const all = {
  visibility: 'private',
  protected: true,
  os_hidden: true,
  min_disk: 1,
  min_ram: 512,
  tags: ['web', 'lts'],
  properties: { hw_disk_bus: 'scsi', os_version: '22.10' },
};

test.concurrent(
  'an image is created with its settings; those with which the remains of an upload would stay come when it has its data',
  lab(async (here, glance) => {
    await ensured(here, plain(all));
    expect(glance.calls(/^POST \/v2\/images$/).map(({ body }) => body)).toEqual([
      expect.objectContaining({
        visibility: 'private',
        min_disk: 1,
        min_ram: 512,
        tags: ['lts', 'web'],
        hw_disk_bus: 'scsi',
        os_version: '22.10',
      }),
    ]);
    expect(patches(glance)).toEqual([
      [
        { op: 'add', path: '/protected', value: true },
        { op: 'add', path: '/os_hidden', value: true },
      ],
    ]);
    expect(glance.where('plain')).toEqual(['central', 'dcn0', 'dcn1']);
    await ensured(here, plain(all));
    expect(patches(glance)).toHaveLength(1);
  }),
);

test.concurrent(
  'an image that exists is changed in place: no upload, no copy, one request',
  lab(async (here, glance) => {
    await ensured(here, plain());
    const id = glance.id('plain');
    const before = glance.calls(/^(POST|PUT)/).length;
    expect(await ensured(here, plain(all))).toMatch(
      /image plain \(\S+\): changed visibility, protected, os_hidden, min_disk, min_ram, hw_disk_bus, os_version, tags/,
    );
    expect(glance.calls(/^(POST|PUT)/)).toHaveLength(before);
    expect(patches(glance)).toHaveLength(1);
    expect([glance.id('plain'), glance.property('plain', 'min_disk'), glance.tags('plain')]).toEqual([
      id,
      1,
      ['lts', 'web'],
    ]);
  }),
);

test.concurrent(
  'a setting that leaves the lab file is taken back; what a person has set or changed stays',
  lab(async (here, glance) => {
    await ensured(here, plain(all));
    glance.change('plain', { hw_vif_model: 'virtio', os_version: '24.04', min_ram: 2048 });
    glance.tag('plain', 'mine');
    await ensured(here, plain({ properties: {}, tags: ['web'] }));
    expect(glance.tags('plain')).toEqual(['mine', 'web']);
    expect(glance.shown('plain')).toMatchObject({
      visibility: 'public',
      protected: false,
      os_hidden: false,
      min_disk: 0,
      min_ram: 2048,
      os_version: '24.04',
      hw_vif_model: 'virtio',
    });
    expect(glance.shown('plain')).not.toHaveProperty('hw_disk_bus');
    await ensured(here, plain());
    expect(glance.tags('plain')).toEqual(['mine']);
    expect(fs.existsSync(note(here, glance))).toBe(false);
  }),
);

test.concurrent(
  'an image without settings keeps what a person has set',
  lab(async (here, glance) => {
    await ensured(here, plain());
    glance.change('plain', { visibility: 'private', protected: true, hw_disk_bus: 'scsi' });
    await ensured(here, plain());
    expect(patches(glance)).toEqual([]);
  }),
);

test.concurrent(
  'what an interrupted change may have set is taken back, too',
  lab(async (here, glance) => {
    await ensured(here, plain({ properties: { hw_disk_bus: 'scsi' } }));
    glance.outages.push({ call: /^PATCH/, statuses: [500], done: true });
    expect(
      (await ensure(here, plain({ properties: { hw_disk_bus: 'virtio', hw_scsi_model: 'x' } }))).code,
    ).toBe(1);
    expect(glance.property('plain', 'hw_scsi_model')).toBe('x');
    await ensured(here, plain());
    expect(glance.shown('plain')).not.toHaveProperty('hw_scsi_model');
    expect(glance.shown('plain')).not.toHaveProperty('hw_disk_bus');
  }),
);

test.concurrent(
  'a setting with which an image was created is taken back, also if the kit ended after the upload',
  lab(async (here, glance) => {
    glance.keystone.projects.push({ id: 'ac3e', name: 'acme' });
    const settings = { ...all, visibility: 'shared', members: ['acme'], protected: false, os_hidden: false };
    glance.outages.push({ call: /^GET .*\/members$/, statuses: [403] });
    expect((await ensure(here, plain(settings))).code).toBe(1);
    expect(glance.shown('plain')).toMatchObject({ status: 'active', visibility: 'shared', min_ram: 512 });
    await ensured(here, plain());
    expect(glance.shown('plain')).toMatchObject({ visibility: 'public', min_disk: 0, min_ram: 0, tags: [] });
    expect(glance.shown('plain')).not.toHaveProperty('hw_disk_bus');
    expect(fs.existsSync(note(here, glance))).toBe(false);
  }),
);

test.concurrent(
  'remains of an upload go with the note about them, and so does the note about an image that is gone',
  lab(async (here, glance) => {
    await deployedOnRecord(here);
    const document = plain({ min_ram: 512 });
    const notes = (): string[] => fs.readdirSync(here.path('dcn/dev/images/set'));
    glance.outages.push({ call: /^PUT/, statuses: [403] });
    expect((await ensure(here, document)).code).toBe(1);
    expect(notes()).toEqual([`${glance.id('plain')}.json`]);
    await ensured(here, document);
    expect(notes()).toEqual([`${glance.id('plain')}.json`]);
    glance.forget('plain');
    await ensured(here, document);
    expect(notes()).toEqual([`${glance.id('plain')}.json`]);
    glance.forget('plain');
    await here.json(['images', 'remove-all'], stringify(document));
    expect(notes()).toEqual([]);
  }),
);

describe('an import that begins during a change and saves the old properties', () => {
  const changesBack =
    (times: number) =>
    async (here: TestUndercloud, glance: FakeGlance): Promise<{ code: number | null; stderr: string }> => {
      await ensured(here, plain({ min_ram: 512 }));
      let left = times;
      glance.before = (call) => {
        if (left > 0 && call.startsWith('PATCH')) {
          left -= 1;
          glance.hold('plain', 0);
          const old = { min_ram: 512, os_glance_import_task: null };
          setTimeout(() => glance.change('plain', old), 300);
        }
      };
      const ended = await ensure(here, plain({ min_ram: 1024 }));
      await until(() => !glance.property('plain', 'os_glance_import_task'), 'the end of the import');
      return ended;
    };

  test.concurrent(
    'does not undo the change',
    lab(async (here, glance) => {
      expect(await changesBack(2)(here, glance)).toMatchObject({ code: 0 });
      expect(glance.property('plain', 'min_ram')).toBe(1024);
    }),
  );

  test.concurrent(
    'is a fault when it happens again and again',
    lab(async (here, glance) => {
      const { code, stderr } = await changesBack(3)(here, glance);
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(
          /image plain \(\S+\): min_ram changed back after each of 3 changes; run this again/,
        ),
      ]);
      await ensured(here, plain());
      expect(glance.property('plain', 'min_ram')).toBe(0);
    }),
  );
});

test.concurrent(
  'Glance’s refusal of a setting is reported with its reason',
  lab(async (here, glance) => {
    await ensured(here, plain());
    const { code, stderr } = await ensure(here, plain({ properties: { os_glance_x: 'x' } }));
    expect(code).toBe(2);
    expect(stderr).toMatch(/settings: properties: 'os_glance_x' does not match/);
    glance.outages.push({ call: /^PATCH/, statuses: [403], says: 'Property hw_disk_bus is protected.' });
    const refused = await ensure(here, plain({ properties: { hw_disk_bus: 'scsi' } }));
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /image plain \(\S+\): its settings were not changed: .*Property hw_disk_bus is protected/,
    );
  }),
);

const tooSmall =
  /image plain: min_disk 1 is less than the image's own size, 1025 MiB; write at least 2 into the lab/;

test.concurrent(
  'min_disk must hold a new image: refused before the upload',
  lab(async (here, glance) => {
    const settings = { min_disk: 1 };
    const more = { diskFormat: 'qcow2', keepFormat: true, stores: ['central'], settings };
    const { code, stderr } = await ensure(here, fromFile(here, 'plain', qcow2({ size: 1025 * mib }), more));
    expect([code, stderr]).toEqual([1, expect.stringMatching(tooSmall)]);
    expect(glance.calls(/^POST/)).toEqual([]);
  }),
);

test.concurrent(
  'min_disk must hold an image that exists: refused before anything is changed',
  lab(async (here, glance) => {
    await ensured(here, plain());
    glance.change('plain', { size: 1025 * mib });
    const { code, stderr } = await ensure(here, plain({ min_disk: 1, min_ram: 512 }));
    expect([code, stderr]).toEqual([2, expect.stringMatching(tooSmall)]);
    expect(patches(glance)).toEqual([]);
    await ensured(here, plain({ min_disk: 2, min_ram: 512 }));
    expect(glance.property('plain', 'min_disk')).toBe(2);
  }),
);

describe('an image that the lab file protects', () => {
  test.concurrent(
    'is deleted with the lab’s other images',
    lab(async (here, glance) => {
      await deployedOnRecord(here);
      const document = plain({ protected: true });
      await ensured(here, document);
      expect(glance.property('plain', 'protected')).toBe(true);
      await here.json(['images', 'remove-all'], stringify(document));
      expect(glance.where('plain')).toBeUndefined();
      expect(fs.readdirSync(here.path('dcn/dev/images/set'))).toEqual([]);
    }),
  );

  test.concurrent(
    'keeps its protection if one of them is refused, and gets it again if Glance refuses its deletion',
    lab(async (here, glance) => {
      await deployedOnRecord(here);
      const document = { images: [plain({ protected: true }), generated('other')] };
      await ensured(here, document);
      glance.change('other', { protected: true });
      const refused = await here.kit(['images', 'remove-all'], stringify(document));
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(
        /^image other \(\S+\): is protected; to delete it, run `openstack image set --unp/,
      );
      expect(refused.stderr).not.toMatch(/image plain/);
      const before = patches(glance).length;
      glance.change('other', { protected: false });
      glance.outages.push({ call: new RegExp(`^DELETE /v2/images/${glance.id('plain')}`), statuses: [409] });
      const failed = await here.kit(['images', 'remove-all'], stringify(document));
      expect([failed.code, failed.stderr]).toEqual([
        1,
        expect.stringMatching(/image plain \(\S+\): was not deleted/),
      ]);
      expect(glance.property('plain', 'protected')).toBe(true);
      expect(patches(glance)).toHaveLength(before + 2);
    }),
  );

  test.concurrent(
    'stays a person’s to delete once the lab file does not protect it any more, and the person does',
    lab(async (here, glance) => {
      await deployedOnRecord(here);
      await ensured(here, plain({ protected: true }));
      await ensured(here, plain());
      expect(glance.property('plain', 'protected')).toBe(false);
      glance.change('plain', { protected: true });
      const { code, stderr } = await here.kit(['images', 'remove-all'], stringify(plain()));
      expect([code, stderr]).toEqual([2, expect.stringMatching(/is protected; to delete it/)]);
    }),
  );
});

describe('members and owner', () => {
  const acme = { id: 'ac3e'.repeat(8), name: 'acme' };
  const beta = { id: 'be7a'.repeat(8), name: 'beta' };
  const withProjects = (work: (here: TestUndercloud, glance: FakeGlance) => Promise<void>) =>
    lab(async (here, glance) => {
      glance.keystone.projects.push(acme, beta);
      await work(here, glance);
    });
  const shared = (members: string[], more: object = {}): object =>
    plain({ visibility: 'shared', members, ...more });

  test.concurrent(
    'are projects by name or id',
    withProjects(async (here, glance) => {
      await ensured(here, shared(['acme', beta.id], { owner: 'beta' }));
      expect([glance.members('plain'), glance.property('plain', 'owner')]).toEqual([
        [acme.id, beta.id],
        beta.id,
      ]);
      expect(glance.calls(/^POST \/v2\/images$/).map(({ body }) => body)).toEqual([
        expect.objectContaining({ visibility: 'shared', owner: beta.id }),
      ]);
      const before = glance.calls(/^(POST|DELETE|PATCH)/).length;
      await ensured(here, shared([beta.id, 'acme', acme.id], { owner: beta.id }));
      expect(glance.calls(/^(POST|DELETE|PATCH)/)).toHaveLength(before);
    }),
  );

  test.concurrent(
    'that Keystone does not have, or has twice, are refused together before anything is done',
    withProjects(async (here, glance) => {
      glance.keystone.projects.push({ id: 'other', name: 'beta' });
      const { code, stderr } = await ensure(
        here,
        shared(['acme', 'nobody', 'beta'], { owner: 'none/such?' }),
      );
      expect(code).toBe(2);
      expect(stderr).toMatch(/^project beta: several have this name; write the id of one: (be7a)+, other$/m);
      expect(stderr).toMatch(
        /^project nobody: the control plane's Keystone has none of this name or id; create it/m,
      );
      expect(stderr).toMatch(/^project none\/such\?: the control plane's Keystone has none/m);
      expect(stderr).not.toMatch(/acme/);
      expect(glance.calls(/^(POST|PUT)/)).toEqual([]);
    }),
  );

  test.concurrent(
    'that leave the lab file are taken back; members of other people stay, and so does an owner whom a person has changed',
    withProjects(async (here, glance) => {
      await ensured(here, shared(['acme'], { owner: 'beta' }));
      glance.share('plain', 'mine');
      await ensured(here, shared(['beta'], { owner: 'beta' }));
      expect(glance.members('plain')).toEqual([beta.id, 'mine']);
      await ensured(here, plain());
      expect(glance.shown('plain')).toMatchObject({ visibility: 'public', owner: 'admin' });
      expect(glance.members('plain')).toEqual(['mine']);
      await ensured(here, plain({ owner: 'acme' }));
      glance.change('plain', { owner: 'mine' });
      await ensured(here, plain());
      expect(glance.property('plain', 'owner')).toBe('mine');
    }),
  );

  test.concurrent(
    'that leave while a person has made the image private are no members when it is shared again',
    withProjects(async (here, glance) => {
      await ensured(here, shared(['acme', 'beta']));
      glance.change('plain', { visibility: 'private' });
      await ensured(here, plain());
      expect(glance.shown('plain')).toMatchObject({ visibility: 'private' });
      expect(glance.members('plain')).toEqual([acme.id, beta.id]);
      await ensured(here, shared(['beta']));
      expect(glance.members('plain')).toEqual([beta.id]);
    }),
  );

  test.concurrent(
    'need an image that is shared',
    withProjects(async (here, glance) => {
      const { code, stderr } = await ensure(here, plain({ members: ['acme'] }));
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/settings: members: needs `visibility: shared`/),
      ]);
      expect(glance.requests).toEqual([]);
    }),
  );
});
