import { stringify } from 'yaml';
import { type SitePlan, parseLab, planLab, siteDocument } from '../../model';
import { type Ended, type TestUndercloud, within } from './undercloud';

jest.setTimeout(60_000);

/* `site check` where networks exist before the lab: the documents are those of plans, Neutron is a fake with its forms. */

/** Value of a resource that `openstack … show` gives, by name. */
interface Shown {
  networks: Record<string, Record<string, unknown>>;
  subnets: Record<string, Record<string, unknown>>;
  segments: Record<string, Record<string, string | null>>;
}

const subnet = (network: string, name: string, prefix: string, more: object = {}) => ({
  [name]: {
    network,
    cidr: `${prefix}.0/24`,
    gateway_ip: `${prefix}.1`,
    allocation_pools: [{ start: `${prefix}.200`, end: `${prefix}.250` }],
    host_routes: [{ destination: '10.4.0.0/14', nexthop: `${prefix}.1` }],
    enable_dhcp: false,
    tags: ['tripleo_vlan_id=1'],
    segment_id: `${network}_${name}-id`,
    ...more,
  },
});

const network = (name: string, number: number, more: object = {}) => ({
  mtu: 1500,
  dns_domain: `${name}.localdomain.`,
  admin_state_up: false,
  shared: false,
  'provider:network_type': null,
  tags: ['tripleo_vip=true', `tripleo_net_idx=${number}`, `tripleo_network_name=${name}`],
  ...more,
});

/** As TripleO makes them for others: storage with a subnet of theirs, internal_api with the lab's. */
const made = (): Shown => ({
  networks: {
    ctlplane: network('ctlplane', 0, { dns_domain: 'ctlplane.localdomain.' }),
    storage: network('Storage', 0, { mtu: 9000, dns_domain: 'san.example.org.' }),
    internal_api: network('InternalApi', 2, { dns_domain: 'internalapi.localdomain.' }),
  },
  subnets: {
    ...subnet('ctlplane', 'ctlplane-subnet', '10.0.0', { segment_id: null }),
    ...subnet('ctlplane', 'ctlplane-dcn0', '10.0.16', { segment_id: null }),
    ...subnet('storage', 'storage_theirs', '10.8.40'),
    ...subnet('internal_api', 'internal_api_subnet', '10.4.0'),
    ...subnet('internal_api', 'internal_api_dcn0', '10.4.16'),
  },
  segments: {},
});

function neutron(here: TestUndercloud, { networks, subnets, segments }: Shown): void {
  const listed = Object.entries(subnets).map(([name, { network: owner, cidr, gateway_ip }]) => ({
    ...{ ID: `${name}-id`, Name: name, Network: `${owner as string}-id` },
    ...{ Subnet: cidr, Gateway: gateway_ip },
  }));
  const own = Object.entries(subnets).map(([name, { network: owner }]) => {
    const segment = `${owner as string}_${name}`;
    return [
      `${segment}-id`,
      {
        Name: segment,
        Network: `${owner as string}-id`,
        'Network Type': 'flat',
        'Physical Network': segment,
      },
    ] as const;
  });
  const allSegments = Object.entries({ ...Object.fromEntries(own), ...segments });
  const lists = {
    network: Object.keys(networks).map((name) => ({ ID: `${name}-id`, Name: name })),
    subnet: listed,
    'network segment': allSegments.map(([id, values]) => ({ ID: id, ...values })),
  };
  for (const [kind, list] of Object.entries(lists)) {
    here.write(`${kind} list`, JSON.stringify(list));
  }
  for (const [name, values] of [...Object.entries(networks), ...Object.entries(subnets)]) {
    here.write(`show/${name}-id`, JSON.stringify({ id: `${name}-id`, ...values }));
  }
  here.write('show/ctlplane', JSON.stringify(networks.ctlplane));
  here.behave('case $all in *" list "*) cat ~/"${all%% list *} list" ;; *" show "*) cat ~/"show/$3" ;; esac');
}

const text = (storage: string, keys = '') => `config:
  glance-dcn:networks:
    storage: { mtu: 9000, dnsDomain: san.example.org, ${storage} }
    internal_api: { existing: subnets }
  glance-dcn:sites:
    control-plane: { nodes: { c-0: Controller, s-0: CephStorage } }
    dcn0: { nodes: { h-0: DistributedComputeHCI }, networks: { ${keys} } }
`;

function check(here: TestUndercloud, labFile: string, site = 'dcn0'): Promise<Ended> {
  const plan = planLab(parseLab('dev', labFile)).sites.find(({ name }) => name === site) as SitePlan;
  return here.kit(['site', 'check'], stringify(siteDocument(plan)));
}

