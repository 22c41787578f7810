import { stringify } from 'yaml';
import { faultsOf } from './labs';
import { service, splitText, standard, changed, without, faultsWith } from './splitLab';

test('the lab with a split control plane is valid', () => {
  expect(faultsWith(stringify(standard))).toEqual([]);
});

const cases: [fault: string, text: string, message: RegExp, remedy: RegExp][] = [
  ['no YAML', '- name: [', /^roles.yaml line 1: is not YAML/, /syntax/],
  ['no list of roles', 'name: Database\n', /^roles.yaml: is not a list/, /- name/],
  ['a list of texts', `- Controller\n${stringify(standard)}`, /\[0\]: is not a role/, /keys and values/],
  [
    'no name',
    changed(({ bus }) => Object.assign(bus, { name: undefined })),
    /\[1\]\.name: is missing/,
    /Write name/,
  ],
  [
    'the name of a role of TripleO',
    `${stringify(standard)}- { name: Database, networks: [InternalApi], ServicesDefault: ['${service('Memcached')}'] }\n`,
    /line \d+, Database\.name: is the name of a role of TripleO \(it is "Database"\)/,
    /another name/,
  ],
  [
    'one name for two roles',
    `${stringify(standard)}- { name: EdgeHCI, networks: [InternalApi], ServicesDefault: ['${service('Memcached')}'] }\n`,
    /EdgeHCI\.name: is the name of two roles/,
    /Take one of the roles out/,
  ],
  [
    'a name that differs from one of TripleO’s in capitals alone',
    `${stringify(standard)}- { name: ComputeHci, networks: [InternalApi], ServicesDefault: ['${service('Memcached')}'] }\n`,
    /ComputeHci\.name: differs from ComputeHCI in capitals alone/,
    /another name/,
  ],
  [
    'names of two roles that differ in capitals alone',
    `${stringify(standard)}- { name: EdgeHci, networks: [InternalApi], ServicesDefault: ['${service('Memcached')}'] }\n`,
    /EdgeHci\.name: differs from EdgeHCI in capitals alone/,
    /another name/,
  ],
  [
    'a name of a resource of TripleO’s templates',
    `${stringify(standard)}- { name: Networks, networks: [InternalApi], ServicesDefault: ['${service('Memcached')}'] }\n`,
    /Networks\.name: is a name that TripleO’s templates use for something else/,
    /another name/,
  ],
  [
    'keys that only TripleO’s own role has',
    changed(({ bus }) => Object.assign(bus, { uses_deprecated_params: true })),
    /DatabaseBus\.uses_deprecated_params: is for old names of parameters/,
    /^Take it out$/,
  ],
  [
    'a value within itself',
    `${stringify(standard)}- { name: Loop, networks: [], ServicesDefault: [], RoleParametersDefault: &all { Inner: *all } }\n`,
    /^roles.yaml: has aliases/,
    /Write the values out/,
  ],
  [
    'an alias without an anchor',
    stringify(standard).replace('description: ', 'description: *nowhere #'),
    /^roles.yaml: has aliases/,
    /Write the values out/,
  ],
  [
    'a role without services',
    `${stringify(standard)}- { name: Bare, networks: [InternalApi], ServicesDefault: [] }\n`,
    /Bare\.ServicesDefault: names no service/,
    /copy of a role of TripleO/,
  ],
  [
    'a monitor without a manager',
    changed(({ edge }) => without(edge, 'CephMgr')),
    /EdgeHCI\.ServicesDefault: has CephMon and not CephMgr/,
    /Add OS::TripleO::Services::CephMgr/,
  ],
  [
    'a manager without a monitor',
    `${stringify(standard)}- { name: Mgr, networks: [Storage], ServicesDefault: ['${service('CephMgr')}'] }\n`,
    /Mgr\.ServicesDefault: has CephMgr and not CephMon/,
    /Add OS::TripleO::Services::CephMon/,
  ],
  [
    'servers without libvirt',
    changed(({ edge }) => without(edge, 'NovaLibvirt')),
    /EdgeHCI\.ServicesDefault: has NovaCompute and not NovaLibvirt/,
    /Add OS::TripleO::Services::NovaLibvirt/,
  ],
  [
    'a database without Pacemaker',
    changed(({ bus }) => without(bus, 'Pacemaker')),
    /DatabaseBus\.ServicesDefault: has MySQL and not Pacemaker, which starts it/,
    /Add OS::TripleO::Services::Pacemaker/,
  ],
  [
    'a secret in a list',
    changed(({ edge }) => Object.assign(edge, { tags: ['https://user:hush@host/'] })),
    /EdgeHCI\.tags\.0: has a password in a URL/,
    /^Take it out$/,
  ],
  [
    'a name with a hyphen',
    changed(({ bus }) => Object.assign(bus, { name: 'Database-Bus' })),
    /Database-Bus\.name: is not a name of a role/,
    /letters and digits only/,
  ],
  [
    'a misspelt key',
    changed(({ bus }) => Object.assign(bus, { HostnameFormatDefaul: '%stackname%-db-%index%' })),
    /line \d+, DatabaseBus\.HostnameFormatDefaul: is not a key of a role/,
    /Did you mean HostnameFormatDefault\?/,
  ],
  [
    'a count that is no number',
    changed(({ api }) => Object.assign(api, { CountDefault: 'three' })),
    /ControlApi\.CountDefault: is not a whole number \(it is "three"\)/,
    /Write a whole number/,
  ],
  [
    'tags that are no list',
    changed(({ api }) => Object.assign(api, { tags: 'primary' })),
    /ControlApi\.tags: is not a list of texts \(it is "primary"\)/,
    /a list of texts/,
  ],
  [
    'a misspelt service',
    changed(({ bus }) => bus.ServicesDefault.push(service('MySQLClent'))),
    /DatabaseBus\.ServicesDefault\.\d+: is no service of TripleO/,
    /Did you mean OS::TripleO::Services::MySQLClient\?/,
  ],
  [
    'a service without its prefix',
    changed(({ bus }) => bus.ServicesDefault.push('Redis')),
    /is not the name of a service \(it is "Redis"\)/,
    /such as OS::TripleO::Services::Redis/,
  ],
  [
    'a service twice',
    changed(({ bus }) => bus.ServicesDefault.push(service('MySQL'))),
    /is in the list twice/,
    /Take one of them out/,
  ],
  [
    'services of the control plane and of an edge site',
    changed(({ bus }) => bus.ServicesDefault.push(service('GlanceApiEdge'))),
    /DatabaseBus\.ServicesDefault: has GlanceApiEdge, which edge sites have, and MySQL/,
    /for one kind of site/,
  ],
  [
    'a misspelt network',
    changed(({ bus }) => Object.assign(bus, { networks: ['InternalApi', 'Storge'] })),
    /DatabaseBus\.networks\.Storge: is not a network of TripleO/,
    /Did you mean Storage\?/,
  ],
  [
    'no network for a service',
    changed(({ edge }) => Object.assign(edge, { networks: { InternalApi: {}, Storage: {}, Tenant: {} } })),
    /EdgeHCI\.networks: lacks StorageMgmt, on which CephOSD works/,
    /Add StorageMgmt/,
  ],
  [
    'no network for a virtual address',
    changed(({ api }) => Object.assign(api, { networks: ['External', 'InternalApi', 'Storage', 'Tenant'] })),
    /ControlApi\.networks: lacks StorageMgmt, on which HAproxy works/,
    /Add StorageMgmt/,
  ],
  [
    'no default route by External',
    changed(({ api }) => delete api.default_route_networks),
    /ControlApi\.default_route_networks: is not \[External\]/,
    /Write default_route_networks: \[External\]/,
  ],
  [
    'a format of host names without the role',
    changed(({ bus }) => Object.assign(bus, { HostnameFormatDefault: '%stackname%-%index%' })),
    /DatabaseBus\.HostnameFormatDefault: is not a format/,
    /%stackname%-NAME-%index%/,
  ],
  [
    'host names with which those of another role begin',
    changed(({ edge }) => Object.assign(edge, { HostnameFormatDefault: '%stackname%-hci-%index%' })),
    /EdgeHCI\.HostnameFormatDefault: gives hosts a part of the name that those of DistributedComputeHCIScaleOut have/,
    /no other role’s names/,
  ],
  [
    'a parameter that follows from the lab file',
    changed(({ api }) => Object.assign(api, { RoleParametersDefault: { GlanceBackend: 'swift' } })),
    /ControlApi\.RoleParametersDefault\.GlanceBackend: cannot be set by a role/,
    /follows from the topology/,
  ],
  [
    'a service that the sandbox does not have',
    changed(({ api }) => api.ServicesDefault.push(service('GlanceApiInternal'))),
    /ControlApi\.ServicesDefault: has OS::TripleO::Services::GlanceApiInternal/,
    /for labs on the sandbox/,
  ],
];

