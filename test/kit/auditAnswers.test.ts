import { stringify } from 'yaml';
import type { Audit } from '../../kit/answers';
import {
  type Site,
  type document,
  audit,
  ceph,
  exported,
  file,
  healthy,
  services,
  of,
  short,
  sites,
} from './auditLab';

/* What an audit answers of a part of a lab, and of a lab of which a part does not answer. */

jest.setTimeout(300_000);

describe('an audit', () => {
  test.concurrent(
    'of named sites has the findings about these alone, and leaves out sites that are not up',
    healthy(async (world) => {
      const { here } = world;
      services('computes', of('e-0', { state: 'down' }))(world);
      services('computes', of('f-0', { state: 'down' }))(world);
      world.document.kit = 'second';
      world.document.sites.push({
        ...(world.document.sites[2] as (typeof document.sites)[0]),
        site: 'dcn2' as Site,
      });
      const { findings, sites: audited, skipped } = await audit(world, ['dcn1', 'dcn2']);
      expect({ found: findings.map(short), audited, skipped }).toEqual({
        found: ['error dcn1 f-0 compute-down'],
        audited: ['dcn1'],
        skipped: { dcn2: 'the site is not up' },
      });
      // The verdict is that of all sites.
      expect(await here.json(['status', '--json'])).toMatchObject({ audit: null });
      expect(await here.kit(['audit', 'dcn8'], stringify(world.document))).toMatchObject({
        code: 2,
        stderr: 'audit: dcn8: no site of the lab file; sites: control-plane, dcn0, dcn1, dcn2\n',
      });
    }),
  );

  test.concurrent(
    'says since when all audits of all sites have had a finding, whatever they measured',
    healthy(async (world) => {
      const since = async (words: string[] = []) => {
        const { at, findings } = await audit(world, words);
        return Object.fromEntries(findings.map((one) => [one.code, one.since === at ? 'now' : one.since]));
      };
      services('computes', of('e-1', { state: 'down' }))(world);
      const undo = ceph('dcn0', () => ({ osds: { num_osds: 3, num_up_osds: 2, num_in_osds: 3 } }))(world);
      const first = await audit(world);
      expect(first.findings.map(({ since: begin }) => begin)).toEqual([first.at, first.at]);
      ceph('dcn0', () => ({ osds: { num_osds: 3, num_up_osds: 1, num_in_osds: 3 } }))(world);
      services('computes', of('f-0', { status: 'disabled' }))(world);
      const known = { 'compute-down': first.at, 'osd-down': first.at };
      // An audit of some sites begins no finding.
      expect(await since(['dcn0', 'dcn1'])).toEqual({ ...known, 'compute-disabled': 'now' });
      expect(await since()).toEqual({ ...known, 'compute-disabled': 'now' });
      undo();
      expect(await since()).toMatchObject({ 'compute-down': first.at });
      ceph('dcn0', () => ({ osds: { num_osds: 3, num_up_osds: 1, num_in_osds: 3 } }))(world);
      expect(await since()).toMatchObject({ 'compute-down': first.at, 'osd-down': 'now' });
    }),
  );

  test.concurrent(
    'without a document takes that of the last audit; `status` shows the verdict',
    healthy(async (world) => {
      const { here } = world;
      expect(await here.kit(['audit'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('run `./dcn audit` once') as string,
      });
      expect((await audit(world)).findings).toEqual([]);
      expect((await here.kit(['status'])).stdout).toMatch(
        /^ {2}audit of control-plane, dcn0, dcn1, \ds ago: no difference found$/m,
      );
      services('computes', of('e-0', { state: 'down', status: 'disabled' }))(world);
      const { findings } = await here.json<Audit>(['audit']);
      expect(findings.map(short)).toEqual([
        'error dcn0 e-0 compute-down',
        'warning dcn0 e-0 compute-disabled',
      ]);
      expect((await here.kit(['status'])).stdout).toMatch(
        /^ {2}audit of control-plane, dcn0, dcn1, \ds ago: 1 error, 1 warning$/m,
      );
    }),
  );

  test.concurrent(
    'of a site that does not answer takes the time-out of one connection, and has the findings about all others',
    healthy(async (world) => {
      file('stuck', () => '10.0.1.10\n10.0.1.11\n')(world);
      file('failed-10.0.2.10', () => 'chronyd.service\n')(world);
      const began = Date.now();
      const { findings } = await audit(world);
      expect(findings.map(short)).toEqual([
        'error dcn0 e-0 host-unreachable',
        'error dcn0 e-1 host-unreachable',
        'warning dcn1 f-0 unit-failed',
      ]);
      expect((Date.now() - began) / 1000).toBeLessThan(45);
    }),
  );

  test.concurrent(
    'of a control plane that does not answer says so once for each of its services, and has the findings about sites',
    healthy(async (world) => {
      world.glance.down = true;
      file('failed-10.0.2.10', () => 'chronyd.service\n')(world);
      expect((await audit(world)).findings.map(short)).toEqual([
        'error control-plane - glance',
        'error control-plane - services',
        'warning dcn1 f-0 unit-failed',
      ]);
    }),
  );

  test.concurrent(
    'says which file cannot be read, and that the disk of the undercloud is almost full',
    healthy(async (world) => {
      file('dcn/dev/control-plane/dcn_ceph_external.yaml', () => '- no mapping\n')(world);
      file('failed-10.0.2.10', () => 'chronyd.service\n')(world);
      world.here.inject('import shutil\nshutil.disk_usage = lambda _: type("Usage", (), {"free": 4 << 30})');
      const { findings } = await audit(world, []);
      expect(findings.map(short)).toEqual(
        [
          ...sites.map(() => 'error - - unread'),
          'error - - undercloud-disk',
          'warning dcn1 f-0 unit-failed',
        ].sort(),
      );
    }),
  );

  test.concurrent(
    'leaves no key in its answer or its records',
    healthy(async (world) => {
      const { here } = world;
      ceph('dcn0', ({ users: [user] }) => ({ users: [{ ...user, key: 'AQplantedplantedplanted==' }] }))(
        world,
      );
      const { code, stdout, stderr } = await here.kit(['audit'], stringify(world.document));
      expect([code, stdout.includes('ceph-key')]).toEqual([0, true]);
      const own = exported(here, 'dcn0')?.keys[0]?.key as string;
      for (const text of [stdout, stderr, here.read('dcn/dev/audit/last.json')]) {
        expect(text).not.toContain('AQplanted');
        expect(text).not.toContain(own);
      }
    }),
  );
});
