import * as fs from 'node:fs';
import * as path from 'node:path';
import { settingsFile } from '../../cli/run/pulumi';
import { projectRoot } from '../../lib/paths';
import {
  controlPlaneDeploys,
  expectClones,
  gitStatus,
  imageNamed,
  minutes,
  serverLines,
  serversOf,
} from './expectations';
import { collapsed, itEnds, itIsComplete } from './everyLab';
import { itRecovers } from '../chaos/itRecovers';
import { plainVerbs } from '../chaos/verbs';
import { LabUnderTest, until } from './labUnderTest';
import { itAnswersAsTheFake } from './realGlance';
import { ArgumentWatch } from './secrets';
import { Traces } from './traces';

/*
 * The collapsed arrangement end to end on the sandbox, by `./dcn` and plain `pulumi`. The tests share one lab; each builds
 * on the tests before it.
 */

const lab = new LabUnderTest(`e2e${process.pid}`);
const machine = Traces.now();
const argumentLists = new ArgumentWatch();

const { cephHosts, images } = collapsed;

/** Writes stack settings of a lab whose state was deleted by hand: their salt belongs to a lost passphrase. */
function leaveSettingsOfAnEarlierStack(): void {
  fs.mkdirSync(path.join(projectRoot, '.stacks'), { recursive: true });
  fs.writeFileSync(
    settingsFile(lab.name),
    'encryptionsalt: v1:AAAAAAAAAAA=:v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAA\n',
  );
}

/** Lines with a site or its node in lists of Nova, Neutron and Cinder. */
async function recordsOf(site: string, node: string): Promise<string[]> {
  const lists = [
    'aggregate list --long',
    'compute service list',
    'network agent list',
    'volume service list',
  ];
  const text = await lab.onUndercloud(
    `. ~/control-planerc; ${lists.map((list) => `openstack ${list} -f value`).join('; ')}`,
  );
  return text.split('\n').filter((line) => line.includes(node) || line.split(' ').includes(site));
}

/** Expects no changes in previews of these stacks; `shared` is the lab's own stack, for what all sites share. */
async function expectNoChanges(...stacks: string[]): Promise<void> {
  const preview = ['preview', '--expect-no-changes', '--non-interactive', '-s'];
  const previews = await Promise.all(
    stacks.map((stack) =>
      lab.run('pulumi', [...preview, stack === 'shared' ? lab.name : `${lab.name}-${stack}`]),
    ),
  );
  expect(previews.map(({ code }) => code)).toEqual(stacks.map(() => 0));
}