test.each(cases)('role data with %s', (_, text, message, remedy) => {
  const faults = faultsWith(text);
  expect(faults.map(({ path: place, line }) => [place, line])).toEqual([['glance-dcn:rolesData', 2]]);
  expect(faults[0]?.message).toMatch(message);
  expect(faults[0]?.remedy).toMatch(remedy);
});

test('a secret in role data is refused, and its text is in no message', () => {
  const text = changed(({ api }) =>
    Object.assign(api, { RoleParametersDefault: { AdminPassword: 'hush-hush' }, description: 'api' }),
  );
  const faults = faultsWith(text);
  expect(faults.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /line \d+, ControlApi\.RoleParametersDefault\.AdminPassword: has the name of a secret/,
    ),
  ]);
  expect(JSON.stringify(faults)).not.toContain('hush');
});

test('all faults of role data come at once, with those of the lab file', () => {
  const text = changed(({ api, bus }) => {
    Object.assign(api, { tags: 3, update_serial: 'one' });
    bus.ServicesDefault.push('Redis');
  });
  const places = faultsWith(text, splitText.replace('index: 3', 'index: 2')).map(({ path: place }) => place);
  expect(places).toHaveLength(4);
  expect(new Set(places)).toEqual(new Set(['glance-dcn:rolesData', 'glance-dcn:sites.dcn0.racks.r1.index']));
});

test('a role data file that is not there is one fault, and its roles are none', () => {
  const faults = faultsOf(splitText, 'dev', () => {
    throw new Error('ENOENT: no such file');
  });
  expect(faults.map(({ path: place }) => place)).toEqual(['glance-dcn:rolesData']);
  expect(faults[0]?.message).toMatch(/ENOENT/);
});
