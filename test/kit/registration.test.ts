import * as fs from 'node:fs';
import {
  composedFiles,
  configRuns,
  controlPlane,
  deploy,
  deployControlPlane,
  fragments,
  lab,
  register,
  stackRuns,
  storeConfig,
} from './storeLab';

jest.setTimeout(240_000);

describe('stores register', () => {
  test.concurrent(
    'a control plane without sites gets two empty files',
    lab(async (here) => {
      await deployControlPlane(here);
      expect(composedFiles(here)).toEqual({ stores: {}, clusters: [] });
      const mode = (file: string): number => fs.statSync(here.path(`dcn/dev/${file}`)).mode & 0o777;
      expect([mode(fragments.stores), mode(fragments.ceph)]).toEqual([0o600, 0o600]);
    }),
  );

  test.concurrent(
    'twice at once of one store, as after kill -9 of Pulumi, both succeed',
    lab(async (here) => {
      await deployControlPlane(here);
      here.behave("[[ $all != *dcn0.export ]] || trap 'sleep 0.5' EXIT");
      const both = await Promise.all([register(here, 'dcn0').ended, register(here, 'dcn0').ended]);
      expect(both.map(({ code, stderr }) => [code, code === 0 ? '' : stderr])).toEqual([
        [0, ''],
        [0, ''],
      ]);
    }),
  );

  test.concurrent(
    'runs a step again that the store needs and whose teardown has failed',
    lab(async (here) => {
      await deployControlPlane(here);
      const job = here.job('dcn0/ceph-deploy', {
        commands: ['openstack make'],
        teardown: ['openstack fails'],
      });
      here.behave('[[ $all != fails ]] || exit 1');
      await here.run(job);
      await here.kit(['job', 'undo'], job);
      expect((await register(here, 'dcn0').ended).code).toBe(0);
      expect(here.state('dcn0/ceph-deploy')).toBe('succeeded');
    }),
  );

  test.concurrent(
    'brings the store to the control plane by one more deploy; again it is no work',
    lab(async (here) => {
      await deployControlPlane(here);
      const { code, stdout } = await register(here, 'dcn0').ended;
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        site: 'dcn0',
        store: 'dcn0',
        cluster: 'dcn0',
        fsid: expect.stringMatching(/^[0-9a-f]{8}-1111-4111-8111-[0-9a-f]{12}$/) as string,
      });
      expect(composedFiles(here)).toEqual({ stores: { dcn0: storeConfig('dcn0') }, clusters: ['dcn0'] });
      expect([stackRuns(here), configRuns(here), here.runs('control-plane/network-provision')]).toEqual([
        2, 2, 2,
      ]);
      const calls = here.calls().length;
      const again = await register(here, 'dcn0').ended;
      expect(again).toMatchObject({ code: 0, stdout });
      expect(here.calls()).toHaveLength(calls);
      // The control plane's own stack finds its jobs done, too.
      await here.json(['job', 'run'], controlPlane.network(here));
      await here.json(['job', 'run'], controlPlane.stack(here));
      await here.json(['job', 'run'], controlPlane.config(here));
      expect(here.calls()).toHaveLength(calls);
      expect(await here.json(['stores', 'list', '--json'])).toMatchObject([
        { store: 'central', own: true, included: true },
        { store: 'dcn0', own: false, included: true },
      ]);
    }),
  );

  test.concurrent(
    'costs no deploy when nothing that the control plane knows has changed, and one when its Ceph has',
    lab(async (here) => {
      await deployControlPlane(here);
      await register(here, 'dcn0').ended;
      const other = { after: { 'overcloud-config': 'b2' } };
      expect((await register(here, 'dcn0', 1, other).ended).code).toBe(0);
      expect(stackRuns(here)).toBe(2);
      here.write('ceph-of-dcn0', '2');
      expect((await register(here, 'dcn0', 1, { nodes: { node: 'instance-2' } }).ended).code).toBe(0);
      expect([stackRuns(here), configRuns(here)]).toEqual([3, 3]);
    }),
  );

  test.concurrent(
    'a control plane deploy of its own stack takes in every registered store',
    lab(async (here) => {
      await deployControlPlane(here);
      await register(here, 'dcn0').ended;
      const changed = here.job('control-plane/overcloud-stack', {
        commands: [`${deploy} --stack-only`],
        fragments,
        after: { x: '2' },
      });
      await here.json(['job', 'run'], changed);
      expect(composedFiles(here).clusters).toEqual(['dcn0']);
    }),
  );

  test.concurrent(
    'an incomplete export of the clusters fails the deploy, although the verb exits with 0',
    lab(async (here) => {
      await deployControlPlane(here);
      here.behave(
        'if [[ $all == *"export ceph"*new ]]; then set -- overcloud export ceph --stack dcn7 --output-file "${@: -1}"; fi',
      );
      const { code, stderr } = await register(here, 'dcn0').ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/wrote clusters \['dcn7'\], wanted are \['dcn0'\]/);
      expect(composedFiles(here).clusters).toEqual([]);
    }),
  );

  test.concurrent(
    'what cannot be registered is refused before anything is touched',
    lab(async (here) => {
      const early = await register(here, 'dcn0').ended;
      expect(early).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('there is no control plane') as string,
      });
      await deployControlPlane(here);
      await register(here, 'dcn0').ended;
      const { code, stderr } = await register(here, 'dcn1', 1, { store: 'central', cluster: 'dcn0' }).ended;
      expect(code).toBe(2);
      expect(stderr).toMatch(/store central: site control-plane has a store of this id already/);
      expect(stderr).toMatch(/cluster dcn0: site dcn0 has a Ceph cluster of this name already/);
      const wrong = await here.kit(
        ['stores', 'register'],
        'site: D\nstore: os_glance_x\nnode: {name: a, adress: b}\n',
      );
      expect(wrong.code).toBe(2);
      for (const fault of [
        /site: 'D' does not match/,
        /os_glance_/,
        /address: is missing/,
        /adress: is not a key/,
        /cluster: is missing/,
      ]) {
        expect(wrong.stderr).toMatch(fault);
      }
    }),
  );
});