describe('the collapsed arrangement', () => {
  const before = gitStatus();

  afterAll(async () => {
    argumentLists.stop();
    await lab.cleanUp();
  }, minutes(3));

  it(
    'comes up by one command, with clones of images at every site',
    async () => {
      await lab.adoptEnvironment();
      leaveSettingsOfAnEarlierStack();
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, images, ['central', 'dcn0', 'dcn1']);
      expect(gitStatus()).toBe(before);
    },
    minutes(40),
  );

  it('needs only one further control-plane deploy for two sites that come up side by side', async () => {
    expect(await controlPlaneDeploys(lab)).toBeLessThanOrEqual(2);
  });

  itIsComplete(lab, images, cephHosts);

  it(
    'configures each glance-api with the stores that TripleO would give it',
    async () => {
      const edge = await lab.onNode('oc0-ceph-4', 'cat /etc/glance/glance-api.conf');
      expect(edge).toMatch(/^enabled_backends *= *(dcn0:rbd, *central:rbd|central:rbd, *dcn0:rbd)$/m);
      expect(edge).toMatch(/^default_backend *= *dcn0$/m);
      const central = await lab.onNode('oc0-controller-0', 'cat /etc/glance/glance-api.conf');
      expect(central).toMatch(/^default_backend *= *central$/m);
      for (const store of ['central', 'dcn0', 'dcn1']) {
        expect(central).toMatch(new RegExp(`^rbd_store_ceph_conf *= */etc/ceph/${store}\\.conf$`, 'm'));
      }
    },
    minutes(1),
  );

  itAnswersAsTheFake(lab, cephHosts);

  it(
    'boots a server as a clone of each image at each site, and removes it',
    async () => {
      const { stdout } = await lab.dcn('verify');
      const { id } = await imageNamed(lab, 'guest');
      const lines = serverLines(stdout);
      expect(lines.map(({ image, site }) => `${image} ${site}`).sort()).toEqual(
        ['guest', ...images]
          .flatMap((image) => ['control-plane', 'dcn0', 'dcn1'].map((site) => `${image} ${site}`))
          .sort(),
      );
      for (const { image, site, active, disk, source, console, wan } of lines) {
        expect(active).toMatch(/^[\d.]+ m?s$/);
        expect(disk).toBe('clone');
        expect(source).toMatch(image === 'guest' ? `images/${id}@snap` : /^images\/\S+@snap$/);
        expect(console).toMatch(image === 'guest' ? /^ready after \d/ : 'no operating system');
        expect(wan).toHaveLength(site === 'control-plane' ? 0 : 2);
        expect(Math.max(0, ...wan)).toBeLessThan(4 * 2 ** 20);
      }
      expect(await serversOf(lab)).toEqual([]);
    },
    minutes(8),
  );

  it(
    'shows the YAML lines of a changed parameter, and no change in any other stack',
    async () => {
      lab.write((text) => text.replace('dcn0: { nodes:', 'dcn0: { parameters: { GlanceWorkers: 2 }, nodes:'));
      const [changed] = await Promise.all([
        lab.pulumi('dcn0', 'preview', '--diff'),
        expectNoChanges('control-plane', 'dcn1', 'images'),
      ]);
      expect(changed.stdout).toMatch(/\+ .*GlanceWorkers: 2/);
      lab.write((text) => text);
    },
    minutes(3),
  );

  it(
    'shows no change in the other stacks when a site is added',
    async () => {
      lab.write((text) =>
        text.replace(
          'glance-dcn:images:',
          '  dcn2: { nodes: { oc0-ceph-6: DistributedComputeHCI } }\n  glance-dcn:images:',
        ),
      );
      await expectNoChanges('shared', 'control-plane', 'dcn0', 'dcn1', 'images');
      lab.write((text) => text);
    },
    minutes(3),
  );

  it(
    'keeps a control-plane deploy running when pulumi and its plugins are killed, and re-attaches to it',
    async () => {
      lab.write((text) =>
        text.replace(
          'ceph: { cluster: central }',
          'ceph: { cluster: central }\n      parameters: { GlanceWorkers: 2 }',
        ),
      );
      const runsBefore = (await lab.runsOf('control-plane/overcloud-stack')).length;
      const up = lab.start('pulumi', [
        'up',
        '--yes',
        '--skip-preview',
        '--non-interactive',
        '-s',
        `${lab.name}-control-plane`,
      ]);
      await until(
        'the stack phase runs',
        60,
        async () => (await lab.runsOf('control-plane/overcloud-stack')).length > runsBefore,
      );
      process.kill(-(up.pid as number), 'SIGKILL');
      await lab.run('pulumi', ['cancel', '--yes', '-s', `${lab.name}-control-plane`]);
      const again = await lab.pulumi('control-plane', 'up', '--yes', '--skip-preview');
      expect(again).toMatchObject({ code: 0 });
      expect((await lab.runsOf('control-plane/overcloud-stack')).length).toBe(runsBefore + 1);
      expect(await lab.onNode('oc0-controller-0', 'grep -E "^workers" /etc/glance/glance-api.conf')).toMatch(
        /= *2/,
      );
    },
    minutes(8),
  );

  itRecovers(lab, plainVerbs, [{ verb: 'up, a proof', fault: 'kill -9 of pulumi', moment: 0.1 }]);

  it(
    'refuses to destroy a site whose images have clones, names the clones, and loses nothing',
    async () => {
      await lab.dcn('images', 'copy', 'packed-128', '--to', 'dcn1');
      const { id } = await imageNamed(lab, 'packed-128');
      await lab.dcn('images', 'remove', 'packed-128', '--from', 'dcn0');
      await lab.onNode('oc0-ceph-5', `rbd --cluster dcn1 clone images/${id}@snap vms/in-the-way`);
      const refused = await lab.pulumi('dcn1', 'destroy', '--yes', '--skip-preview');
      expect(refused.code).not.toBe(0);
      expect(refused.stdout + refused.stderr).toContain('vms/in-the-way');
      expect((await imageNamed(lab, 'packed-128')).stores).toEqual(['central', 'dcn1']);
      await lab.onNode('oc0-ceph-5', 'rbd --cluster dcn1 rm --no-progress vms/in-the-way');
    },
    minutes(5),
  );

  it(
    'copies an image to central before the site with its only copy is destroyed',
    async () => {
      await lab.dcn('images', 'remove', 'packed-128', '--from', 'central');
      expect((await imageNamed(lab, 'packed-128')).stores).toEqual(['dcn1']);
      expect((await recordsOf('dcn1', 'oc0-ceph-5')).length).toBeGreaterThanOrEqual(4);
      expect(await lab.pulumi('dcn1', 'destroy', '--yes', '--skip-preview')).toMatchObject({ code: 0 });
      expect((await imageNamed(lab, 'packed-128')).stores).toEqual(['central']);
      await lab.dcn('images', 'verify', 'packed-128');
    },
    minutes(10),
  );

  it(
    "removes the records of a destroyed site's hosts from the control plane, and no others",
    async () => {
      expect(await recordsOf('dcn1', 'oc0-ceph-5')).toEqual([]);
      expect((await recordsOf('dcn0', 'oc0-ceph-4')).length).toBeGreaterThanOrEqual(4);
    },
    minutes(1),
  );

  it(
    'lists the jobs that still run after Ctrl-C, and re-attaches to them when the site is brought up again',
    async () => {
      const job = 'dcn1/network-provision';
      const up = lab.run('./dcn', ['--lab', lab.file, 'up'], '', (child) => {
        void until('the job runs', 120, async () => (await lab.runsOf(job)).at(-1)?.state === 'running').then(
          () => child.kill('SIGINT'),
        );
      });
      const { code, stderr } = await up;
      expect(code).toBe(130);
      expect(stderr).toMatch(new RegExp(`^interrupted +${lab.name}-dcn1 `, 'm'));
      expect(stderr).toMatch(new RegExp(`^Still running on the undercloud[^]*^  ${job}: run `, 'm'));
      const runs = (await lab.runsOf(job)).length;
      await lab.dcn('up');
      expect((await lab.runsOf(job)).length).toBe(runs);
      expect((await imageNamed(lab, 'plain-256')).stores).toEqual(['central', 'dcn0', 'dcn1']);
      const { stdout } = await lab.dcn('timeline');
      expect(stdout).toMatch(/^ {2}network-provision +█/m);
      expect((await lab.dcn('topology')).stdout).toContain('images as Glance has them');
    },
    minutes(15),
  );

  itEnds(lab, { cephHosts, argumentLists, machine, before });
});
