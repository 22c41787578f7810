import { parseLab, planLab, type SitePlan } from '../../model';
import { type Case, labText, testCases } from './labs';

const named = labText({
  controlPlane: '{ stack: central, nodes: { c-0: Controller, s-0: CephStorage, n-0: Compute } }',
  edges: '    dcn0: { stack: leaf-1, nodes: { h-0: DistributedComputeHCI } }\n',
});

/** The steps of a site: their commands, teardown and files as one text. */
const textOf = ({ steps }: SitePlan): string =>
  JSON.stringify(steps.map(({ commands, teardown, files }) => ({ commands, teardown, files })));

test('each verb of a site gets the name of its stack, and files keep the name of the site', () => {
  const sites = planLab(parseLab('dev', named)).sites;
  expect(sites.map(({ name, stack }) => [name, stack])).toEqual([
    ['control-plane', 'central'],
    ['dcn0', 'leaf-1'],
  ]);
  for (const { name, stack, steps } of sites) {
    const words = steps.flatMap(({ commands, teardown }) => [...commands, ...teardown]);
    const stacks = words.flatMap((command) => command.filter((_, at) => command[at - 1] === '--stack'));
    expect(stacks.length).toBeGreaterThan(5);
    expect(new Set(stacks)).toEqual(new Set([stack]));
    const deletes = words.filter((command) => command[2] === 'delete');
    expect(deletes.map((command) => command.at(-1))).toEqual(deletes.map(() => stack));
    const [vips] = steps.filter((step) => step.name === 'vip-provision');
    expect(vips?.files[`${name}/vip_data.yaml`]).toContain(`dns_name: ${stack}\n`);
  }
});

test('a name of a stack changes nothing but this name', () => {
  const [before] = planLab(parseLab('dev', labText())).sites.slice(1) as [SitePlan];
  const edges = '    dcn0: { stack: leaf-1, nodes: { h-0: DistributedComputeHCI } }\n';
  const [after] = planLab(parseLab('dev', labText({ edges }))).sites.slice(1) as [SitePlan];
  const renamed = textOf(before)
    .replaceAll('"--stack","dcn0"', '"--stack","leaf-1"')
    .replaceAll('"--skip-ipa-cleanup","dcn0"', '"--skip-ipa-cleanup","leaf-1"')
    .replaceAll('dns_name: dcn0', 'dns_name: leaf-1');
  expect(textOf(after)).toBe(renamed);
});

test('a cluster without an overcloud is exported from the folder of its stack', () => {
  const text = labText({
    controlPlane: '{ nodes: { c-0: Controller } }',
    edges: '    external-ceph: { stack: ceph, nodes: { s-0: CephAll } }\n',
  });
  const [site] = planLab(parseLab('dev', text)).sites as [SitePlan];
  const commands = site.steps.find(({ name }) => name === 'ceph-export')?.commands;
  expect(commands?.[0]).toEqual(['mkdir', '-p', '/home/stack/overcloud-deploy/ceph/cephadm']);
  expect(commands?.[1]?.join(' ')).toContain('export ceph -f --stack ceph ');
});

const dcn0 = 'glance-dcn:sites.dcn0.stack';
const withEdges = (...sites: string[]): string =>
  labText({ edges: sites.map((site) => `    ${site}\n`).join('') });

const cases: Case[] = [
  ...['Dcn0', 'dcn_0', '0dcn', 'dcn0,dcn1', '-dcn', 'a'.repeat(64)].map((name): Case => [
    `stack ${name}`,
    withEdges(`dcn0: { stack: "${name}", nodes: { h-0: DistributedComputeHCI } }`),
    dcn0,
    /lower-case letters/,
  ]),
  ...['stack', 'undercloud', 'all'].map((name): Case => [
    `stack ${name}, a name that TripleO uses itself`,
    withEdges(`dcn0: { stack: ${name}, nodes: { h-0: DistributedComputeHCI } }`),
    dcn0,
    /Write another name/,
  ]),
  [
    'stack with the name of another site',
    withEdges('dcn0: { stack: control-plane, nodes: { h-0: DistributedComputeHCI } }'),
    dcn0,
    /no other site/,
  ],
  [
    'stack of two sites',
    withEdges(
      'dcn0: { stack: leaf, nodes: { h-0: DistributedComputeHCI } }',
      'dcn1: { stack: leaf, nodes: { h-1: DistributedComputeHCI } }',
    ),
    'glance-dcn:sites.dcn1.stack',
    /no other site/,
  ],
  [
    'stack of a Ceph cluster that exists already',
    labText({
      controlPlane: '{ nodes: { c-0: Controller } }',
      edges:
        '    external-ceph: { stack: ceph, ceph: { existing: { fsid: 4b5c8c0a-ff60-454b-a1b4-9747aa737d19, ' +
        'monitors: [192.0.2.1], keyring: /home/stack/key } } }\n',
    }),
    'glance-dcn:sites.external-ceph.stack',
    /Take it out/,
  ],
];

testCases(cases);
