import { parse, stringify } from 'yaml';
import { longestMinutes, parseLab, planLab, planSite, stepRevision } from '../../model';
import { verbNames } from '../../model/names';
import { stepArguments } from '../../model/stepArguments';
import { verbOf, wallaby } from '../tripleo/contract';
import { type Case, faultsOf, labWithEdge, shipped, shippedFiles, testCases } from './labs';

const edge = (steps: string) => labWithEdge(`{ steps: ${steps}, nodes: { h-0: DistributedComputeHCI } }`);
const place = 'glance-dcn:sites.dcn0.steps';

const stepOf = (steps: string, name: (typeof verbNames)[number]) => {
  const site = planSite(parseLab('dev', edge(steps)), 'dcn0');
  const step = site.steps.find((found) => found.name === name)!;
  return { ...step, revision: stepRevision(site, name), words: step.commands.map((argv) => argv.join(' ')) };
};

test('options reach the command of their step, and run the step and later ones again', () => {
  const plain = '{}';
  const given =
    '{ overcloud-config: { arguments: { ansible-forks: 50, inflight-validations: true } }, ' +
    'ceph-deploy: { arguments: { skip-hosts-config: true } } }';
  expect(stepOf(given, 'overcloud-config').words[0]).toMatch(/ --ansible-forks 50 --inflight-validations$/);
  expect(stepOf(given, 'ceph-deploy').words[0]).toMatch(/ --skip-hosts-config$/);
  expect(stepOf(given, 'ceph-deploy').words.slice(1)).toEqual(stepOf(plain, 'ceph-deploy').words.slice(1));
  expect(stepOf(given, 'overcloud-stack').words).toEqual(stepOf(plain, 'overcloud-stack').words);
  const changed = verbNames.filter((name) =>
    ['node-provision', 'ceph-deploy', 'overcloud-stack', 'overcloud-config'].includes(name),
  );
  expect(changed.map((name) => stepOf(given, name).revision !== stepOf(plain, name).revision)).toEqual([
    false,
    true,
    true,
    true,
  ]);
});

test('a time limit is that of the job, and runs nothing again unless the client has a limit, too', () => {
  const given = '{ ceph-deploy: { limitMinutes: 200 }, overcloud-config: { limitMinutes: 30 } }';
  expect(stepOf(given, 'ceph-deploy').limitMinutes).toBe(200);
  expect(stepOf(given, 'overcloud-config').limitMinutes).toBe(30);
  expect(stepOf(given, 'overcloud-config').revision).toBe(stepOf('{}', 'overcloud-config').revision);
  const longer = stepOf(`{ overcloud-config: { limitMinutes: ${longestMinutes} } }`, 'overcloud-config');
  expect(longer.words[0]).toContain(` --timeout ${longestMinutes} `);
});

test.each(shippedFiles)(
  '%s: each site accepts settings of the steps that it has, and of no others',
  (file) => {
    const text = shipped(file);
    for (const site of planLab(parseLab('dev', text)).sites) {
      for (const step of verbNames) {
        const content = parse(text) as { config: Record<string, Record<string, object>> };
        const sites = content.config['glance-dcn:sites']!;
        sites[site.name] = { ...sites[site.name], steps: { [step]: { limitMinutes: 9 } } };
        const wanted = site.steps.some(({ name }) => name === step)
          ? []
          : [`glance-dcn:sites.${site.name}.steps.${step}`];
        const found = faultsOf(stringify(content)).map((fault) => fault.path);
        expect(found.filter((path) => path.includes('.steps'))).toEqual(wanted);
      }
    }
  },
);

test('Wallaby’s client has all options that a lab file may add', () => {
  const site = planSite(parseLab('dev', edge('{}')), 'dcn0');
  for (const [step, options] of Object.entries(stepArguments)) {
    const argv = site.steps.find(({ name }) => name === step)!.commands[0]!;
    expect(wallaby[verbOf(argv).verb]).toEqual(
      expect.arrayContaining(Object.keys(options).map((name) => `--${name}`)),
    );
  }
});

const refused = (fault: string, step: string, option: string, remedy: RegExp): Case => [
  fault,
  edge(`{ ${step}: { arguments: { ${option} } } }`),
  `${place}.${step}.arguments.${option.split(':')[0]}`,
  remedy,
];

const cases: Case[] = [
  refused('a run on some hosts', 'overcloud-config', 'limit: h-0', /count as done/),
  refused('a run of some tasks', 'overcloud-config', 'tags: facts', /count as done/),
  refused('environment files', 'overcloud-stack', 'environment-file: /x.yaml', /write environments/),
  refused('the name of the stack', 'overcloud-stack', 'stack: x', /write stack/),
  refused('the time limit of the client', 'overcloud-stack', 'timeout: 300', /write limitMinutes/),
  refused('an option of the plan', 'overcloud-stack', 'rm-heat: true', /follows from the plan/),
  refused('a password', 'ceph-deploy', 'registry-password: x', /everybody can read/),
  refused('the user of Ceph', 'ceph-deploy', 'ceph-client-username: x', /ceph: { user: … }/),
  refused('an option of another step', 'ceph-deploy', 'ansible-forks: 5', /one of skip-hosts-config/),
  refused('an option of a verb without any', 'vip-provision', 'x: 1', /vip-provision has none/),
  refused('a value of a switch', 'ceph-deploy', 'skip-hosts-config: 1', /Write true/),
  refused('a relative path', 'overcloud-config', 'override-ansible-cfg: ansible.cfg', /absolute path/),
  refused('no number', 'overcloud-config', 'ansible-forks: many', /Write a number/),
  [
    'an option with its hyphens',
    edge('{ overcloud-config: { arguments: { --ansible-forks: 5 } } }'),
    `${place}.overcloud-config.arguments.--ansible-forks`,
    /without the hyphens/,
  ],
  [
    'a step of the control plane',
    edge('{ overcloud-export: { limitMinutes: 5 } }'),
    `${place}.overcloud-export`,
    /one of network-provision, /,
  ],
  ['no step', edge('{ overcloud-deploy: { limitMinutes: 5 } }'), `${place}.overcloud-deploy`, /./],
  [
    'a limit that registrations of stores do not wait for',
    edge(`{ overcloud-config: { limitMinutes: ${longestMinutes + 1} } }`),
    `${place}.overcloud-config.limitMinutes`,
    /480/,
  ],
];

testCases(cases);
