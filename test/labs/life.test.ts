import * as fs from 'node:fs';
import {
  controlPlaneDeploys,
  expectClones,
  expectEqualContent,
  imageNamed,
  minutes,
} from '../sandbox/expectations';
import { LabUnderTest, small } from '../sandbox/labUnderTest';
import { Traces } from '../sandbox/traces';

/*
 * The life of a lab on the sandbox: a site and a node are added, sites are destroyed and recreated, one is lost for good, the
 * whole lab is destroyed. The tests share one lab, the smallest with edge sites; each builds on the tests before it.
 */

const lab = new LabUnderTest(`life${process.pid}`);
const machine = Traces.now();

/** Writes the small lab file after `change`. */
function write(change: (text: string) => string = (text) => text): void {
  lab.write((text) => change(small(text)));
}
const grown = (text: string): string =>
  text
    .replace(
      'oc0-ceph-4: DistributedComputeHCI',
      '$&, oc0-ceph-7: DistributedComputeHCIScaleOut, oc0-ceph-8: DistributedComputeHCIScaleOut',
    )
    .replace('  glance-dcn:images:', '    dcn2: { nodes: { oc0-ceph-6: DistributedComputeHCI } }\n$&');
const host = (site: string, node: string): { node: string; cluster: string } => ({ node, cluster: site });
const central = host('central', 'oc0-controller-0');
const dcn0 = host('dcn0', 'oc0-ceph-4');
const dcn1 = host('dcn1', 'oc0-ceph-5');

/** TripleO's pools of a cluster, with their copies and what a copy has of its own: a host or only a disk. */
async function poolsOf({ node, cluster }: { node: string; cluster: string }): Promise<unknown> {
  const ceph = `ceph --cluster ${cluster} -f json`;
  const [pools, rules] = (
    await lab.onNode(node, `${ceph} osd pool ls detail; echo; ${ceph} osd crush rule dump`)
  )
    .trim()
    .split(/\n+/)
    .map((line) => JSON.parse(line) as unknown) as [
    { pool_name: string; size: number; crush_rule: number }[],
    { rule_id: number; steps: { type?: string }[] }[],
  ];
  return pools
    .filter(({ pool_name: name }) => ['images', 'vms', 'volumes'].includes(name))
    .map(({ pool_name: name, size, crush_rule: id }) => {
      const { steps } = rules.find(({ rule_id: rule }) => rule === id)!;
      return { name, size, apart: steps.find(({ type }) => type)?.type };
    });
}

/** Runs a verb of `./dcn` that must be refused; returns its output. */
async function refused(...args: string[]): Promise<string> {
  const { code, stderr } = await lab.run('./dcn', ['--lab', lab.file, ...args]);
  expect(code).not.toBe(0);
  return stderr;
}

