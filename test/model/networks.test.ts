import { parse } from 'yaml';
import { parseLab, planFiles, planLab, type SitePlan } from '../../model';
import { faultsOf, labText, labWithEdge, smallEdge, testCases } from './labs';

/** A lab in an operator's own networks: written subnets, except those of storage_mgmt and external. */
const ownNetworks = `config:
  glance-dcn:networks:
    ctlplane: { ranges: [192.168.122.0/24, 192.168.133.0/24] }
    storage: { ranges: [172.18.0.0/24, 172.18.10.0/24], mtu: 1496, dnsDomain: storage.example.com }
    internal_api: { ranges: [172.17.0.0/16], mtu: 9000 }
    tenant: { ranges: [172.19.0.0/16] }
  glance-dcn:sites:
    control-plane:
      nodes: { c-0: Controller, s-0: CephStorage }
      networks:
        ctlplane: { cidr: 192.168.122.0/24, gateway: 192.168.122.9, vip: 192.168.122.99 }
        storage: { cidr: 172.18.0.0/24, vlan: 21 }
        internal_api: { cidr: 172.17.0.0/24, vlan: 20, pools: [{ start: 172.17.0.120, end: 172.17.0.150 }, { start: 172.17.0.200, end: 172.17.0.250 }] }
        tenant: { cidr: 172.19.0.0/24, vlan: 22, gateway: none }
    dcn0:
      nodes: { h-0: { role: DistributedComputeHCI, addresses: { storage: 172.18.10.7 } } }
      networks:
        ctlplane: { subnet: leaf1, cidr: 192.168.133.0/24 }
        storage: { subnet: storage_leaf1, cidr: 172.18.10.0/27, vlan: 31 }
        internal_api: { cidr: 172.17.10.0/24, vlan: 30 }
        tenant: { cidr: 172.19.10.0/24, vlan: 32, routes: [{ destination: 172.19.0.0/24, nexthop: 172.19.10.254 }] }
`;

/** The subnets of a network in a site's network_data.yaml. */
function subnetsIn(site: string, network: string): Record<string, unknown> {
  const text = planFiles(planLab(parseLab('own', ownNetworks)))[site]!['network_data.yaml']!;
  const networks = parse(text) as { name_lower: string; subnets: Record<string, unknown> }[];
  return networks.find((entry) => entry.name_lower === network)!.subnets;
}

function siteOf(name: string): SitePlan {
  return planLab(parseLab('own', ownNetworks)).sites.find((site) => site.name === name)!;
}