test(
  'networks and subnets that are as the lab file has them, before the site and with its own subnets',
  within(async (here) => {
    neutron(here, made());
    for (const site of ['control-plane', 'dcn0']) {
      expect(await check(here, text('existing: network'), site)).toMatchObject({ code: 0 });
    }
    const job = here.job('dcn0/network-provision', { commands: ['openstack overcloud network provision'] });
    expect((await here.run(job)).code).toBe(0);
    const later = made();
    Object.assign(later.subnets, subnet('storage', 'storage_dcn0', '10.8.16'));
    neutron(here, later);
    expect(await check(here, text('existing: network'))).toMatchObject({ code: 0 });
  }),
);

test(
  'the subnets of the control plane, which the first site of a lab makes, of whatever kind',
  within(async (here) => {
    const later = made();
    Object.assign(later.subnets, subnet('storage', 'storage_subnet', '10.8.0'));
    neutron(here, later);
    expect((await check(here, text('existing: network'), 'control-plane')).code).toBe(2);
    const job = here.job('external-ceph/network-provision', { commands: ['openstack overcloud x'] });
    expect((await here.run(job)).code).toBe(0);
    expect(await check(here, text('existing: network'), 'control-plane')).toMatchObject({ code: 0 });
  }),
);

const at = 'glance-dcn:networks.storage';
const api = 'glance-dcn:networks.internal_api';
const own = 'glance-dcn:sites.dcn0.networks.internal_api';
const has = (kind: string, name: string) => `${kind} ${name} of the undercloud's Neutron has`;
const anew = `make it anew by \`openstack overcloud network provision\`, or write the name of another network at ${at}.name`;

