import { parse, stringify } from 'yaml';
import { type LabPlan, parseLab, planLab } from '../../model';
import { expectClones, minutes } from '../sandbox/expectations';
import { itIsComplete } from '../sandbox/everyLab';
import { LabUnderTest } from '../sandbox/labUnderTest';
import { Traces } from '../sandbox/traces';

interface LabYaml {
  config: Record<string, unknown> & {
    'glance-dcn:sites': Record<
      string,
      { nics?: unknown; nodes: Record<string, { role: string; host: number }> }
    >;
  };
}

/**
 * The example of a DCN in its own networks, on the sandbox: one node of each role at a site, with Nova.
 * @param none networks that the lab leaves out
 */
function onSandbox(text: string, none: string[]): string {
  const lab = parse(text) as LabYaml;
  const { config } = lab;
  delete config['glance-dcn:undercloud'];
  config['glance-dcn:provisioner'] = 'sandbox';
  config['glance-dcn:sandbox'] = { servers: true };
  // `ceph deploy` of the sandbox renames no hosts.
  delete (config['glance-dcn:hosts'] as { fqdn?: boolean }).fqdn;
  const networks = config['glance-dcn:networks'] as Record<string, unknown>;
  for (const name of none) {
    networks[name] = 'none';
  }
  for (const site of Object.values(config['glance-dcn:sites'])) {
    const roles = new Map(Object.entries(site.nodes).map(([name, { role, host }]) => [role, { name, host }]));
    site.nodes = Object.fromEntries([...roles].map(([role, { name, host }]) => [name, { role, host }]));
    const own = (site as unknown as { networks: Record<string, unknown> }).networks;
    none.forEach((name) => delete own[name]);
    // The sandbox's hosts have their interfaces.
    delete site.nics;
  }
  config['glance-dcn:images'] = {
    guest: { source: { url: 'http://localhost:8088/guest.raw' }, sites: ['dcn1', 'dcn2'] },
    'plain-64': { source: { generated: { sizeMiB: 64, seed: 'own' } }, sites: ['dcn1', 'dcn2'] },
  };
  return stringify(lab);
}

describe.each([
  { name: 'own', title: 'in its own networks', none: [] },
  { name: 'few', title: 'without storage_mgmt and tenant', none: ['storage_mgmt', 'tenant'] },
])('a DCN $title', ({ name, none }) => {
  const lab = new LabUnderTest(`${name}${process.pid}`, 'examples/dcn-storage/Pulumi.dcnstorage.yaml');
  const machine = Traces.now();
  let plan: LabPlan;

  beforeAll(async () => {
    lab.write((text) => {
      const changed = onSandbox(text, none);
      plan = planLab(parseLab(lab.name, changed));
      return changed;
    });
    await lab.adoptEnvironment();
  }, minutes(3));

  afterAll(() => lab.cleanUp(), minutes(3));

  it(
    'comes up by one command, with clones of images at each site',
    async () => {
      const { stdout } = await lab.dcn('up');
      expectClones(stdout, ['plain-64'], ['central', 'dcn1', 'dcn2']);
    },
    minutes(30),
  );

  it(
    'gives each host the addresses and routes of the plan, and no others',
    async () => {
      for (const site of plan.sites) {
        for (const node of site.nodes) {
          const seen = await lab.onNode(node.name, 'ip -4 -o address show eth0; ip -4 route show');
          const addresses = [...seen.matchAll(/inet (\S+)\/(\d+)/g)].map(([, address]) => address);
          const vips = site.subnets.map(({ vip }) => vip);
          expect(addresses.filter((address) => !vips.includes(address!)).sort()).toEqual(
            Object.values(node.addresses).sort(),
          );
          for (const { network, routes } of site.subnets.filter(({ network }) => node.addresses[network])) {
            for (const { destination, nexthop } of routes) {
              expect({ network, seen }).toMatchObject({
                seen: expect.stringContaining(`${destination} via ${nexthop} `) as string,
              });
            }
          }
        }
      }
    },
    minutes(3),
  );

  it(
    'has the stacks and zones that the lab file names',
    async () => {
      const stacks = await lab.onUndercloud('ls ~/overcloud-deploy');
      expect(stacks.split(/\s+/).filter(Boolean).sort()).toEqual(['central', 'dcn1', 'dcn2']);
      const zones = await lab.onUndercloud(
        '. ~/centralrc; openstack availability zone list --compute -f value -c "Zone Name"',
      );
      expect(zones.split(/\s+/)).toEqual(expect.arrayContaining(['az-central', 'az-dcn1', 'az-dcn2']));
    },
    minutes(3),
  );

  it(
    'boots a server as a clone at each site',
    async () => {
      const { stdout } = await lab.dcn('verify', 'guest');
      expect(stdout.match(/clone of images\//g)).toHaveLength(3);
    },
    minutes(10),
  );

  itIsComplete(
    lab,
    ['plain-64'],
    [
      { node: 'central-controller-0', cluster: 'central' },
      { node: 'dcn1-distributedcomputehci-2', cluster: 'dcn1' },
      { node: 'dcn2-distributedcomputehci-2', cluster: 'dcn2' },
    ],
  );

  it(
    'leaves nothing behind',
    async () => {
      await lab.dcn('destroy', '--yes');
      expect(machine.leftSince(lab.name)).toEqual([]);
    },
    minutes(10),
  );
});