describe('own subnets', () => {
  test('are what network provision gets, with a route to each range that is not the subnet itself', () => {
    expect(subnetsIn('control-plane', 'storage')).toEqual({
      storage_subnet: {
        vlan: 21,
        ip_subnet: '172.18.0.0/24',
        gateway_ip: '172.18.0.1',
        allocation_pools: [{ start: '172.18.0.200', end: '172.18.0.250' }],
        routes: [{ destination: '172.18.10.0/24', nexthop: '172.18.0.1' }],
      },
    });
  });

  test('smaller than 256 addresses have a pool that is smaller in proportion', () => {
    expect(subnetsIn('dcn0', 'storage')).toMatchObject({
      storage_leaf1: { allocation_pools: [{ start: '172.18.10.25', end: '172.18.10.30' }] },
    });
  });

  test('have a pool without the router, which may be the last host of a small subnet', () => {
    const pools = (gateway: string) => {
      const keys = `networks: { storage: { cidr: 10.8.16.64/26, gateway: ${gateway} } }`;
      const text = labWithEdge(`{ nodes: { h-0: { role: DistributedComputeHCI, host: 20 } }, ${keys} }`);
      const { sites } = planLab(parseLab('own', text));
      return sites[1]!.subnets.find(({ network }) => network === 'storage')!.pools;
    };
    const first = '10.8.16.114';
    expect(pools('10.8.16.65')).toEqual([{ start: first, end: '10.8.16.126' }]);
    expect(pools('10.8.16.126')).toEqual([{ start: first, end: '10.8.16.125' }]);
    expect(pools(first)).toEqual([{ start: '10.8.16.115', end: '10.8.16.126' }]);
    expect(pools('10.8.16.120')).toEqual([
      { start: first, end: '10.8.16.119' },
      { start: '10.8.16.121', end: '10.8.16.126' },
    ]);
  });

  test('are not those of a Ceph cluster that exists already, which is on no network of the lab', () => {
    const keyring = '/home/stack/central.client.openstack.keyring';
    const existing = `{ fsid: 4b5c8c0a-ff60-454b-a1b4-9747aa737d19, monitors: [192.0.2.1], keyring: ${keyring} }`;
    const text = (keys = '') =>
      ownNetworks
        .replace('c-0: Controller, s-0: CephStorage', 'c-0: Controller')
        .replace('    dcn0:', `    external-ceph: { ${keys} ceph: { existing: ${existing} } }\n    dcn0:`);
    const { sites } = planLab(parseLab('own', text()));
    expect(sites.find(({ name }) => name === 'external-ceph')!.subnets).toEqual([]);
    expect(faultsOf(text('networks: { storage: { cidr: 172.18.0.0/24 } },'))).toMatchObject([
      {
        path: 'glance-dcn:sites.external-ceph.networks.storage',
        message: 'is a network that the site does not have',
      },
    ]);
  });

  test('without a gateway have none, and no route; written routes are as written', () => {
    expect(subnetsIn('control-plane', 'tenant')).toEqual({
      tenant_subnet: {
        vlan: 22,
        ip_subnet: '172.19.0.0/24',
        allocation_pools: [{ start: '172.19.0.200', end: '172.19.0.250' }],
      },
    });
    expect(subnetsIn('dcn0', 'tenant')).toMatchObject({
      tenant_dcn0: { routes: [{ destination: '172.19.0.0/24', nexthop: '172.19.10.254' }] },
    });
  });

  test('are mixed with the numbering plan', () => {
    expect(subnetsIn('dcn0', 'storage_mgmt')).toMatchObject({
      storage_mgmt_subnet: { ip_subnet: '10.12.0.0/24' },
      storage_mgmt_dcn0: { ip_subnet: '10.12.16.0/24' },
    });
  });

  test('decide the addresses of nodes and of services', () => {
    expect(siteOf('dcn0').nodes[0]!.addresses).toEqual({
      ctlplane: '192.168.133.70',
      storage: '172.18.10.7',
      storage_mgmt: '10.12.16.70',
      internal_api: '172.17.10.70',
      tenant: '172.19.10.70',
    });
    const vips = planFiles(planLab(parseLab('own', ownNetworks)))['control-plane']!['vip_data.yaml']!;
    expect(parse(vips)).toContainEqual({
      network: 'ctlplane',
      ip_address: '192.168.122.99',
      dns_name: 'control-plane',
    });
  });
});

test('a pool may contain the virtual address, whose port holds it, and a small range of external the control plane alone', () => {
  const text = labText({ rest: '  glance-dcn:networks: { external: { range: 10.20.0.0/24 } }\n' }).replace(
    'nodes: { c-0',
    'networks: { storage: { pools: [{ start: 10.8.0.4, end: 10.8.0.9 }] } }, nodes: { c-0',
  );
  expect(faultsOf(text)).toEqual([]);
});

test('MTU and domain of a network are what network provision gets', () => {
  const text = planFiles(planLab(parseLab('own', ownNetworks))).dcn0!['network_data.yaml']!;
  expect(parse(text)).toContainEqual(
    expect.objectContaining({ name: 'Storage', mtu: 1496, dns_domain: 'storage.example.com.' }),
  );
  expect(parse(text)).toContainEqual(expect.objectContaining({ name: 'InternalApi', mtu: 9000 }));
});

const networks = (lines: string) => labText({ rest: `  glance-dcn:networks: ${lines}\n` });
const dcn0 = (storage: string) =>
  labWithEdge(`{ nodes: { h-0: DistributedComputeHCI }, networks: { storage: ${storage} } }`);
const at = 'glance-dcn:sites.dcn0.networks.storage';

