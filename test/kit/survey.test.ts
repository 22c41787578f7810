import * as fs from 'node:fs';
import { parse, stringify } from 'yaml';
import { parseLab, planLab, type Survey, surveyAnswer } from '../../model';
import { hostKeyOf } from '../hostKeys';
import { devText } from '../model/labs';
import { layOut, secrets } from './deployedTree';
import { FakeServices } from './fakeServices';
import { lab } from './storeLab';
import { type TestUndercloud, within } from './undercloud';

/* `kit survey`: what it reads of a deployed tree, what it leaves out, and what a file that it cannot read costs. */

jest.setTimeout(120_000);

const plan = planLab(parseLab('dev', devText));
const deployed = (work: (here: TestUndercloud) => Promise<void>) =>
  within(async (here) => {
    await layOut(here, plan, { dcn0: { '/home/stack/own.yaml': { ...own } } });
    await work(here);
  });

/** Parameters of an operator: some with secrets in places where a value is taken otherwise. */
const own = {
  OwnServicePassword: secrets.token,
  Debug: true,
  NtpServer: { server: secrets.token },
  DnsServers: ['192.0.2.53'],
  GlanceMultistoreConfig: { far: { GlanceBackend: 'swift', SwiftPassword: secrets.token } },
  ControllerExtraConfig: { 'keystone::admin_password': secrets.token, 'nova::debug': true },
  DistributedComputeHCIParameters: { NovaReservedHostMemory: 9000, OwnServicePassword: secrets.token },
  CephPools: [{ name: 'images', key: secrets.ceph }],
};

const stackOf = (survey: Survey, name: string): Survey['stacks'][number] =>
  survey.stacks.find((stack) => stack.name === name)!;

test(
  'takes parameters by name, names of all parameters, and no secret; writes nothing',
  deployed(async (here) => {
    const before = filesOf(here);
    const { stdout, stderr, code } = await here.kit(['survey']);
    expect(code).toBe(0);
    for (const secret of Object.values(secrets)) {
      expect(stdout + stderr).not.toContain(secret);
    }
    const { parameters, parameterNames, environments } = stackOf(JSON.parse(stdout) as Survey, 'dcn0');
    expect(parameters).toMatchObject({
      Debug: true,
      DnsServers: ['192.0.2.53'],
      ControllerExtraConfig: { 'nova::debug': true },
    });
    expect(parameters).not.toHaveProperty('NtpServer');
    expect(parameterNames).toEqual(
      expect.arrayContaining([
        'NtpServer',
        'OwnServicePassword',
        'GlancePassword',
        'ControllerExtraConfig.keystone::admin_password',
      ]),
    );
    expect(environments).toContainEqual({
      path: '/home/stack/own.yaml',
      parameters: Object.keys(own).sort(),
    });
    expect(filesOf(here)).toEqual(before);
    expect(here.calls().every(({ words }) => /^subnet (list|show) /.test(words))).toBe(true);
  }),
);

/** All files of the home with the times of their changes, without notes of the fakes. */
function filesOf(here: TestUndercloud): Record<string, number> {
  const names = fs.readdirSync(here.home, { recursive: true, encoding: 'utf8' });
  const own = names.filter((name) => !/^(calls|ssh-)|__pycache__/.test(name));
  return Object.fromEntries(own.map((name) => [name, fs.statSync(here.path(name)).mtimeMs]));
}

test(
  'parameters that came from no file of TripleO, and are no passwords, are the operator’s, also where no file of theirs is kept',
  deployed(async (here) => {
    const file = inDcn0('environment/tripleo-dcn0-environment.yaml');
    const environment = parse(here.read(file)) as { parameter_defaults: Record<string, unknown> };
    Object.assign(environment.parameter_defaults, {
      ...{ ContainerCli: 'podman', NeutronMechanismDrivers: 'sriov', OwnSetting: 1 },
      ...{ GlancePassword: 'that of another stack', FromClient: true },
    });
    here.write(file, stringify(environment));
    const tree = inDcn0('tripleo-heat-templates');
    fs.rmSync(here.path(tree), { recursive: true });
    const write = (name: string, values: object) =>
      here.write(`${tree}/${name}`, stringify({ parameter_defaults: values }));
    write('environments/podman.yaml', { ContainerCli: 'podman' });
    write('environments/network-environment.yaml', { NeutronMechanismDrivers: 'ovn' });
    write('environments/other.yaml', { OwnSetting: 1 });
    write('user-environments/tripleoclient-parameters.yaml', { FromClient: true });
    const { written } = stackOf(await here.json<Survey>(['survey', 'dcn0']), 'dcn0');
    expect(written).toEqual(
      expect.arrayContaining(['NeutronMechanismDrivers', 'OwnSetting', 'GlanceBackendID']),
    );
    expect(written).not.toEqual(expect.arrayContaining(['ContainerCli']));
    expect(written).not.toEqual(expect.arrayContaining(['GlancePassword']));
    expect(written).not.toEqual(expect.arrayContaining(['FromClient']));
  }),
);

