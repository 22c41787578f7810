import * as fs from 'node:fs';
import { type Plant, type World, atWork, audit, file, healthy, hold, services, short } from './auditLab';
import { leave } from './storeLab';

/* What an audit leaves out: what comes, leaves or is at work differs for a while. */

jest.setTimeout(300_000);

const found = async (world: World): Promise<string[]> => (await audit(world)).findings.map(short);
/** A version of an image that is not the current one. */
const version =
  (name: string, mark: string, stores: string[], status = 'active'): Plant =>
  ({ glance }) => {
    const more = { glance_dcn_lab: 'dev', glance_dcn_version: mark, os_hidden: true, status };
    glance.addListed(name, stores, more);
    return () => undefined;
  };
/** Takes the copy of an image at a store. */
const without = (name: string, store: string): Plant => {
  return ({ glance }) => {
    const stores = glance.where(name) as string[];
    stores.splice(stores.indexOf(store), 1);
    return () => void stores.push(store);
  };
};
const lacksStore: Plant = ({ glance }) => {
  glance.stores = ['central', 'dcn0'];
  return () => void (glance.stores = ['central', 'dcn0', 'dcn1']);
};
const failed = file('dcn/dev/jobs/dcn1/overcloud-config/state.json', (text) =>
  text.replace('"reason": null', '"reason": "it broke"').replace('"succeeded"', '"failed"'),
);

describe('images', () => {
  test.concurrent(
    'of several versions the current one counts',
    healthy(async (world) => {
      version('guest', 'earlier', ['central'])(world);
      version('guest', 'next', [], 'saving')(world);
      version('lacking', 'earlier', ['central', 'dcn0', 'dcn1'])(world);
      expect(await found(world)).toEqual([]);
      without('lacking', 'dcn1')(world);
      expect(await found(world)).toEqual(['error dcn1 - image-copy']);
    }),
  );

  test.concurrent(
    'are left out as far as image work mends them, while a process works on images',
    healthy(async (world) => {
      const { glance, here } = world;
      const undo = without('guest', 'dcn1')(world);
      glance.change('lacking', { status: 'saving' });
      for (const lock of ['other.lock', '0a.direct.lock']) {
        const release = await hold(here, `dcn/dev/images/${lock}`);
        expect(await found(world)).toEqual([]);
        glance.change('lacking', { status: 'deactivated' });
        expect(await found(world)).toEqual(['error control-plane - image-status']);
        glance.change('lacking', { status: 'saving' });
        await release();
      }
      expect(await found(world)).toEqual(['error control-plane - image-status', 'error dcn1 - image-copy']);
      glance.change('lacking', { status: 'active' });
      glance.change('guest', { os_glance_import_task: 'a-task' });
      expect(await found(world)).toEqual([]);
      undo();
    }),
  );
});

describe('sites', () => {
  test.concurrent(
    'with a step that has no ended job are not up',
    healthy(async (world) => {
      fs.rmSync(world.here.path('dcn/dev/jobs/dcn1/overcloud-config'), { recursive: true });
      [lacksStore, without('guest', 'dcn1'), services('computes', () => [])].forEach((plant) => plant(world));
      world.services.computes = [];
      const { findings, skipped } = await audit(world);
      expect(findings.map(short).filter((finding) => / dcn1 |unread/.test(finding))).toEqual([]);
      expect(skipped).toEqual({ dcn1: 'the site is not up: step overcloud-config has no ended job' });
    }),
  );

  test.concurrent(
    'that leave have no findings of stores, images and leftovers, only of failed jobs',
    healthy(async (world) => {
      const { here } = world;
      [lacksStore, without('guest', 'dcn1'), failed].forEach((plant) => plant(world));
      file('dcn/dev/dcn9/hosts.json', () => '{}')(world);
      file('dcn/dev/stores/withdrawn/dcn9.json', () => '{}')(world);
      const leaving = [await leave(here, 'dcn1'), await leave(here, 'dcn9')];
      expect(await found(world)).toEqual(['error dcn1 - job-failed']);
      leaving.forEach((running) => running.endInput());
      await Promise.all(leaving.map(({ ended }) => ended));
      expect((await found(world)).length).toBeGreaterThan(3);
    }),
  );

  test.concurrent(
    'whose stores an update of the control plane brings or takes are not reported by their stores',
    healthy(async (world) => {
      const { here, glance } = world;
      glance.stores = ['central', 'dcn0', 'dcn7'];
      file('dcn/dev/stores/dcn0.json', (text) => text.replace(/"digest": "../, '"digest": "xx'))(world);
      file('dcn/dev/stores/withdrawn/dcn9.json', () => '{}')(world);
      const end = await atWork(here, 'stores/update');
      expect(await found(world)).toEqual([]);
      await end();
      expect((await found(world)).sort()).toEqual([
        'error dcn1 - store-missing',
        'warning control-plane - store-foreign',
        'warning dcn0 - store-outdated',
        'warning dcn9 - store-withdrawn',
      ]);
    }),
  );
});

describe('services', () => {
  test.concurrent(
    'of a control plane at work are not asked',
    healthy(async (world) => {
      const { here, glance } = world;
      glance.down = true;
      const end = await atWork(here, 'control-plane/overcloud-config');
      const { findings, skipped } = await audit(world, ['dcn0']);
      expect({ findings, skipped }).toEqual({
        findings: [],
        skipped: {
          'control-plane': 'a job of the site is at work; Glance, Nova, Neutron and Cinder are not asked',
        },
      });
      await end();
    }),
  );

  test.concurrent(
    'that do not answer leave the findings of the others',
    healthy(async (world) => {
      world.glance.services = { ...world.services.catalog, network: 'http://127.0.0.1:9/v2.0' };
      services('computes', (all) => all.slice(0, -1))(world);
      services('volumes', (all) => all.slice(0, -1))(world);
      const { findings } = await audit(world);
      expect(findings.map(short)).toEqual([
        'error control-plane - services',
        'error dcn1 - volume-missing',
        'error dcn1 f-0 compute-missing',
      ]);
      expect(findings[0]?.what).toMatch(/^Neutron does not answer: /);
    }),
  );
});

test.concurrent(
  'the remedy of a left export removes files of this lab alone',
  healthy(async (world) => {
    file('dcn/dev/dcn9/central_ceph_external.yaml', () => 'parameter_defaults: {}\n')(world);
    const { findings } = await audit(world);
    expect(findings.map(({ remedy }) => remedy)).toEqual([
      `rm ${world.here.lab()}/dcn9/central_ceph_external.yaml`,
    ]);
  }),
);