describe('the life of a lab', () => {
  afterAll(() => lab.cleanUp(), minutes(3));

  it(
    'comes up small',
    async () => {
      write();
      await lab.adoptEnvironment();
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, ['plain-256'], ['central', 'dcn0', 'dcn1']);
    },
    minutes(30),
  );

  it(
    'gets a site and two scale-out nodes: on other sites, only one update of the control plane runs',
    async () => {
      const single = ['images', 'vms', 'volumes'].map((name) => ({ name, size: 1, apart: 'osd' }));
      expect(await poolsOf(dcn0)).toEqual(single);
      const [deploys, untouched] = [
        await controlPlaneDeploys(lab),
        await lab.runsOf('dcn1/overcloud-config'),
      ];
      write(grown);
      const { stdout } = await lab.dcn('up');
      expect(stdout).toMatch(new RegExp(`^done +${lab.name}-dcn2 `, 'm'));
      expect(await controlPlaneDeploys(lab)).toBe(deploys + 1);
      expect(await lab.runsOf('dcn1/overcloud-config')).toEqual(untouched);
      const osds = await lab.onNode(
        'oc0-ceph-4',
        'cephadm shell --config /etc/ceph/dcn0.conf --keyring /etc/ceph/dcn0.client.admin.keyring -- ceph osd tree',
      );
      expect(osds).toMatch(/host oc0-ceph-4[^]*host oc0-ceph-7[^]*host oc0-ceph-8/);
      expect(await poolsOf(dcn0)).toEqual(single.map((pool) => ({ ...pool, size: 3, apart: 'host' })));
      expect(await poolsOf(dcn1)).toEqual(single);
      expect((await lab.dcn('up')).stdout).toContain('Nothing changed.');
    },
    minutes(20),
  );

  it(
    'refuses another role for a node, and another name for a site, before it changes anything',
    async () => {
      write((text) => grown(text).replace('DistributedComputeHCIScaleOut', 'DistributedComputeScaleOut'));
      expect(await refused('up')).toContain(
        'sites.dcn0.nodes.oc0-ceph-7: DistributedComputeScaleOut: the node was brought up as DistributedComputeHCIScaleOut',
      );
      write((text) => grown(text).replace('    dcn2:', '    edge2:'));
      const renamed = await refused('up');
      expect(renamed).toContain('glance-dcn:sites.edge2: its nodes oc0-ceph-6 are up as site dcn2.');
      expect(renamed).toContain('Name it dcn2 again;');
      const { stdout } = await lab.ok('pulumi', ['stack', 'ls', '--json']);
      expect(stdout).not.toContain('edge2');
    },
    minutes(5),
  );

  it(
    'destroys sites side by side with one update of the control plane, one of them no longer in the lab file',
    async () => {
      const deploys = await controlPlaneDeploys(lab);
      write((text) => grown(text).replace(/^ +dcn2: .*\n/m, ''));
      expect(await refused('destroy', 'control-plane')).toContain('dcn0, dcn1, dcn2 build on it');
      await lab.dcn('destroy', 'dcn1', 'dcn2', '--yes');
      expect(await controlPlaneDeploys(lab)).toBe(deploys + 1);
      for (const image of ['plain-256', 'packed-128']) {
        expect((await imageNamed(lab, image)).stores).toEqual(['central', 'dcn0']);
      }
    },
    minutes(10),
  );

  it(
    'brings a site back with its images',
    async () => {
      await lab.dcn('up');
      await expectEqualContent(lab, 'plain-256', [central, dcn0, dcn1]);
    },
    minutes(15),
  );

  it(
    'removes a site that is lost for good, after listing the images that are lost with it',
    async () => {
      await lab.dcn('images', 'remove', 'packed-128', '--from', 'central', 'dcn0');
      const { id } = await imageNamed(lab, 'packed-128');
      await lab.dcn('sandbox', 'node', 'destroy', 'oc0-ceph-5');
      const losses = `site dcn1: 1 image has its only copy in store dcn1, and will be deleted:\n  packed-128 (${id})\n`;
      expect(await refused('destroy', 'dcn1', '--site-lost')).toContain(
        `${losses}  1 more image has a copy in it and elsewhere`,
      );
      expect((await imageNamed(lab, 'packed-128')).stores).toEqual(['dcn1']);
      const { stderr } = await lab.dcn('destroy', 'dcn1', '--site-lost', '--yes');
      expect(stderr).toContain(losses);
      expect(await imageNamed(lab, 'packed-128')).toBeUndefined();
      expect((await imageNamed(lab, 'plain-256')).stores).toEqual(['central', 'dcn0']);
      await lab.dcn('images', 'verify', 'plain-256');
    },
    minutes(10),
  );

  it(
    'is destroyed as a whole without another update of the control plane, and without a trace',
    async () => {
      const deploys = await controlPlaneDeploys(lab);
      let most = 0;
      let gone = false;
      const watch = (async () => {
        while (!gone) {
          most = Math.max(most, await controlPlaneDeploys(lab).catch(() => 0));
          await new Promise((resolve) => setTimeout(resolve, 1000));
        }
      })();
      await lab.dcn('destroy', '--yes').finally(() => (gone = true));
      await watch;
      expect(most).toBe(deploys);
      expect(fs.existsSync(lab.state)).toBe(false);
      expect(machine.leftSince(lab.name)).toEqual([]);
    },
    minutes(10),
  );
});