test(
  'the labs that have records on the undercloud, with their stacks',
  deployed(async (here) => {
    const labs = async () => (await here.json<Survey>(['survey', 'dcn0'])).labs;
    expect(await labs()).toEqual({});
    const deploy = here.job('dcn0/overcloud-stack', {
      commands: ['openstack overcloud deploy --stack leaf-0'],
    });
    await here.json(['job', 'run'], deploy);
    here.write('dcn/far/adoption.json', '{"sites": {}}');
    expect(await labs()).toEqual({
      dev: { stacks: ['leaf-0'], isAdopting: false },
      far: { stacks: [], isAdopting: true },
    });
  }),
);

test(
  'some stacks; without these names, or without any stack, it is refused',
  deployed(async (here) => {
    const { stacks } = await here.json<Survey>(['survey', 'dcn1', 'control-plane']);
    expect(stacks.map(({ name }) => name)).toEqual(['dcn1', 'control-plane']);
    const top = here.path('overcloud-deploy');
    expect(await here.kit(['survey', 'dcn1', 'dcn7'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        `${top} has no dcn7; it has control-plane, dcn0, dcn1: TripleO writes`,
      ) as string,
    });
    fs.rmSync(top, { recursive: true });
    expect((await here.kit(['survey'])).stderr).toContain(`${top} has no stack; it has nothing`);
  }),
);

const inDcn0 = (file: string): string => `overcloud-deploy/dcn0/${file}`;

test.each<[string, (here: TestUndercloud) => void, { what: string; why: string }]>([
  [
    'a file that is missing',
    (here) => fs.rmSync(here.path(inDcn0('tripleo-dcn0-roles-data.yaml'))),
    { what: 'tripleo-dcn0-roles-data.yaml', why: 'there is no such file' },
  ],
  [
    'a file that is no YAML, which is not quoted',
    (here) => here.write(inDcn0('environment/tripleo-dcn0-environment.yaml'), `{ ${secrets.token}: [`),
    { what: 'environment/tripleo-dcn0-environment.yaml', why: 'is not YAML' },
  ],
  [
    'a file of another form',
    (here) => here.write(inDcn0('tripleo-dcn0-network-data.yaml'), stringify([{ subnets: ['x'] }])),
    { what: 'tripleo-dcn0-network-data.yaml', why: 'has another form than TripleO gives it' },
  ],
  [
    'a file that is a map in place of a list',
    (here) => here.write(inDcn0('tripleo-dcn0-virtual-ips.yaml'), 'a: b\n'),
    { what: 'tripleo-dcn0-virtual-ips.yaml', why: 'is no list' },
  ],
  ...[
    `parameter_defaults: [${secrets.token}]\n`,
    'resource_registry: [x]\n',
    'parameter_defaults: &all {OwnParameters: *all}\n',
  ].map((text): [string, (here: TestUndercloud) => void, { what: string; why: string }] => [
    `an environment with ${text.trim()}`,
    (here) => here.write(inDcn0('environment/tripleo-dcn0-environment.yaml'), text),
    { what: 'tripleo-dcn0-environment.yaml', why: 'has another form than TripleO gives it' },
  ]),
  [
    'an environment file of the operator with a list in place of parameters, whose members stay',
    (here) =>
      here.write(
        inDcn0('tripleo-heat-templates/user-environments/x/odd.yaml'),
        `parameter_defaults: [${secrets.token}]\n`,
      ),
    { what: 'user-environments/x/odd.yaml', why: 'has another form than TripleO gives it' },
  ],
  ...['{ mtu: 1500 }', '{ name: Storage, mtu: .inf }', '{ name: Storage, subnets: { a: { vlan: x } } }'].map(
    (text): [string, (here: TestUndercloud) => void, { what: string; why: string }] => [
      `a network ${text}`,
      (here) => here.write(inDcn0('tripleo-dcn0-network-data.yaml'), `- ${text}\n`),
      { what: 'tripleo-dcn0-network-data.yaml', why: 'has another form than TripleO gives it' },
    ],
  ),
  [
    'Neutron that does not answer',
    (here) => here.behave('echo "no Neutron" >&2; exit 1'),
    { what: "ctlplane in the undercloud's Neutron", why: 'no Neutron' },
  ],
])('%s is a note, and the rest is there', async (_, damage, { what, why }) =>
  deployed(async (here) => {
    damage(here);
    const { stdout, code } = await here.kit(['survey', 'control-plane', 'dcn0']);
    expect(code).toBe(0);
    expect(stdout).not.toContain(secrets.token);
    const { stacks, unseen } = JSON.parse(stdout) as Survey;
    expect(unseen).toContainEqual({
      what: expect.stringContaining(what) as string,
      why: expect.stringContaining(why) as string,
    });
    expect(stacks.map(({ hosts }) => hosts.length)).toEqual([7, 1]);
  })(),
);

