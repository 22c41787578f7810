import { parse, stringify } from 'yaml';
import { type LabPlan, parseLab, planLab } from '../../model';
import { expectClones, minutes, serverLines } from '../sandbox/expectations';
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

/** Differences between a lab and the example. */
interface Changes {
  /** Networks that the lab leaves out. */
  none: string[];
  /** Neutron's names of networks, by key. */
  names: Record<string, string>;
}

/** The example of a DCN in its own networks, on the sandbox: one node of each role at a site, with Nova. */
function onSandbox(text: string, { none, names }: Changes): string {
  const lab = parse(text) as LabYaml;
  const { config } = lab;
  delete config['glance-dcn:undercloud'];
  config['glance-dcn:provisioner'] = 'sandbox';
  config['glance-dcn:sandbox'] = { servers: true };
  const networks = config['glance-dcn:networks'] as Record<string, 'none' | { name?: string }>;
  for (const name of none) {
    networks[name] = 'none';
  }
  for (const [key, name] of Object.entries(names)) {
    networks[key] = { ...(networks[key] as object), name };
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

const cases: (Changes & { name: string; title: string })[] = [
  {
    name: 'own',
    title: 'in its own networks, two under other names',
    none: [],
    names: { internal_api: 'api_east', storage: 'storage_east' },
  },
  { name: 'few', title: 'without storage_mgmt and tenant', none: ['storage_mgmt', 'tenant'], names: {} },
];

describe.each(cases)('a DCN $title', ({ name, none, names }) => {
  const lab = new LabUnderTest(`${name}${process.pid}`, 'examples/dcn-storage/Pulumi.dcnstorage.yaml');
  const machine = Traces.now();
  let plan: LabPlan;

  beforeAll(async () => {
    lab.write((text) => {
      const changed = onSandbox(text, { none, names });
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
    'has the networks under the names of the lab file',
    async () => {
      const known = await lab.onUndercloud('. ~/stackrc; openstack network list -f value -c Name');
      const keys = ['ctlplane', 'storage', 'storage_mgmt', 'internal_api', 'tenant', 'external'];
      const expected = keys.filter((key) => !none.includes(key)).map((key) => names[key] ?? key);
      expect(known.split('\n').filter(Boolean).sort()).toEqual(expected.sort());
    },
    minutes(3),
  );

  it(
    'has hosts whose names have the domain, in Ceph’s spec, too',
    async () => {
      for (const { name: site, nodes } of plan.sites) {
        for (const node of nodes) {
          expect((await lab.onNode(node.name, 'hostname')).trim()).toBe(`${node.name}.example.com`);
        }
        expect(await lab.onUndercloud(`cat ~/dcn/${lab.name}/${site}/deployed-ceph-${site}.yaml`)).toContain(
          'CephSpecFqdn: true',
        );
      }
      expect(await lab.onUndercloud('cat ~/overcloud-deploy/dcn1/*ceph_spec.yaml')).toContain(
        'hostname: dcn1-distributedcomputehci-2.example.com',
      );
    },
    minutes(3),
  );

  it(
    'boots a server as a clone at each site',
    async () => {
      const { stdout } = await lab.dcn('verify', 'guest');
      expect(
        serverLines(stdout)
          .map(({ site, disk }) => `${site}: ${disk}`)
          .sort(),
      ).toEqual(['control-plane: clone', 'dcn1: clone', 'dcn2: clone']);
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
