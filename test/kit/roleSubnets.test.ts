import { parse } from 'yaml';
import { within } from './undercloud';

jest.setTimeout(60_000);

describe('roles subnets', () => {
  const roles = `###############################################################################
# Role: DistributedComputeHCI                                                 #
###############################################################################
- name: DistributedComputeHCI
  description: |
    Distributed Compute Node role with Ceph, Cinder volume, and Glance.
  tags:
    - compute
  networks:
    InternalApi:
      subnet: internal_api_subnet
    Storage:
      subnet: storage_subnet
    Tenant:
      subnet: tenant_subnet
  RoleParametersDefault:
    TunedProfileName: "throughput-performance"
  update_serial: 1
  ServicesDefault:
    - OS::TripleO::Services::Aide
- name: CephAll
  networks:
    - Storage
    - StorageMgmt
`;

  test.concurrent(
    "puts a site's subnets in and leaves all the rest",
    within(async (here) => {
      here.write('roles.yaml', roles);
      const subnets = ['Storage=storage_dcn0', 'InternalApi=internal_api_dcn0', 'External=external_dcn0'];
      const words = subnets.flatMap((pair) => ['--subnet', pair]);
      const { code, stderr } = await here.kit([
        'roles',
        'subnets',
        '--file',
        here.path('roles.yaml'),
        ...words,
      ]);
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: 'roles.yaml: no role is in External; its subnet was not needed\n',
      });
      const expected = parse(roles) as { networks: unknown }[];
      expected[0]!.networks = {
        InternalApi: { subnet: 'internal_api_dcn0' },
        Storage: { subnet: 'storage_dcn0' },
        Tenant: { subnet: 'tenant_subnet' },
      };
      expected[1]!.networks = {
        Storage: { subnet: 'storage_dcn0' },
        StorageMgmt: { subnet: 'storage_mgmt_subnet' },
      };
      expect(parse(here.read('roles.yaml'))).toEqual(expected);
    }),
  );

  test.concurrent(
    'puts the subnets of a rack into one role',
    within(async (here) => {
      here.write('roles.yaml', roles);
      const pairs = [
        'Storage=storage_dcn0',
        'CephAll/Storage=storage_dcn0_r1',
        'CephAll/Tenant=tenant_dcn0_r1',
      ];
      const file = here.path('roles.yaml');
      expect(
        await here.kit(['roles', 'subnets', '--file', file, ...pairs.flatMap((pair) => ['--subnet', pair])]),
      ).toMatchObject({
        code: 0,
        stderr: 'roles.yaml: no role is in CephAll/Tenant; its subnet was not needed\n',
      });
      expect(parse(here.read('roles.yaml'))).toMatchObject([
        { networks: { Storage: { subnet: 'storage_dcn0' }, Tenant: { subnet: 'tenant_subnet' } } },
        {
          networks: {
            Storage: { subnet: 'storage_dcn0_r1' },
            StorageMgmt: { subnet: 'storage_mgmt_subnet' },
          },
        },
      ]);
    }),
  );

  test.concurrent(
    'takes networks out that the lab does not have, and sets the default route',
    within(async (here) => {
      here.write('roles.yaml', roles);
      const words = ['--without', 'Tenant', '--without', 'StorageMgmt', '--default-route', 'ControlPlane'];
      const file = here.path('roles.yaml');
      expect(await here.kit(['roles', 'subnets', '--file', file, ...words])).toMatchObject({ code: 0 });
      expect(parse(here.read('roles.yaml'))).toMatchObject([
        {
          networks: { InternalApi: expect.anything(), Storage: expect.anything() },
          default_route_networks: ['ControlPlane'],
        },
        { networks: { Storage: expect.anything() }, default_route_networks: ['ControlPlane'] },
      ]);
      expect(here.read('roles.yaml')).not.toMatch(/Tenant:|StorageMgmt:/);
    }),
  );

  test.concurrent(
    'refuses a file without roles, and malformed pairs',
    within(async (here) => {
      here.write('roles.yaml', 'a: 1\n');
      const { code, stderr } = await here.kit([
        'roles',
        'subnets',
        '--file',
        here.path('roles.yaml'),
        '--subnet',
        'x',
      ]);
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /--subnet x: must be NETWORK=SUBNET or ROLE\/NETWORK=SUBNET\n--file .*: is not a list of roles with names/,
      );
      expect((await here.kit(['roles', 'subnets', '--file', '/no/file'])).stderr).toMatch(
        /does not exist; run `openstack overcloud roles generate/,
      );
      expect(here.read('roles.yaml')).toBe('a: 1\n');
    }),
  );
});