test.each<[string, (there: Shown) => unknown, string[], string?]>([
  [
    'no network of the name, without faults of its subnets',
    (there) => delete there.networks.internal_api,
    [
      `${api}.existing: subnets: the undercloud's Neutron has no network internal_api: write the network's name at ` +
        `${api}.name, or take existing out, then the lab makes the network`,
    ],
  ],
  [
    'values of a network that TripleO would change',
    (there) =>
      Object.assign(there.networks.storage!, {
        mtu: 1500,
        dns_domain: '',
        admin_state_up: true,
        shared: true,
        tags: ['tripleo_network_name=Storage', 'tripleo_net_idx=3', 'tripleo_vip=true'],
      }),
    [
      `${at}.mtu: 9000: ${has('network', 'storage')} 1500, and TripleO would change that: write 1500 here, or let its owner ` +
        'run `openstack network set --mtu 9000 storage`',
      `${at}.dnsDomain: san.example.org: ${has('network', 'storage')} none, and TripleO would change that: let its owner ` +
        'run `openstack network set --dns-domain san.example.org. storage`',
      `${at}.existing: network: ${has('network', 'storage')} the admin state up, and TripleO would change that: let its ` +
        'owner run `openstack network set --disable storage`',
      `${at}.existing: network: ${has('network', 'storage')} access for all projects, and TripleO would change that: let ` +
        'its owner run `openstack network set --no-share storage`',
      `${at}.existing: network: ${has('network', 'storage')} the tags tripleo_net_idx=3, tripleo_network_name=Storage, ` +
        'tripleo_vip=true, and TripleO would change that: let its owner run `openstack network set --no-tag --tag ' +
        'tripleo_network_name=Storage --tag tripleo_net_idx=0 --tag tripleo_vip=true storage`',
    ],
  ],
  [
    'another DNS domain of a network than TripleO’s default',
    (there) => (there.networks.ctlplane!.dns_domain = 'ctlplane.example.com.'),
    [
      `${api}.dnsDomain: internalapi.example.com: ${has('network', 'internal_api')} internalapi.localdomain, and TripleO ` +
        'would change that: write internalapi.localdomain here, or let its owner run `openstack network set --dns-domain ' +
        'internalapi.example.com. internal_api`',
    ],
  ],
  [
    'a network of a type that TripleO refuses, whose subnets have no segment',
    (there) => {
      there.networks.storage!['provider:network_type'] = 'vlan';
      there.subnets.storage_theirs!.segment_id = null;
    },
    [
      `${at}.existing: network: ${has('network', 'storage')} the type vlan, and TripleO takes flat alone: ${anew}`,
      `${at}.existing: network: ${has('network', 'storage')} subnets without a segment, and Neutron then takes none with ` +
        `one: ${anew}`,
    ],
  ],
  [
    'a segment that TripleO would name or delete',
    (there) => (there.segments['implicit-id'] = { Name: null, Network: 'storage-id' }),
    [
      `${at}.existing: network: ${has('network', 'storage')} segment implicit-id without a name, which TripleO would name ` +
        'or delete: let its owner run `openstack network segment set --name NAME implicit-id`',
    ],
  ],
  [
    'a subnet of others that the lab would remove',
    (there) => Object.assign(there.subnets, subnet('storage', 'storage_dcn0', '10.8.16')),
    [
      "glance-dcn:sites.dcn0.networks.storage.subnet: storage_dcn0: network storage of the undercloud's Neutron has this " +
        'subnet already, and the lab would remove the subnet with the site: write another name here, or existing: subnets ' +
        `at ${at}, if all the lab's subnets of the network are there`,
    ],
  ],
  [
    'no subnet of the name',
    (there) => delete there.subnets.internal_api_dcn0,
    [
      `${own}.subnet: internal_api_dcn0: network internal_api of the undercloud's Neutron has no subnet of this name (it ` +
        `has internal_api_subnet): write its name here, or existing: network at ${api}, then the lab makes the subnets`,
    ],
  ],
  [
    'values of a subnet that TripleO would change, and one that TripleO cannot change',
    (there) =>
      Object.assign(there.subnets.internal_api_dcn0!, {
        cidr: '10.4.16.0/25',
        gateway_ip: null,
        allocation_pools: [{ start: '10.4.16.9', end: '10.4.16.20' }],
        host_routes: [],
        enable_dhcp: true,
        tags: ['tripleo_vlan_id=31'],
      }),
    [
      `${own}.gateway: 10.4.16.1: ${has('subnet', 'internal_api_dcn0')} none, and TripleO would change that: write none ` +
        'here, or let its owner run `openstack subnet set --gateway 10.4.16.1 internal_api_dcn0`',
      `${own}.pools: [{ start: 10.4.16.200, end: 10.4.16.250 }]: ${has('subnet', 'internal_api_dcn0')} [{ start: ` +
        '10.4.16.9, end: 10.4.16.20 }], and TripleO would change that: write [{ start: 10.4.16.9, end: 10.4.16.20 }] here, ' +
        'or let its owner run `openstack subnet set --no-allocation-pool --allocation-pool ' +
        'start=10.4.16.200,end=10.4.16.250 internal_api_dcn0`',
      `${own}.routes: [{ destination: 10.4.0.0/14, nexthop: 10.4.16.1 }]: ${has('subnet', 'internal_api_dcn0')} [], and ` +
        'TripleO would change that: write [] here, or let its owner run `openstack subnet set --no-host-route ' +
        '--host-route destination=10.4.0.0/14,gateway=10.4.16.1 internal_api_dcn0`',
      `${api}.existing: subnets: ${has('subnet', 'internal_api_dcn0')} DHCP, and TripleO would change that: let its owner ` +
        'run `openstack subnet set --no-dhcp internal_api_dcn0`',
      `${own}.vlan: none: ${has('subnet', 'internal_api_dcn0')} 31, and TripleO would change that: write 31 here, or let ` +
        'its owner run `openstack subnet set --no-tag --tag tripleo_vlan_id=1 internal_api_dcn0`',
      `${own}.cidr: 10.4.16.0/24: ${has('subnet', 'internal_api_dcn0')} 10.4.16.0/25: write 10.4.16.0/25 here, or the name ` +
        `of another subnet at ${own}.subnet`,
    ],
  ],
  [
    'other tags of a subnet, and another segment',
    (there) => {
      Object.assign(there.subnets.internal_api_dcn0!, { tags: ['mine'], segment_id: 'leaf-id' });
      there.segments['leaf-id'] = {
        ...{ Name: 'leaf', Network: 'internal_api-id' },
        ...{ 'Network Type': 'flat', 'Physical Network': 'leaf1' },
      };
    },
    [
      `${api}.existing: subnets: ${has('subnet', 'internal_api_dcn0')} the tags mine, and TripleO would change that: let ` +
        'its owner run `openstack subnet set --no-tag --tag tripleo_vlan_id=1 internal_api_dcn0`',
      `${own}.subnet: internal_api_dcn0: the subnet's segment in the undercloud's Neutron is leaf (type flat, physical ` +
        'network leaf1), and TripleO takes internal_api_internal_api_dcn0 (type flat, physical network ' +
        'internal_api_internal_api_dcn0): make the subnet anew by `openstack overcloud network provision`, or write the ' +
        'name of another subnet here',
    ],
  ],
])('refuses %s', (_, change, messages) =>
  within(async (here) => {
    const there = made();
    change(there);
    neutron(here, there);
    const { code, stderr } = await check(here, text('existing: network'));
    expect(stderr.trimEnd().split('\n')).toEqual(messages);
    expect(code).toBe(2);
  })(),
);