test(
  'YAML that has numbers in place of texts, and numbers that JSON does not have, keeps to the contract',
  deployed(async (here) => {
    const networks =
      '- {name: Storage, dns_domain: 3, mtu: "1500", ipv6: "true", subnets: {a: {gateway_ip: 1}}}\n';
    here.write(inDcn0('tripleo-dcn0-network-data.yaml'), networks);
    here.write(inDcn0('tripleo-dcn0-virtual-ips.yaml'), '- {network: storage, ip_address: 5}\n');
    here.write(
      inDcn0('environment/tripleo-dcn0-environment.yaml'),
      'parameter_defaults: {CephPoolDefaultSize: .inf, GlanceBackend: rbd}\n',
    );
    const hosts = 'DistributedComputeHCI: {hosts: {12: {ctlplane_ip: 10.0.16.74}}}\n';
    here.write(inDcn0('tripleo-ansible-inventory.yaml'), hosts);
    const dcn0 = stackOf(surveyAnswer.parse(await here.json(['survey', 'dcn0'])), 'dcn0');
    expect(dcn0).toMatchObject({
      networks: [{ name: 'Storage', dns_domain: '3', mtu: 1500, subnets: { a: { gateway_ip: '1' } } }],
      vips: { storage: '5' },
      hosts: [{ name: '12' }],
    });
    expect(dcn0.parameters).toEqual({ GlanceBackend: 'rbd' });
  }),
);

test(
  'host keys: those that the undercloud knows; else hosts show theirs, and a dead one has none',
  deployed(async (here) => {
    const [known, shown, dead] = ['10.0.0.10', '10.0.16.74', '10.0.17.75'];
    const lines = here.read('.ssh/known_hosts').split('\n');
    here.write('.ssh/known_hosts', `${lines.find((line) => line.startsWith(`${known} `))}\n`);
    here.write('shows', `# ${shown}:22 SSH-2.0\n${shown} ssh-rsa AAAA\n${shown} ${hostKeyOf('shown')}\n`);
    here.write('bin/ssh-keyscan', '#!/bin/bash\nprintf "%s\\n" "$*" >>~/scans\ncat ~/shows\n');
    fs.chmodSync(here.path('bin/ssh-keyscan'), 0o755);
    const { hostKeys } = await here.json<Survey>(['survey']);
    expect(hostKeys[known]).toEqual({ key: hostKeyOf('oc0-controller-0'), isKnown: true });
    expect(hostKeys[shown]).toEqual({ key: hostKeyOf('shown'), isKnown: false });
    expect(hostKeys).not.toHaveProperty([dead]);
    // One call for all hosts, and none for a host whose key is known.
    expect(here.read('scans')).toMatch(/^-T 5 [^\n]* 10\.0\.16\.74 10\.0\.17\.75\n$/);
    expect(here.read('scans')).not.toContain(`${known} `);
  }),
);

test(
  'Glance’s stores and Nova’s zones, by the rc file of the stack with Keystone',
  lab(async (here, glance) => {
    await layOut(here, plan);
    const services = new FakeServices();
    await services.open();
    glance.services = services.catalog;
    glance.stores = ['central', 'dcn0'];
    services.computes = [{ id: 'a', host: 'oc0-ceph-4.localdomain', zone: 'dcn0' }];
    const { clouds, unseen } = await here.json<Survey>(['survey']);
    await services.close();
    expect(clouds).toEqual({
      'control-plane': { stores: ['central', 'dcn0'], zones: { dcn0: ['oc0-ceph-4'] } },
    });
    expect(unseen).toEqual([]);
  }),
);