describe('a lab file is refused with', () => {
  testCases([
    [
      'range beside ranges',
      networks('{ external: { range: 10.20.0.0/14, ranges: [10.20.0.0/14] } }').replace(
        'nodes: { c-0',
        'networks: { external: { cidr: 10.20.0.0/24 } }, nodes: { c-0',
      ),
      'glance-dcn:networks.external.range',
      /Take one of them out/,
    ],
    [
      'ranges without the subnet of a site',
      networks('{ external: { ranges: [10.20.0.0/14] } }'),
      'glance-dcn:sites.control-plane.networks.external',
      /cidr: …/,
    ],
    [
      'ranges that overlap',
      networks('{ external: { ranges: [10.20.0.0/15, 10.16.0.0/16] } }').replace(
        'nodes: { c-0',
        'networks: { external: { cidr: 10.20.0.0/24 } }, nodes: { c-0',
      ),
      'glance-dcn:networks.external.ranges[1]',
      /of its own/,
    ],
    [
      'a subnet outside the range',
      dcn0('{ cidr: 192.168.0.0/24 }'),
      `${at}.cidr`,
      /networks\.storage\.ranges/,
    ],
    [
      'a subnet of another site',
      labText({
        edges: `${smallEdge}    dcn1: { nodes: { h-1: DistributedComputeHCI }, networks: { storage: { cidr: 10.8.16.0/25 } } }\n`,
      }),
      'glance-dcn:sites.dcn1.networks.storage.cidr',
      /of its own/,
    ],
    ['a gateway outside the subnet', dcn0('{ gateway: 10.8.17.1 }'), `${at}.gateway`, /in 10\.8\.16\.0\/24/],
    ['the broadcast address as gateway', dcn0('{ gateway: 10.8.16.255 }'), `${at}.gateway`, /first and last/],
    [
      'the gateway as virtual address',
      labWithEdge('{ nodes: { h-0: DistributedComputeHCI }, networks: { ctlplane: { vip: 10.0.16.1 } } }'),
      'glance-dcn:sites.dcn0.networks.ctlplane.vip',
      /another address/,
    ],
    ['a virtual address where the site has none', dcn0('{ vip: 10.8.16.9 }'), `${at}.vip`, /Take it out/],
    [
      'the undercloud’s address as gateway',
      labText().replace('nodes: { c-0', 'networks: { ctlplane: { gateway: 10.0.0.2 } }, nodes: { c-0'),
      'glance-dcn:sites.control-plane.networks.ctlplane.gateway',
      /another address/,
    ],
    [
      'pools that overlap',
      dcn0('{ pools: [{ start: 10.8.16.200, end: 10.8.16.220 }, { start: 10.8.16.220, end: 10.8.16.240 }] }'),
      `${at}.pools[1]`,
      /in common/,
    ],
    [
      'one name for subnets of two networks',
      labWithEdge(
        '{ nodes: { h-0: DistributedComputeHCI }, networks: { ctlplane: { subnet: leaf1 }, storage: { subnet: leaf1 } } }',
      ),
      `${at}.subnet`,
      /name of its own/,
    ],
    [
      'a pool outside the subnet',
      dcn0('{ pools: [{ start: 10.8.16.200, end: 10.8.17.1 }] }'),
      `${at}.pools[0]`,
      /10\.8\.16\.0\/24/,
    ],
    [
      'the gateway in a pool',
      dcn0('{ gateway: 10.8.16.254, pools: [{ start: 10.8.16.200, end: 10.8.16.254 }] }'),
      `${at}.pools[0]`,
      /without it/,
    ],
    [
      'a node in a pool',
      dcn0('{ pools: [{ start: 10.8.16.60, end: 10.8.16.80 }] }'),
      'glance-dcn:sites.dcn0.nodes.h-0',
      /addresses: { storage/,
    ],
    [
      'a node outside a small subnet',
      dcn0('{ cidr: 10.8.16.0/26 }'),
      'glance-dcn:sites.dcn0.nodes.h-0',
      /an address in 10\.8\.16\.0\/26/,
    ],
    [
      'a route by a router elsewhere',
      dcn0('{ routes: [{ destination: 10.8.0.0/14, nexthop: 10.8.17.1 }] }'),
      `${at}.routes[0].nexthop`,
      /10\.8\.16\.0\/24/,
    ],
    [
      'one VLAN for two networks',
      labWithEdge(
        '{ nodes: { h-0: DistributedComputeHCI }, networks: { storage: { vlan: 30 }, tenant: { vlan: 30 } } }',
      ),
      'glance-dcn:sites.dcn0.networks.tenant.vlan',
      /of its own/,
    ],
    [
      'a VLAN for ctlplane',
      labWithEdge('{ nodes: { h-0: DistributedComputeHCI }, networks: { ctlplane: { vlan: 30 } } }'),
      'glance-dcn:sites.dcn0.networks.ctlplane.vlan',
      /Take it out/,
    ],
    [
      'no gateway for ctlplane',
      labWithEdge('{ nodes: { h-0: DistributedComputeHCI }, networks: { ctlplane: { gateway: none } } }'),
      'glance-dcn:sites.dcn0.networks.ctlplane.gateway',
      /address of the router/,
    ],
    ['the name of another subnet', dcn0('{ subnet: storage_subnet }'), `${at}.subnet`, /name of its own/],
    [
      'external at an edge site',
      labWithEdge('{ nodes: { h-0: DistributedComputeHCI }, networks: { external: { vlan: 3 } } }'),
      'glance-dcn:sites.dcn0.networks.external',
      /the site has/,
    ],
  ]);
});

describe('the parameters of network.yaml', () => {
  const parametersOf = (site: string) => {
    const text = planFiles(planLab(parseLab('own', ownNetworks)))[site]!['network.yaml']!;
    return (parse(text) as { parameter_defaults: Record<string, unknown> }).parameter_defaults;
  };

  test("are an edge site's own ctlplane subnet, for hosts and the virtual address", () => {
    expect(parametersOf('dcn0')).toEqual({
      DistributedComputeHCIControlPlaneSubnet: 'leaf1',
      VipSubnetMap: { ctlplane: 'leaf1' },
    });
  });

  test("let each range of internal_api through the control plane's firewall", () => {
    const rules = (parametersOf('control-plane') as { ExtraFirewallRules: Record<string, unknown> })
      .ExtraFirewallRules;
    expect(rules).toEqual({
      '121 memcached 172.17.0.0/16': { proto: 'tcp', dport: [11211], source: '172.17.0.0/16' },
      '121 ovn dbs 172.17.0.0/16': { proto: 'tcp', dport: [6641, 6642], source: '172.17.0.0/16' },
    });
  });

  test('name the control plane’s subnets that have other names than TripleO’s', () => {
    const text = ownNetworks.replace(
      '{ cidr: 172.17.0.0/24, vlan: 20',
      '{ subnet: api, cidr: 172.17.0.0/24, vlan: 20',
    );
    const files = planFiles(planLab(parseLab('own', text)))['control-plane']!;
    expect(parse(files['network.yaml']!)).toMatchObject({
      parameter_defaults: { VipSubnetMap: { InternalApi: 'api', redis: 'api', ovn_dbs: 'api' } },
    });
  });
});

describe('a lab without storage_mgmt, tenant and external', () => {
  const text = labText({
    rest: '  glance-dcn:networks: { storage_mgmt: none, tenant: none, external: none }\n',
  });
  const plan = planLab(parseLab('few', text));
  const files = planFiles(plan);
  const few = ['ctlplane', 'storage', 'internal_api'];

  test('has no subnet, no address and no virtual address there', () => {
    for (const site of plan.sites) {
      expect(site.subnets.map(({ network }) => network)).toEqual(few);
      expect(
        site.nodes.flatMap(({ addresses }) => Object.keys(addresses)).filter((name) => !few.includes(name)),
      ).toEqual([]);
    }
    const data = parse(files.dcn0!['network_data.yaml']!) as { name: string }[];
    expect(data.map(({ name }) => name)).toEqual(['Storage', 'InternalApi']);
    const vips = parse(files['control-plane']!['vip_data.yaml']!) as { network: string }[];
    expect(vips.map(({ network }) => network)).toEqual(few);
    const instances = (
      parse(files.dcn0!['baremetal_dcn0.yaml']!) as { instances: { networks: { network: string }[] }[] }[]
    ).flatMap(({ instances }) => instances);
    expect(instances.map(({ networks }) => networks.map(({ network }) => network))).toEqual([few]);
  });

  test('gives their traffic other networks, and takes them out of the roles', () => {
    expect(parse(files.dcn0!['network.yaml']!)).toMatchObject({
      parameter_defaults: {
        ServiceNetMap: {
          CephClusterNetwork: 'storage',
          SwiftStorageNetwork: 'storage',
          NeutronTenantNetwork: 'internal_api',
        },
      },
    });
    const commands = files['control-plane']!['commands.sh']!.replaceAll(/\s*\\\n\s*/g, ' ');
    expect(commands).toContain('--cluster-network-name storage');
    expect(commands).toContain(
      'roles subnets --file /home/stack/dcn/few/control-plane/roles.yaml --without StorageMgmt --without Tenant ' +
        '--without External --default-route ControlPlane',
    );
  });

  test('has tunnels of the size that internal_api carries', () => {
    const files = planFiles(
      planLab(parseLab('few', text.replace('tenant: none', 'tenant: none, internal_api: { mtu: 9000 }'))),
    );
    expect(parse(files.dcn0!['neutron.yaml']!)).toEqual({
      parameter_defaults: { NeutronGlobalPhysnetMtu: 9000 },
    });
    const faults = faultsOf(`${text}  glance-dcn:physicalNetworkMtu: 1600\n`);
    expect(faults.map(({ path }) => path)).toEqual(['glance-dcn:physicalNetworkMtu']);
  });

  test('refuses their addresses and subnets', () => {
    const faults = faultsOf(
      text.replace(
        '{ nodes: { h-0: DistributedComputeHCI } }',
        '{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { tenant: 10.16.16.70 } } }, networks: { tenant: { vlan: 3 } } }',
      ),
    );
    expect(faults.map(({ path }) => path).sort()).toEqual([
      'glance-dcn:sites.dcn0.networks.tenant',
      'glance-dcn:sites.dcn0.nodes.h-0.addresses.tenant',
    ]);
  });
});
