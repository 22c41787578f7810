import * as fc from 'fast-check';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse, stringify } from 'yaml';
import { failedJobs } from '../../cli/run/failedJobs';
import { FakeGlance } from './fakeGlance';
import { FakeServices } from './fakeServices';
import { type Ended, type Running, sleep, type TestUndercloud, until, within } from './undercloud';

jest.setTimeout(90_000);

/** A test's body with an undercloud and the control plane's Glance of its own. */
function lab(work: (here: TestUndercloud, glance: FakeGlance) => Promise<void>): () => Promise<void> {
  return within(async (here) => {
    const glance = new FakeGlance(here.home);
    await glance.open();
    try {
      await work(here, glance);
    } finally {
      await glance.close();
    }
  });
}

const fragments = {
  stores: 'control-plane/glance-dcn-stores.yaml',
  ceph: 'control-plane/dcn_ceph_external.yaml',
};
const deploy = 'openstack overcloud deploy -y --stack control-plane';
const stackRuns = (here: TestUndercloud): number => here.runs('control-plane/overcloud-stack');
const configRuns = (here: TestUndercloud): number => here.runs('control-plane/overcloud-config');

const controlPlane = {
  network: (here: TestUndercloud) =>
    here.job('control-plane/network-provision', { commands: ['openstack overcloud network provision'] }),
  stack: (here: TestUndercloud) =>
    here.job('control-plane/overcloud-stack', {
      commands: [`${deploy} --stack-only`],
      fragments,
      lock: 'heat',
      teardown: ['openstack overcloud delete -y control-plane'],
    }),
  config: (here: TestUndercloud) =>
    here.job('control-plane/overcloud-config', { commands: [`${deploy} --config-download-only`] }),
};

/** The control plane as its own stack brings it up. */
async function deployed(here: TestUndercloud): Promise<void> {
  for (const document of [controlPlane.network(here), controlPlane.stack(here), controlPlane.config(here)]) {
    await here.json(['job', 'run'], document);
  }
  await here.json(
    ['stores', 'record'],
    store(here, 'control-plane', { store: 'central', cluster: 'central' }),
  );
}

/** Hosts of a site by name and address, as `nodes wait` puts them on record. */
function knownHosts(here: TestUndercloud, site: string, hosts: Record<string, string>): void {
  const record = Object.entries(hosts).map(([name, address]) => [
    name,
    { instanceId: name, devices: [], address },
  ]);
  here.write(`dcn/dev/${site}/hosts.json`, JSON.stringify(Object.fromEntries(record)));
  const keys = Object.values(hosts).map((address) => `${address} ssh-ed25519 AAAA\n`);
  here.write(`dcn/dev/${site}/known_hosts`, keys.join(''));
}

/** With sites dcn0 and dcn1 registered, and known to Glance. */
async function withSites(here: TestUndercloud, glance: FakeGlance): Promise<void> {
  await deployed(here);
  await Promise.all(['dcn0', 'dcn1'].map((site) => here.json(['stores', 'announce', site])));
  await Promise.all(['dcn0', 'dcn1'].map((site) => register(here, site, 9).ended));
  glance.stores = ['central', 'dcn0', 'dcn1'];
}

/** A store's document; its site's node is known to SSH. */
function store(here: TestUndercloud, site: string, more: object = {}): string {
  here.write(`dcn/dev/${site}/known_hosts`, '10.0.0.30 ssh-ed25519 AAAA\n');
  return stringify({
    nodes: { node: 'instance-1' },
    site,
    store: site,
    description: `${site} rbd glance store`,
    cluster: site,
    stack: site,
    node: { name: 'oc0-ceph-4', address: '10.0.0.30' },
    pools: ['images', 'volumes', 'vms'],
    control: 'control-plane',
    after: { 'ceph-deploy': 'a1' },
    ...more,
  });
}

const register = (here: TestUndercloud, site: string, grace = 1, more: object = {}): Running =>
  here.start(['stores', 'register', '--grace', String(grace)], store(here, site, more));
/** A site that is said to be taken down, until its input ends. */
async function leave(here: TestUndercloud, site: string): Promise<Running> {
  const running = here.open(['site', 'leave', site]);
  await until(() => isLeaving(here, site), `${site} to leave`);
  return running;
}
const isLeaving = (here: TestUndercloud, site: string): boolean =>
  fs.existsSync(path.join(here.lab(), 'stores', 'announced', `${site}.going`));
