import { parse } from 'yaml';
import {
  changedValues,
  keptValues,
  type LabPlan,
  parseLab,
  planLab,
  planText,
  siteDocument,
  type StepPlan,
} from '../../model';
import { faultsOf, labText } from './labs';

/* Networks that are in the undercloud's Neutron before the lab, and stay there. */
const withNetworks = (networks: string) => labText({ rest: `  glance-dcn:networks: ${networks}\n` });
const some = withNetworks(
  '{ storage: { existing: network, name: san, mtu: 9000 }, internal_api: { existing: subnets, dnsDomain: api.example.org } }',
);
const plan = (text: string): LabPlan => planLab(parseLab('dev', text));
const provision = (text: string, site: string): StepPlan =>
  plan(text).sites.find(({ name }) => name === site)!.steps[0]!;

/** The commands with which a site removes its networks, with the names in them. */
function removed(text: string, site: string): { subnets: string[]; file?: string } {
  const { teardown, files } = provision(text, site);
  const words = teardown.flat();
  const patterns =
    words
      .join('\n')
      .split('\n')
      .find((line) => line.includes('grep')) ?? '';
  const unprovisioned = words.at(-1)!;
  return {
    subnets: [...patterns.matchAll(/-e (\S+)/g)].map(([, name]) => name!),
    ...(words.includes('unprovision') && {
      file: Object.keys(files).find((file) => unprovisioned.endsWith(`/${file}`))!,
    }),
  };
}

test('are in network data as if the lab made them', () => {
  const made = some.replaceAll(/existing: \w+,/g, '');
  for (const site of ['control-plane', 'dcn0']) {
    expect(provision(some, site).commands).toEqual(provision(made, site).commands);
    expect(provision(some, site).files[`${site}/network_data.yaml`]).toBe(
      provision(made, site).files[`${site}/network_data.yaml`],
    );
  }
});

test('are left by a site that goes, with the subnets that exist', () => {
  expect(removed(some, 'dcn0')).toEqual({ subnets: ['san_dcn0', 'storage_mgmt_dcn0', 'tenant_dcn0'] });
  const last = removed(some, 'control-plane');
  expect(last).toEqual({ subnets: ['san_subnet'], file: 'control-plane/made_network_data.yaml' });
  const networks = parse(provision(some, 'control-plane').files[last.file!]!) as { name: string }[];
  expect(networks.map(({ name }) => name)).toEqual(['StorageMgmt', 'Tenant', 'External']);
});

test('can be all of a lab', () => {
  const all = (existing: string) =>
    withNetworks(
      `{ storage: { existing: ${existing} }, internal_api: { existing: ${existing} }, storage_mgmt: none, tenant: none, external: none }`,
    );
  expect(removed(all('network'), 'control-plane')).toEqual({
    subnets: ['storage_subnet', 'internal_api_subnet'],
  });
  for (const site of ['control-plane', 'dcn0']) {
    expect(provision(all('subnets'), site).teardown).toEqual([]);
  }
});

test('are compared with all that network provision would set: tags, and the subnets of the control plane, too', () => {
  const [, dcn0] = plan(some).sites;
  expect(siteDocument(dcn0!).existing).toEqual({
    networks: [
      {
        network: 'storage',
        name: 'san',
        existing: 'network',
        tripleoName: 'Storage',
        mtu: 9000,
        tags: [
          'tripleo_network_name=Storage',
          'tripleo_net_idx=0',
          'tripleo_service_net_map_replace=storage',
          'tripleo_vip=true',
        ],
      },
      {
        network: 'internal_api',
        name: 'internal_api',
        existing: 'subnets',
        tripleoName: 'InternalApi',
        mtu: 1500,
        dnsDomain: 'api.example.org.',
        tags: ['tripleo_network_name=InternalApi', 'tripleo_net_idx=2', 'tripleo_vip=true'],
      },
    ],
    subnets: [
      ['control-plane', 'internal_api_subnet', '10.4.0'],
      ['dcn0', 'internal_api_dcn0', '10.4.16'],
    ].map(([site, name, prefix]) => ({
      site,
      network: 'internal_api',
      name,
      cidr: `${prefix}.0/24`,
      gateway: `${prefix}.1`,
      pools: [{ start: `${prefix}.200`, end: `${prefix}.250` }],
      routes: [{ destination: '10.4.0.0/14', nexthop: `${prefix}.1` }],
    })),
  });
});

test('are in the table of networks', () => {
  const rows = planText(parseLab('dev', some), plan(some))
    .split('\n')
    .map((line) => line.split('│').map((cell) => cell.trim()));
  expect(rows.find((row) => row[2] === 'network')!.at(-2)).toBe('exists');
  const cell = (network: string) => rows.find((row) => row[1] === 'dcn0' && row[2] === network)!.at(-2);
  expect(cell('storage')).toBe('network');
  expect(cell('internal_api')).toBe('subnet');
  expect(cell('tenant')).toBe('-');
});

describe('sites that are up', () => {
  const kept = (text: string) =>
    Object.fromEntries(keptValues(parseLab('dev', text), 'dcn0').map(({ place, value }) => [place, value]));
  const changes = (before: string, after: string) =>
    changedValues(parseLab('dev', after), 'dcn0', kept(before)).map(({ message }) => message);
  const storage = (keys: string) => withNetworks(`{ storage: { ${keys} } }`);

  test('may leave a network that the lab has made to others', () => {
    expect(changes(storage(''), storage('existing: network'))).toEqual([]);
  });

  test('do not take a network or subnets that others have made', () => {
    expect(changes(storage('existing: network'), storage(''))).toEqual([
      'glance-dcn:networks.storage.existing: is gone, but the site was brought up with network: put it back.',
    ]);
    expect(changes(storage('existing: subnets'), storage('existing: network'))).toEqual([
      expect.stringMatching(
        /^glance-dcn:networks\.storage\.existing: network: the site was brought up with subnets, .*: write subnets again\.$/,
      ),
    ]);
  });
});

test.each([
  ['of ctlplane, which is the undercloud’s', '{ ctlplane: { existing: network } }', 'ctlplane.existing'],
  ['with another value', '{ storage: { existing: true } }', 'storage.existing'],
])('are refused %s', (_, networks, at) => {
  const places = faultsOf(withNetworks(networks)).map(({ path }) => path);
  expect(places).toEqual([`glance-dcn:networks.${at}`]);
});
