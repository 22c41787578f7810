import { type LabPlan, type NodePlan, parseLab, planLab, type SitePlan, type SubnetPlan } from '../../model';
import { wanBytes } from '../../sandbox/network/wan';
import { itIsComplete } from '../sandbox/everyLab';
import { expectClones, minutes } from '../sandbox/expectations';
import { LabUnderTest } from '../sandbox/labUnderTest';
import { Traces } from '../sandbox/traces';

/* The example of a site in racks, end to end on the sandbox. The tests share one lab; each builds on the tests before it. */
const lab = new LabUnderTest(`racks${process.pid}`, 'examples/racks/Pulumi.racks.yaml');
const machine = Traces.now();

/** The subnets that a node is in. */
function subnetsOf({ subnets, racks = [] }: SitePlan, { rack }: NodePlan): SubnetPlan[] {
  return rack === undefined ? subnets : racks.find(({ name }) => name === rack)!.subnets;
}

describe('a site in racks', () => {
  let plan: LabPlan;

  beforeAll(async () => {
    lab.write((text) => {
      plan = planLab(parseLab(lab.name, text));
      return text;
    });
    await lab.adoptEnvironment();
  }, minutes(3));

  afterAll(() => lab.cleanUp(), minutes(3));

  it(
    'comes up by one command, with clones of images',
    async () => {
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, ['plain-64'], ['central', 'dcn0']);
    },
    minutes(30),
  );

  it(
    'gives each host the addresses and routes of its rack, and no others',
    async () => {
      for (const site of plan.sites) {
        const vips = site.subnets.map(({ vip }) => vip);
        for (const node of site.nodes) {
          const seen = await lab.onNode(node.name, 'ip -4 -o address show eth0; ip -4 route show');
          const addresses = [...seen.matchAll(/inet (\S+)\/(\d+)/g)].map(([, address]) => address!);
          expect(addresses.filter((address) => !vips.includes(address)).sort()).toEqual(
            Object.values(node.addresses).sort(),
          );
          const own = subnetsOf(site, node).filter(({ network }) => node.addresses[network]);
          for (const { destination, nexthop } of own.flatMap(({ routes }) => routes)) {
            expect(seen).toContain(`${destination} via ${nexthop} `);
          }
          const ctlplane = own.find(({ network }) => network === 'ctlplane')!;
          expect(seen).toContain(`default via ${ctlplane.gateway} `);
        }
      }
    },
    minutes(3),
  );

  it(
    'has what TripleO computed from the subnets of the racks',
    async () => {
      const dcn0 = plan.sites.find(({ name }) => name === 'dcn0')!;
      const known = await lab.onUndercloud(
        'source ~/stackrc; openstack subnet list --format value --column Name',
      );
      const names = [dcn0, ...dcn0.racks!].flatMap(({ subnets }) => subnets.map(({ name }) => name));
      expect(known.split('\n')).toEqual(expect.arrayContaining(names));
      const conf = await lab.onNode('oc0-ceph-4', 'cat /etc/ceph/dcn0.conf; ceph --cluster dcn0 config dump');
      for (const range of ['10.8.16.0/24', '10.8.3.0/24', '10.8.4.0/24']) {
        expect(conf).toContain(range);
      }
    },
    minutes(3),
  );

  it(
    'has a Ceph cluster whose OSDs copy between racks, past the WAN link',
    async () => {
      const tree = await lab.onNode('oc0-ceph-4', 'ceph --cluster dcn0 osd tree');
      expect(tree).toMatch(/host oc0-ceph-4[^]*up[^]*host oc0-ceph-5[^]*up/);
      const before = await wanBytes(lab.name, 'dcn0');
      const write = '--io-type write --io-size 4M --io-threads 1 --io-total 64M volumes/across';
      await lab.onNode(
        'oc0-ceph-4',
        `rbd --cluster dcn0 create --size 64M volumes/across && rbd --cluster dcn0 bench ${write} && rbd --cluster dcn0 rm --no-progress volumes/across`,
      );
      const after = await wanBytes(lab.name, 'dcn0');
      expect(after.to - before.to).toBeLessThan(16 * 2 ** 20);
      expect(after.from - before.from).toBeLessThan(16 * 2 ** 20);
    },
    minutes(5),
  );

  itIsComplete(
    lab,
    ['plain-64'],
    [
      { node: 'oc0-controller-0', cluster: 'central' },
      { node: 'oc0-ceph-4', cluster: 'dcn0' },
    ],
  );

  it(
    'leaves no subnet behind when the site is destroyed, and then nothing at all',
    async () => {
      await lab.dcn('destroy', 'dcn0', '--yes');
      expect(
        await lab.onUndercloud('source ~/stackrc; openstack subnet list --format value --column Name'),
      ).not.toMatch(/^(storage|storage_mgmt|internal_api|tenant)_dcn0/m);
      expect(
        await lab.onUndercloud(
          'source ~/stackrc; openstack network segment list --format value --column Name',
        ),
      ).not.toMatch(/_dcn0/);
      await lab.dcn('destroy', '--yes');
      expect(machine.leftSince(lab.name)).toEqual([]);
    },
    minutes(10),
  );
});