const updateLog = (here: TestUndercloud): string => {
  const file = 'dcn/dev/jobs/stores/update/log';
  try {
    return here.read(file);
  } catch {
    return ''; // between two runs there is none
  }
};
const startWithdraw = (here: TestUndercloud, site: string): Running =>
  here.start(['stores', 'withdraw', '--grace', '1'], store(here, site));
const withdraw = (here: TestUndercloud, site: string): Promise<Ended> => startWithdraw(here, site).ended;

const composed = (here: TestUndercloud): { stores: object; clusters: string[] } => {
  const yaml = (file: string): Record<string, unknown> =>
    (parse(here.read(`dcn/dev/${file}`)) as { parameter_defaults: Record<string, unknown> })
      .parameter_defaults;
  return {
    stores: yaml(fragments.stores).GlanceMultistoreConfig as object,
    clusters: (yaml(fragments.ceph).CephExternalMultiConfig as { cluster: string }[]).map(
      ({ cluster }) => cluster,
    ),
  };
};
const entry = (site: string): object => ({
  GlanceBackend: 'rbd',
  GlanceStoreDescription: `${site} rbd glance store`,
  CephClusterName: site,
});

describe('registration', () => {
  test.concurrent(
    'a control plane without sites gets two empty files',
    lab(async (here) => {
      await deployed(here);
      expect(composed(here)).toEqual({ stores: {}, clusters: [] });
      const mode = (file: string): number => fs.statSync(here.path(`dcn/dev/${file}`)).mode & 0o777;
      expect([mode(fragments.stores), mode(fragments.ceph)]).toEqual([0o600, 0o600]);
    }),
  );

  test.concurrent(
    'brings the store to the control plane by one more deploy; again it is no work',
    lab(async (here) => {
      await deployed(here);
      const { code, stdout } = await register(here, 'dcn0').ended;
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        site: 'dcn0',
        store: 'dcn0',
        cluster: 'dcn0',
        fsid: expect.stringMatching(/^[0-9a-f]{8}-1111-4111-8111-[0-9a-f]{12}$/) as string,
      });
      expect(composed(here)).toEqual({ stores: { dcn0: entry('dcn0') }, clusters: ['dcn0'] });
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
      await deployed(here);
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
      await deployed(here);
      await register(here, 'dcn0').ended;
      const changed = here.job('control-plane/overcloud-stack', {
        commands: [`${deploy} --stack-only`],
        fragments,
        after: { x: '2' },
      });
      await here.json(['job', 'run'], changed);
      expect(composed(here).clusters).toEqual(['dcn0']);
    }),
  );

  test.concurrent('sites side by side share one deploy beyond the first, however they come', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ delay: fc.integer({ min: 0, max: 900 }), announced: fc.boolean() }), {
          minLength: 2,
          maxLength: 5,
        }),
        async (sites) => {
          await lab(async (here) => {
            await deployed(here);
            here.behave('[[ $all != *deploy* ]] || sleep 0.3');
            const names = sites.map((_, index) => `dcn${index}`);
            // All have announced themselves, or none: those who have not may come while an update runs.
            const announced = sites[0]?.announced as boolean;
            await Promise.all(announced ? names.map((name) => here.json(['stores', 'announce', name])) : []);
            const ended = await Promise.all(
              names.map(async (name, index) => {
                await sleep((sites[index]?.delay as number) / 1000);
                return register(here, name, 20).ended;
              }),
            );
            expect(ended.map(({ code }) => code)).toEqual(names.map(() => 0));
            expect(stackRuns(here) - 1).toBeLessThanOrEqual(announced ? 1 : 2);
            expect(composed(here)).toEqual({
              stores: Object.fromEntries(names.map((name) => [name, entry(name)])),
              clusters: names,
            });
          })();
        },
      ),
      {
        numRuns: 3,
        seed: 7,
        examples: [
          [
            [
              { delay: 0, announced: true },
              { delay: 900, announced: true },
            ],
          ],
        ],
      },
    );
  });

  test.concurrent(
    'an update waits for an announced site with a running job, not for one that failed or went quiet',
    lab(async (here) => {
      await deployed(here);
      for (const site of ['dcn1', 'failed', 'quiet']) {
        await here.json(['stores', 'announce', site]);
      }
      here.behave('case $all in busy) while [[ ! -e ~/go ]]; do sleep 0.05; done ;; broken) exit 1 ;; esac');
      await here.kit(['job', 'run'], here.job('failed/overcloud-stack', { commands: ['openstack broken'] }));
      const busy = here.start(
        ['job', 'run'],
        here.job('dcn1/overcloud-config', { commands: ['openstack busy'] }),
      );
      const first = register(here, 'dcn0', 12);
      await until(() => here.runs('stores/update') > 0, 'the update');
      await sleep(1.5);
      const { announcements } = await here.json<{ announcements: object[] }>(['status', '--json']);
      expect(announcements).toMatchObject([
        {
          site: 'dcn1',
          waitedFor: true,
          why: expect.stringContaining('dcn1/overcloud-config runs since') as string,
        },
        { site: 'failed', waitedFor: false, why: 'failed/overcloud-stack failed' },
        { site: 'quiet' },
      ]);
      expect(stackRuns(here)).toBe(1);
      here.write('go', '');
      await busy.ended;
      const second = register(here, 'dcn1', 12);
      expect((await Promise.all([first.ended, second.ended])).map(({ code }) => code)).toEqual([0, 0]);
      expect(stackRuns(here)).toBe(2);
    }),
  );

  test.concurrent(
    'killing those who wait neither ends the update nor starts another',
    lab(async (here) => {
      await deployed(here);
      here.behave('[[ $all != *--stack-only ]] || while [[ ! -e ~/go ]]; do sleep 0.05; done');
      const first = register(here, 'dcn0');
      await until(() => here.calls(/--stack-only/).length === 2, 'the deploy');
      first.kill('SIGKILL');
      const second = register(here, 'dcn0');
      await second.says(/stores\/update: run 1 runs since \S+ and serves this, too/);
      here.write('go', '');
      expect((await second.ended).code).toBe(0);
      expect([here.runs('stores/update'), stackRuns(here)]).toEqual([1, 2]);
    }),
  );

  test.concurrent(
    'a failed update is told to all whom it was to serve, with the log of what failed, and tried again',
    lab(async (here) => {
      await deployed(here);
      here.behave('[[ $all != *--config-download-only || -e ~/mended ]] || { echo "the reason"; exit 1; }');
      await here.json(['stores', 'announce', 'dcn1']);
      const ended = await Promise.all([register(here, 'dcn0', 9).ended, register(here, 'dcn1', 9).ended]);
      expect(ended.map(({ code }) => code)).toEqual([1, 1]);
      for (const { stderr } of ended) {
        expect(failedJobs(stderr).map(({ job }) => job)).toEqual([
          'stores/update',
          'control-plane/overcloud-config',
        ]);
        expect(stderr).toContain('the reason');
      }
      here.write('mended', '');
      expect((await register(here, 'dcn0').ended).code).toBe(0);
      // Its stack phase had succeeded with both stores in it.
      expect([stackRuns(here), configRuns(here)]).toEqual([2, 3]);
      expect((await register(here, 'dcn1').ended).code).toBe(0);
      expect(stackRuns(here)).toBe(2);
    }),
  );

  test.concurrent(
    'an incomplete export of the clusters fails the deploy, although the verb exits with 0',
    lab(async (here) => {
      await deployed(here);
      here.behave(
        'if [[ $all == *"export ceph"*new ]]; then set -- overcloud export ceph --stack dcn7 --output-file "${@: -1}"; fi',
      );
      const { code, stderr } = await register(here, 'dcn0').ended;
      expect(code).toBe(1);
      expect(stderr).toMatch(/wrote clusters \['dcn7'\], wanted are \['dcn0'\]/);
      expect(composed(here).clusters).toEqual([]);
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
      await deployed(here);
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

describe('image imports and deploys of the control plane', () => {
  test.concurrent(
    'a deploy waits for an import that runs, and not for a lock that was left an hour ago',
    lab(async (here, glance) => {
      await deployed(here);
      glance.add('busy', ['central']);
      glance.add('stale', ['central']);
      glance.hold('busy', 10);
      glance.hold('stale', 4000);
      const first = register(here, 'dcn0');
      await until(() => here.calls(/--stack-only/).length === 2, 'the stack phase');
      await until(() => here.record('control-plane/overcloud-config').state === 'waiting', 'the wait');
      const waiter = here.start(['job', 'wait', 'control-plane/overcloud-config']);
      await waiter.says(
        /waits for image imports: busy \(\S+\) \([^0]\d*s\) \[dcn:waits for="image imports"\]\n/,
      );
      expect((await here.json<{ imports: string[] }>(['status', '--json'])).imports).toHaveLength(1);
      glance.change('busy', { os_glance_import_task: '' });
      expect((await Promise.all([first.ended, waiter.ended])).map(({ code }) => code)).toEqual([0, 0]);
      expect(configRuns(here)).toBe(2);
    }),
  );

  test.concurrent(
    'a copy that the kit is to make waits for a deploy that restarts Glance',
    lab(async (here, glance) => {
      await deployed(here);
      glance.stores = ['central', 'dcn0'];
      glance.add('plain', ['central']);
      here.behave('[[ $all != *--config-download-only ]] || while [[ ! -e ~/go ]]; do sleep 0.05; done');
      const first = register(here, 'dcn0');
      await until(() => here.calls(/--config-download-only/).length === 2, 'the deploy');
      const copy = here.start(['images', 'copy', 'plain', '--to', 'dcn0']);
      await sleep(1);
      expect(glance.calls(/import/)).toEqual([]);
      here.write('go', '');
      expect((await Promise.all([first.ended, copy.ended])).map(({ code }) => code)).toEqual([0, 0]);
      expect(glance.where('plain')).toEqual(['central', 'dcn0']);
    }),
  );
});

describe('withdrawal', () => {
  test.concurrent(
    'saves what lies only there, removes the copies, and takes the store from the control plane',
    lab(async (here, glance) => {
      await withSites(here, glance);
      glance.add('both', ['central', 'dcn0']);
      glance.add('only', ['dcn0'], { os_hidden: true });
      glance.add('elsewhere', ['central', 'dcn1']);
      const { code, stdout } = await withdraw(here, 'dcn0');
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({ site: 'dcn0', store: 'dcn0', cluster: 'dcn0' });
      expect(['both', 'only', 'elsewhere'].map((name) => glance.where(name))).toEqual([
        ['central'],
        ['central'],
        ['central', 'dcn1'],
      ]);
      expect(composed(here)).toEqual({ stores: { dcn1: entry('dcn1') }, clusters: ['dcn1'] });
      expect(stackRuns(here)).toBe(3);
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      expect(stackRuns(here)).toBe(3);
    }),
  );

  test.concurrent(
    'is refused with all that grew from its images, and nothing has changed; it works once that is gone',
    lab(async (here, glance) => {
      await withSites(here, glance);
      const ids = ['a', 'b'].map((name) => glance.add(name, ['dcn0']));
      const child = (image: string): object => ({
        id: '1',
        pool: 'vms',
        pool_namespace: '',
        image,
        trash: false,
      });
      here.write(
        `ceph/dcn0/children/${ids[0]}`,
        JSON.stringify([child('server-1_disk'), { ...child('volume-2'), pool: 'volumes' }]),
      );
      here.write(
        `ceph/dcn0/children/${ids[1]}`,
        JSON.stringify([{ ...child('server-3_disk'), trash: true }]),
      );
      const { code, stderr } = await withdraw(here, 'dcn0');
      expect(code).toBe(2);
      expect(stderr).toContain('nothing was changed');
      expect(stderr).toMatch(/image a \(.*it is the parent of vms\/server-1_disk, volumes\/volume-2;/);
      expect(stderr).toMatch(/image b \(.*it is the parent of vms\/server-3_disk \(in the trash\);/);
      expect(glance.calls(/^(POST|DELETE)/)).toEqual([]);
      expect([glance.where('a'), stackRuns(here)]).toEqual([['dcn0'], 2]);
      fs.rmSync(here.path('ceph/dcn0/children'), { recursive: true });
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      expect(glance.where('a')).toEqual(['central']);
    }),
  );

  test.concurrent(
    'changes nothing else when a last copy cannot be saved, or the cluster cannot be asked',
    lab(async (here, glance) => {
      await withSites(here, glance);
      glance.add('only', ['dcn0']);
      glance.failing.add('central');
      const failed = await withdraw(here, 'dcn0');
      expect(failed.code).toBe(1);
      expect(failed.stderr).toMatch(/image only \(.*not copied to central \(no route to central\)/);
      expect([glance.where('only'), stackRuns(here)]).toEqual([['dcn0'], 2]);
      glance.failing.clear();
      here.write('unreachable', '10.0.0.30\n');
      const unreachable = await withdraw(here, 'dcn0');
      expect(unreachable.code).toBe(1);
      expect(unreachable.stderr).toMatch(/store dcn0: oc0-ceph-4 \(10\.0\.0\.30\): ssh .*No route to host/);
      expect([glance.where('only'), stackRuns(here)]).toEqual([['dcn0'], 2]);
    }),
  );

  test.concurrent(
    'two sites that leave side by side share one update',
    lab(async (here, glance) => {
      await withSites(here, glance);
      glance.add('one', ['dcn0']);
      glance.add('two', ['dcn1']);
      glance.add('shared', ['dcn0', 'dcn1']);
      glance.copySeconds = 1;
      const ended = await Promise.all([withdraw(here, 'dcn0'), withdraw(here, 'dcn1')]);
      expect(ended.map(({ code }) => code)).toEqual([0, 0]);
      expect(stackRuns(here)).toBe(3);
      expect(composed(here)).toEqual({ stores: {}, clusters: [] });
      expect(['one', 'two', 'shared'].map((name) => glance.where(name))).toEqual([
        ['central'],
        ['central'],
        ['central'],
      ]);
    }),
  );

  test.concurrent(
    'sites that are said to be taken down wait for one another, and for nobody who gave up',
    lab(async (here, glance) => {
      await withSites(here, glance);
      const leaving = [await leave(here, 'dcn0'), await leave(here, 'dcn1')];
      expect((await here.kit(['site', 'leave', 'dcn1'])).stderr).toMatch(
        /^site dcn1: is being taken down since/,
      );
      const first = startWithdraw(here, 'dcn0');
      await until(
        () => updateLog(here).includes('waits for dcn1 (it is being taken down)'),
        'the update to wait',
      );
      expect((await withdraw(here, 'dcn1')).code).toBe(0);
      expect((await first.ended).code).toBe(0);
      expect(stackRuns(here)).toBe(3);
      leaving.forEach((running) => running.endInput());
      await Promise.all(leaving.map(({ ended }) => ended));

      await Promise.all(['dcn0', 'dcn1'].map((site) => register(here, site, 9).ended));
      const stays = await leave(here, 'dcn1');
      const runs = stackRuns(here);
      const second = startWithdraw(here, 'dcn0');
      await until(() => updateLog(here).includes('waits for dcn1'), 'the update to wait');
      stays.kill('SIGKILL');
      expect((await second.ended).code).toBe(0);
      expect(stackRuns(here)).toBe(runs + 1);
      expect(composed(here).clusters).toEqual(['dcn1']);
    }),
  );

  test.concurrent(
    'a store that goes together with the control plane costs no update and no copy, and is held back by clones',
    lab(async (here, glance) => {
      await withSites(here, glance);
      const id = glance.add('only', ['dcn0']);
      const closing = await leave(here, 'control-plane');
      const child = { id: '1', pool: 'vms', pool_namespace: '', image: 'server-1_disk', trash: false };
      here.write(`ceph/dcn0/children/${id}`, JSON.stringify([child]));
      expect(await withdraw(here, 'dcn0')).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('vms/server-1_disk') as string,
      });
      fs.rmSync(here.path('ceph/dcn0/children'), { recursive: true });
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      expect([glance.where('only'), stackRuns(here)]).toEqual([['dcn0'], 2]);
      closing.endInput();
      expect((await closing.ended).code).toBe(0);
      // Were the control plane to stay after all, the next site that goes takes both stores out.
      expect((await withdraw(here, 'dcn1')).code).toBe(0);
      expect([composed(here).clusters, stackRuns(here)]).toEqual([[], 3]);
    }),
  );

  test.concurrent(
    'closing a site takes back what no resource did: its store, then its jobs, the latest first',
    lab(async (here, glance) => {
      await withSites(here, glance);
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
      expect(composed(here).clusters).toEqual(['dcn1']);
      expect(await here.json(['site', 'close', 'dcn0'])).toEqual({ site: 'dcn0', closed: [] });
    }),
  );

  test.concurrent(
    "the control plane's own store cannot go before the others; when it is gone nothing is left to do",
    lab(async (here, glance) => {
      await withSites(here, glance);
      const own = (): string => store(here, 'control-plane', { store: 'central', cluster: 'central' });
      const refused = await here.kit(['stores', 'withdraw'], own());
      expect(refused).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('while dcn0, dcn1 are registered') as string,
      });
      await here.json(['job', 'undo'], controlPlane.config(here));
      await here.json(['job', 'undo'], controlPlane.stack(here));
      const late = await withdraw(here, 'dcn0');
      expect(late).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('the control plane is gone') as string,
      });
      expect((await withdraw(here, 'dcn1')).code).toBe(0);
      expect((await here.kit(['stores', 'withdraw'], own())).code).toBe(0);
      expect(await here.json(['stores', 'list', '--json'])).toEqual([]);
    }),
  );
});

