import * as fs from 'node:fs';
import { parse } from 'yaml';
import { composedFiles, deployControlPlane, fragments, lab, register, storeConfig } from './storeLab';
import type { TestUndercloud } from './undercloud';

jest.setTimeout(240_000);

/** The users with a key of each cluster that the control plane's stack phase reads. */
function users(here: TestUndercloud): [string, string[]][] {
  const { parameter_defaults: parameters } = parse(here.read(`dcn/dev/${fragments.ceph}`)) as {
    parameter_defaults: { CephExternalMultiConfig: { cluster: string; keys: { name: string }[] }[] };
  };
  return parameters.CephExternalMultiConfig.map(({ cluster, keys }) => [
    cluster,
    keys.map(({ name }) => name),
  ]);
}

const exportsOf = (here: TestUndercloud): string[] =>
  here.calls(/overcloud export ceph .*dcn_ceph_external/).map(({ words }) => words);

describe('stores whose clusters have different users', () => {
  test.concurrent(
    'reach the control plane with their users, by one export for each user',
    lab(async (here) => {
      await deployControlPlane(here);
      await here.json(['stores', 'announce', 'dcn0']);
      await here.json(['stores', 'announce', 'dcn1']);
      // A run that was killed has left an export.
      here.write(`dcn/dev/${fragments.ceph}.new.gone`, 'key');
      const ended = await Promise.all([
        register(here, 'dcn0', 9, { clientUser: 'Edge.0' }).ended,
        register(here, 'dcn1', 9).ended,
      ]);
      expect(ended.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual([
        [0, ''],
        [0, ''],
      ]);
      expect(users(here)).toEqual([
        ['dcn0', ['client.Edge.0']],
        ['dcn1', ['client.openstack']],
      ]);
      expect(composedFiles(here).stores).toEqual({
        dcn0: { ...storeConfig('dcn0'), CephClientUserName: 'Edge.0' },
        dcn1: storeConfig('dcn1'),
      });
      const folder = here.path('dcn/dev/control-plane');
      expect(fs.readdirSync(folder).filter((file) => file.includes('.new'))).toEqual([]);
      expect(fs.statSync(here.path(`dcn/dev/${fragments.ceph}`)).mode & 0o777).toBe(0o600);
    }),
  );

  test.concurrent(
    'leave no part with keys when an export fails, and nobody else may read a part',
    lab(async (here) => {
      await deployControlPlane(here);
      await here.json(['stores', 'announce', 'dcn0']);
      await here.json(['stores', 'announce', 'dcn1']);
      const folder = here.path('dcn/dev/control-plane');
      here.behave(`case "$all" in *new.openstack) ls -l ${folder} >${here.path('modes')}; exit 1;; esac`);
      const ended = await Promise.all([
        register(here, 'dcn0', 9, { clientUser: 'Edge.0' }).ended,
        register(here, 'dcn1', 9).ended,
      ]);
      expect(ended.map(({ code }) => code)).toEqual([1, 1]);
      expect(here.read('modes')).toMatch(/^-rw------- .*\.new\.Edge\.0$/m);
      expect(fs.readdirSync(folder).filter((file) => file.includes('.new'))).toEqual([]);
    }),
  );

  test.concurrent(
    'have one export if they have one user, and no entry where it is that of the control plane’s store',
    lab(async (here) => {
      await deployControlPlane(here, { clientUser: 'core' });
      expect((await register(here, 'dcn0', 1, { clientUser: 'core' }).ended).code).toBe(0);
      expect(users(here)).toEqual([['dcn0', ['client.core']]]);
      expect(composedFiles(here).stores).toEqual({ dcn0: storeConfig('dcn0') });
      expect(exportsOf(here)).toHaveLength(1);
      expect(exportsOf(here)[0]).toContain('--cephx-key-client-name core');
    }),
  );

  test.concurrent(
    'a user that Ceph does not accept is refused',
    lab(async (here) => {
      await deployControlPlane(here);
      const { code, stderr } = await register(here, 'dcn0', 1, { clientUser: 'a b' }).ended;
      expect(code).not.toBe(0);
      expect(stderr).toContain('clientUser');
    }),
  );
});
