import * as fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { changedValues, keptValues, parseLab, planLab, type SitePlan } from '../../model';
import { labs, names, overclouds, plan, runs } from './anyLab';
import { dcnStorageText, faultsOf } from './labs';

describe('networks under other names', () => {
  /** The example of an operator's networks, with other names, without `none`, and with default names of subnets at dcn1. */
  function renamed(none: string[] = []): SitePlan[] {
    const lab = parse(dcnStorageText) as {
      config: {
        'glance-dcn:networks': Record<string, unknown>;
        'glance-dcn:sites': Record<
          string,
          { networks: Record<string, { subnet?: string; gateway?: string }> }
        >;
      };
    };
    const { 'glance-dcn:networks': networks, 'glance-dcn:sites': sites } = lab.config;
    for (const [key, name] of Object.entries({
      storage: 'storage_east',
      internal_api: 'api_east',
      external: 'public',
    })) {
      networks[key] = { ...(networks[key] as object), name };
    }
    sites['control-plane']!.networks.external!.gateway = '10.0.0.1';
    Object.assign(sites['control-plane']!, {
      nics: { Controller: 'single_nic_vlans', ComputeHCI: 'single_nic_vlans' },
    });
    for (const site of Object.values(sites)) {
      none.forEach((name) => delete site.networks[name]);
      delete site.networks.internal_api!.subnet;
    }
    none.forEach((name) => (networks[name] = 'none'));
    return planLab(parseLab('own', stringify(lab))).sites;
  }
  const fileOf = (site: SitePlan, file: string): unknown =>
    parse(site.steps.map(({ files }) => files[`${site.name}/${file}`]).find(Boolean)!);
  const siteOf = (sites: SitePlan[], name: string) => sites.find((site) => site.name === name)!;

  test('have these in network data, with those that TripleO replaces in its map of services', () => {
    for (const site of renamed()) {
      expect(fileOf(site, 'network_data.yaml')).toMatchObject([
        { name: 'Storage', name_lower: 'storage_east', service_net_map_replace: 'storage' },
        { name: 'StorageMgmt', name_lower: 'storage_mgmt' },
        { name: 'InternalApi', name_lower: 'api_east', service_net_map_replace: 'internal_api' },
        { name: 'Tenant', name_lower: 'tenant' },
        { name: 'External', name_lower: 'public', service_net_map_replace: 'external' },
      ]);
      expect(
        JSON.stringify(fileOf(site, 'network_data.yaml')).match(/service_net_map_replace/g),
      ).toHaveLength(3);
    }
  });

  test('have these in virtual addresses, in ports of nodes, and in the default route', () => {
    const site = siteOf(renamed(), 'control-plane');
    expect((fileOf(site, 'vip_data.yaml') as { network: string }[]).map(({ network }) => network)).toEqual([
      'ctlplane',
      'storage_east',
      'storage_mgmt',
      'api_east',
      'public',
    ]);
    const [controller, hci] = fileOf(site, 'baremetal_control-plane.yaml') as {
      defaults: { network_config: { default_route_network: string[] } };
      instances: { networks: { network: string; subnet?: string }[] }[];
    }[];
    expect(controller!.instances[0]!.networks).toMatchObject([
      { network: 'ctlplane' },
      { network: 'storage_east', subnet: 'storage_east_subnet' },
      { network: 'storage_mgmt', subnet: 'storage_mgmt_subnet' },
      { network: 'api_east', subnet: 'api_east_subnet' },
      { network: 'tenant', subnet: 'tenant_subnet' },
      { network: 'public', subnet: 'public_subnet' },
    ]);
    expect(controller!.defaults.network_config.default_route_network).toEqual(['public']);
    expect(hci!.defaults.network_config.default_route_network).toEqual(['ctlplane']);
  });

  test('are those of all ports and virtual addresses, in any lab', () => {
    fc.assert(
      fc.property(labs, names, (sites, named) => {
        for (const site of overclouds(plan(sites, named))) {
          const data = fileOf(site, 'network_data.yaml') as { name_lower: string; subnets: object }[];
          const subnets = new Map(data.map((network) => [network.name_lower, Object.keys(network.subnets)]));
          const roles = fileOf(site, `baremetal_${site.name}.yaml`) as {
            instances: { networks: { network: string; subnet?: string }[] }[];
          }[];
          const ports = roles.flatMap(({ instances }) => instances.flatMap(({ networks }) => networks));
          for (const { network, subnet } of ports.filter((port) => port.network !== 'ctlplane')) {
            expect(subnets.get(network)).toContain(subnet);
          }
          const addresses = fileOf(site, 'vip_data.yaml') as { network: string }[];
          expect(['ctlplane', ...subnets.keys()]).toEqual(
            expect.arrayContaining(addresses.map(({ network }) => network)),
          );
          const renamedNetworks = Object.values(named.networks).map(({ name }) => name);
          expect([...subnets.keys()].filter((name) => renamedNetworks.includes(name)).sort()).toEqual(
            renamedNetworks.sort(),
          );
        }
      }),
      runs,
    );
  });

  test('give the default names of subnets, which the roles get and the virtual addresses have by default', () => {
    const sites = renamed();
    const site = siteOf(sites, 'control-plane');
    const roles = site.steps.find(({ name }) => name === 'roles-generate')!.commands[1]!;
    expect(roles.filter((word) => word.includes('='))).toEqual([
      'Storage=storage_east_subnet',
      'InternalApi=api_east_subnet',
      'External=public_subnet',
    ]);
    expect(fileOf(site, 'network.yaml')).not.toHaveProperty('parameter_defaults.VipSubnetMap');
    const { teardown } = siteOf(sites, 'dcn1').steps.find(({ name }) => name === 'network-provision')!;
    expect(teardown[0]!.join('\n')).toContain('-e storage_east_storage_leaf1 ');
    expect(teardown[0]!.join('\n')).toContain('-e api_east_api_east_dcn1 ');
  });

  test('take services whose own network the lab leaves out', () => {
    expect(fileOf(siteOf(renamed(['storage_mgmt', 'tenant']), 'dcn1'), 'network.yaml')).toMatchObject({
      parameter_defaults: {
        ServiceNetMap: {
          CephClusterNetwork: 'storage_east',
          SwiftStorageNetwork: 'storage_east',
          NeutronTenantNetwork: 'api_east',
        },
      },
    });
  });

  test.each([
    ['the network’s name', '{{ storage_east_vlan_id }}', ['glance-dcn:sites.dcn1.networks.storage.vlan']],
    [
      'the names of the role’s networks',
      "{{ lookup('vars', network ~ '_vlan_id') }}",
      ['glance-dcn:sites.dcn1.networks.storage.vlan'],
    ],
    ['the key', '{{ storage_vlan_id }}', []],
    ['a name that ends in the network’s', '{{ my_storage_east_vlan_id }}', []],
  ])('need a VLAN id where a NIC template reads it by %s', (_, variable, paths) => {
    const text = dcnStorageText
      .replace('ranges: [172.18.0.0/16],', 'ranges: [172.18.0.0/16], name: storage_east,')
      .replace('DistributedComputeHCI: single_nic_vlans', 'DistributedComputeHCI: own.j2')
      .replace(' vlan: 31,', '');
    const template = `network_config:\n- vlan_id: ${variable}\n`;
    expect(faultsOf(text, 'own', () => template).map(({ path }) => path)).toEqual(paths);
  });

  const named = (networks: string) =>
    faultsOf(
      dcnStorageText.replace('ranges: [172.18.0.0/16],', `ranges: [172.18.0.0/16], name: ${networks},`),
      'own',
    ).filter(({ path }) => path === 'glance-dcn:networks.storage.name');

  test.each([
    ['another network has', 'tenant', /also a name of the network tenant.*Give each network/],
    ['no network can have', 'storage-east', /is not the name of a network.*underscores/],
  ])('are refused if they are names that %s', (_, name, message) => {
    expect(named(name).map(({ message: fault, remedy }) => `${fault}: ${remedy}`)).toEqual([
      expect.stringMatching(message),
    ]);
  });

  test('stay while a site is up', () => {
    const labOf = (text: string) => parseLab('own', text);
    const before = Object.fromEntries(
      keptValues(labOf(dcnStorageText), 'dcn1').map(({ place, value }) => [place, value]),
    );
    const renamedStorage = dcnStorageText.replace(
      'ranges: [172.18.0.0/16],',
      'ranges: [172.18.0.0/16], name: storage_east,',
    );
    expect(changedValues(labOf(renamedStorage), 'dcn1', before)).toEqual([
      {
        of: 'lab',
        message:
          'glance-dcn:networks.storage.name: storage_east: the site was brought up with storage, and TripleO would make a second ' +
          'network: write storage again.',
      },
    ]);
  });
});
