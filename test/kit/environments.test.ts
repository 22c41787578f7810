import * as fs from 'node:fs';
import { stringify } from 'yaml';
import { faultsOf, labText } from '../model/labs';
import { type TestUndercloud, within } from './undercloud';

const parameters = (values: object) => stringify({ parameter_defaults: values });
const rule = { proto: 'tcp', dport: 11211, source: '10.0.0.0/8' };
const plan = parameters({ ExtraFirewallRules: { '121 memcached': rule, '122 ovn': rule } });

/** Runs the stack phase of a control plane with the plan's network.yaml, files of an operator, and files after them. */
function deploy(here: TestUndercloud, own: Record<string, object>, after: Record<string, string> = {}) {
  for (const [file, values] of Object.entries(own)) {
    here.write(file, parameters(values));
    fs.chmodSync(here.path(file), 0o600);
  }
  const files = { 'control-plane/network.yaml': plan, ...after };
  const inLab = (names: string[]) => names.map((name) => here.path(`dcn/dev/${name}`));
  const environments = [
    '/usr/share/openstack-tripleo-heat-templates/environments/podman.yaml',
    ...inLab(['control-plane/network.yaml']),
    ...Object.keys(own).map((file) => here.path(file)),
    ...inLab(Object.keys(after)),
  ];
  const options = environments.map((path) => `-e ${path}`).join(' ');
  const commands = [`openstack overcloud deploy --stack control-plane ${options} --stack-only`];
  return here.run(here.job('control-plane/overcloud-stack', { commands, files }));
}

test.concurrent(
  "refuses a map of an operator's file that replaces the plan's, before the job starts",
  within(async (here) => {
    const own = { ExtraFirewallRules: { '122 ovn': rule, '300 own': rule }, Debug: true, NtpServer: ['a'] };
    const refused = await deploy(here, { 'own.yaml': own });
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toMatch(
      /^control-plane\/overcloud-stack: ExtraFirewallRules in \S+\/own\.yaml replaces ExtraFirewallRules in \S+\/network\.yaml and lacks 121 memcached: write .* under `parameters`.* also where newer templates would merge the maps\n$/,
    );
    expect(here.calls()).toEqual([]);
  }),
);

test.concurrent(
  "refuses a map of an operator's file that the site's own parameters replace",
  within(async (here) => {
    const complete = { '121 memcached': rule, '122 ovn': rule };
    const last = parameters({ ExtraFirewallRules: { ...complete, '400 site': rule } });
    const own = { ExtraFirewallRules: { ...complete, '300 own': rule } };
    const refused = await deploy(here, { 'own.yaml': own }, { 'control-plane/parameters.yaml': last });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /parameters\.yaml replaces ExtraFirewallRules in \S+own\.yaml and lacks 300 own: /,
    );
  }),
);

test.concurrent(
  "refuses a map in Puppet's data that replaces one of an operator's file without its settings",
  within(async (here) => {
    const file = (options: object): object => ({ ExtraConfig: { 'glance::config::api_config': options } });
    const [own, planned] = [{ 'DEFAULT/x': { value: 1 } }, { 'DEFAULT/image_location_quota': { value: -1 } }];
    const deployed = (options: object) =>
      deploy(here, { 'own.yaml': file(own) }, { 'control-plane/parameters.yaml': parameters(file(options)) });
    const refused = await deployed(planned);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      /replaces ExtraConfig in \S+own\.yaml and lacks glance::config::api_config: DEFAULT\/x: write /,
    );
    expect(await deployed({ ...planned, ...own })).toMatchObject({ code: 0 });
  }),
);

test.concurrent(
  'accepts maps that the plan does not have, and complete ones',
  within(async (here) => {
    const ended = await deploy(here, {
      'one.yaml': { ExtraConfig: { a: 1 }, ControllerExtraConfig: { a: 1 } },
      'two.yaml': { ExtraConfig: { b: 1 }, ExtraFirewallRules: { '121 memcached': rule, '122 ovn': rule } },
    });
    expect(ended.code).toBe(0);
    expect(here.calls()).toHaveLength(1);
  }),
);

const cannotWork: [setting: object, place: string, remedy: RegExp][] = [
  [{ NovaRbdPoolName: 'fast' }, 'NovaRbdPoolName: fast', /write ceph: \{ pools: \{ vms: \{ name: … \} \} \}/],
  [{ GlanceRbdPoolName: 'g' }, 'GlanceRbdPoolName: g', /pools: \{ images: /],
  [{ CinderRbdPoolName: 'c' }, 'CinderRbdPoolName: c', /pools: \{ volumes: /],
  [{ CinderRbdExtraPools: 'fast' }, 'CinderRbdExtraPools: fast', /one pool in each cluster/],
  [{ CephClientUserName: 'ann' }, 'CephClientUserName: ann', /write ceph: \{ user: … \}/],
  [{ DistributedComputeHCIParameters: { NovaRbdPoolName: 'f' } }, 'NovaRbdPoolName: f', /take it out/],
  [{ EnableInternalTLS: true }, 'EnableInternalTLS: True', /host names with a domain/],
  [{ EnableEtcdInternalTLS: 'yes' }, 'EnableEtcdInternalTLS: True', /host names with a domain/],
];

test.concurrent(
  "refuses settings of an operator's file that cannot work, as the lab file refuses them among parameters",
  within(async (here) => {
    const own = Object.fromEntries(cannotWork.map(([setting], index) => [`own-${index}.yaml`, setting]));
    const { code, stderr } = await deploy(here, own);
    expect(code).toBe(2);
    const lines = stderr.split('\n').filter(Boolean);
    expect(lines).toHaveLength(cannotWork.length);
    cannotWork.forEach(([setting, place, remedy], index) => {
      expect(lines[index]).toContain(`own-${index}.yaml has ${place}, which cannot work: `);
      expect(lines[index]).toMatch(remedy);
      const edges = `    dcn0: { parameters: ${JSON.stringify(setting)}, nodes: { h-0: DistributedComputeHCI } }\n`;
      expect([place, faultsOf(labText({ edges })).length]).toEqual([place, 1]);
    });
    expect(here.calls()).toEqual([]);
  }),
);

test.concurrent(
  'accepts such settings with the values of TripleO, or where the plan has its own',
  within(async (here) => {
    const usual = {
      NovaRbdPoolName: 'vms',
      GlanceRbdPoolName: 'images',
      CinderRbdPoolName: 'volumes',
      CinderRbdExtraPools: '',
      CephClientUserName: 'openstack',
      EnableInternalTLS: false,
    };
    const after = { 'control-plane/own.yaml': parameters({ NovaRbdPoolName: 'theirs' }) };
    const ended = await deploy(here, { 'one.yaml': usual, 'two.yaml': { NovaRbdPoolName: 'other' } }, after);
    expect(ended).toMatchObject({ code: 0 });
  }),
);

test.concurrent(
  'refuses files that are no environment files in a sentence',
  within(async (here) => {
    for (const text of [
      '- a\n',
      'parameter_defaults: [a]\n',
      'parameter_defaults: { 1: 2 }\n',
      'a: [\n',
      '\t',
    ]) {
      here.write('odd.yaml', text);
      const commands = [`openstack overcloud deploy --stack control-plane -e ${here.path('odd.yaml')}`];
      const { stderr } = await here.run(here.job('control-plane/overcloud-stack', { commands }));
      expect(stderr).not.toMatch(/Traceback|Error:/);
    }
  }),
);