describe("the control plane's records of a site's hosts", () => {
  const host = (node: string): string => `${node}.localdomain`;
  /** Site dcn0 has withdrawn its store; Nova, Neutron and Cinder know its hosts e-0 and e-1, and one of dcn1. */
  const withHosts = (
    work: (here: TestUndercloud, services: FakeServices) => Promise<void>,
  ): (() => Promise<void>) =>
    lab(async (here, glance) => {
      const services = new FakeServices();
      await services.open();
      try {
        glance.services = services.catalog;
        await withSites(here, glance);
        await withdraw(here, 'dcn0');
        knownHosts(here, 'control-plane', { 'c-0': '10.0.0.30' });
        knownHosts(here, 'dcn0', { 'e-0': '10.0.0.31', 'e-1': '10.0.0.32' });
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
      } finally {
        await services.close();
      }
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
        '10.0.0.31 stop tripleo_nova_* tripleo_ovn_* tripleo_neutron_* tripleo_cinder_*\n',
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

describe('a site that is lost for good', () => {
  const forget = (here: TestUndercloud): Promise<Ended> => {
    knownHosts(here, 'control-plane', { 'c-0': '10.0.0.30', 'c-1': '10.0.0.10' });
    return here.kit(['stores', 'forget', 'dcn0', '--grace', '1']);
  };
  /** With images at dcn0, whose Ceph cluster does not answer any more. */
  async function withLost(here: TestUndercloud, glance: FakeGlance): Promise<string> {
    await withSites(here, glance);
    here.write('unreachable', '10.0.0.31\n');
    glance.add('both', ['central', 'dcn0']);
    glance.add('elsewhere', ['central', 'dcn1']);
    here.write('locations', '2\n');
    return glance.add('only', ['dcn0'], { os_hidden: true });
  }

  test.concurrent(
    'is told with the images that go with it, and nothing changes by that',
    lab(async (here, glance) => {
      const id = await withLost(here, glance);
      expect(await here.json(['stores', 'lost', 'dcn0'])).toEqual({
        site: 'dcn0',
        store: 'dcn0',
        images: [
          { name: 'both', id: expect.any(String) as string, onlyHere: false },
          { name: 'only', id, onlyHere: true },
        ],
      });
      expect([glance.calls(/^(POST|DELETE)/), stackRuns(here)]).toEqual([[], 2]);
      expect(await here.json(['stores', 'lost', 'dcn7'])).toEqual({ site: 'dcn7', store: null, images: [] });
      const central = await here.kit(['stores', 'lost', 'control-plane']);
      expect(central).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('destroyed as a whole') as string,
      });
    }),
  );

  test.concurrent(
    'is forgotten by Glance and the control plane without its store being asked',
    lab(async (here, glance) => {
      await withLost(here, glance);
      here.write('container-glance_api', '');
      const { code, stderr } = await forget(here);
      expect(code).toBe(0);
      expect(stderr).toContain('store dcn0: forgot 2 copies of 2 images\n');
      expect(stderr).toMatch(/^image only \(\S+\): was only at dcn0, and is deleted$/m);
      expect(glance.calls(/^(POST|DELETE)/).map(({ call }) => call)).toEqual([
        expect.stringMatching(/^DELETE \/v2\/images\//),
      ]);
      expect(here.read('ssh-calls')).toMatch(
        /tripleo-admin@10\.0\.0\.30 -- sudo podman exec glance_api python3 -c [^]*' dcn0$/m,
      );
      expect([composed(here).clusters, stackRuns(here)]).toEqual([['dcn1'], 3]);
      expect((await forget(here)).code).toBe(0);
      // What the stack of the site asks for when it is destroyed then.
      expect((await withdraw(here, 'dcn0')).code).toBe(0);
      expect(stackRuns(here)).toBe(3);
    }),
  );

  test.concurrent(
    'keeps its store while an image that is only there is protected, or no glance-api is found',
    lab(async (here, glance) => {
      const id = await withLost(here, glance);
      glance.change('only', { protected: true });
      expect(await forget(here)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`openstack image set --unprotected ${id}`) as string,
      });
      glance.change('only', { protected: false });
      expect(await forget(here)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('none of c-0, c-1 has a container glance_api') as string,
      });
      expect([composed(here).clusters, stackRuns(here)]).toEqual([['dcn0', 'dcn1'], 2]);
    }),
  );
});
