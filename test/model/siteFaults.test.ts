import { type Case, faultsOf, labText, labWithControlPlane, labWithEdge, smallEdge, testCases } from './labs';

const controlPlane = 'glance-dcn:sites.control-plane';
const dcn0 = 'glance-dcn:sites.dcn0';

const cases: Case[] = [
  ['no control-plane', labText().replace(/.*control-plane.*\n/, ''), 'glance-dcn:sites', /Add control-plane/],
  [
    'misspelt control-plane',
    labText().replace('control-plane', 'controlplane'),
    'glance-dcn:sites.controlplane',
    /Did you mean control-plane\?/,
  ],
  [
    'site name in upper case',
    labWithEdge('{ nodes: { h-0: DistributedComputeHCI } }', 'Dcn0'),
    'glance-dcn:sites.Dcn0',
    /lower-case/,
  ],
  [
    'site without a number',
    labWithEdge('{ nodes: { h-0: DistributedComputeHCI } }', 'rack'),
    'glance-dcn:sites.rack',
    /index: 16/,
  ],
  [
    'site with the name of the images stack',
    labWithEdge('{ nodes: { h-0: DistributedComputeHCI } }', 'images'),
    'glance-dcn:sites.images',
    /another one/,
  ],
  ...['stack', 'undercloud', 'allovercloud', 'all', 'ungrouped', 'localhost'].map((name): Case => [
    `site with the name ${name}, which TripleO uses itself`,
    labWithEdge('{ index: 16, nodes: { h-0: DistributedComputeHCI } }', name),
    `glance-dcn:sites.${name}`,
    /another one/,
  ]),
  [
    'central site without an external cluster',
    labWithEdge('{ nodes: { h-0: Compute } }', 'central'),
    'glance-dcn:sites.central',
    /into control-plane/,
  ],
  [
    'two sites with one number',
    labText({ edges: `${smallEdge}    edge0: { nodes: { h-1: DistributedComputeHCI } }\n` }),
    'glance-dcn:sites.edge0',
    /Write index: 17/,
  ],
  [
    'index below those of edge sites',
    labWithEdge('{ index: 3, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.index`,
    /from 16/,
  ],
  [
    'index beyond the ranges of the networks',
    labWithEdge('{ index: 1024, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.index`,
    /larger ranges/,
  ],
  [
    'index of the control plane',
    labWithControlPlane('{ index: 20, nodes: { c-0: Controller, s-0: CephStorage } }'),
    `${controlPlane}.index`,
    /Take it out/,
  ],
  ['empty site', labWithEdge(''), dcn0, /keys and values/],
  ['site without nodes', labWithEdge('{ ceph: { cluster: dcn0 } }'), `${dcn0}.nodes`, /`name: Role`/],
  ['site with no node', labWithEdge('{ nodes: {} }'), `${dcn0}.nodes`, /`name: Role`/],
  [
    'misspelt key of a site',
    labWithEdge('{ node: {}, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.node`,
    /Did you mean nodes\?/,
  ],
  [
    'parameter name in lower case',
    labWithEdge('{ parameters: { nova-foo: 1 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.nova-foo`,
    /CamelCase/,
  ],
  [
    'parameter that the project sets',
    labWithEdge('{ parameters: { GlanceBackendID: x }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.GlanceBackendID`,
    /ceph: \{ store/,
  ],
  [
    'parameter that node provision sets',
    labWithEdge('{ parameters: { DistributedComputeHCICount: 2 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.DistributedComputeHCICount`,
    /Take it out/,
  ],
  ...(
    [
      ['GlanceRbdPoolName', /pools: { images: { name: … } }/],
      ['NovaRbdPoolName', /pools: { vms: { name: … } }/],
      ['CinderRbdPoolName', /pools: { volumes: { name: … } }/],
      ['CinderRbdExtraPools', /one pool in each cluster/],
    ] as const
  ).map(([name, remedy]): Case => [
    `${name}, although the pools are those of the lab file`,
    labWithEdge(`{ parameters: { ${name}: x }, nodes: { h-0: DistributedComputeHCI } }`),
    `${dcn0}.parameters.${name}`,
    remedy,
  ]),
  [
    'pool for one role',
    labWithEdge(
      '{ parameters: { DistributedComputeHCIParameters: { NovaRbdPoolName: x } }, nodes: { h-0: DistributedComputeHCI } }',
    ),
    `${dcn0}.parameters.DistributedComputeHCIParameters.NovaRbdPoolName`,
    /pools: { vms: { name: … } }/,
  ],
  [
    'user of Ceph',
    labWithEdge('{ parameters: { CephClientUserName: x }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.CephClientUserName`,
    /ceph: { user: … } at the site with the cluster/,
  ],
  ...[
    'EnableInternalTLS: true',
    'EnableInternalTLS: "yes"',
    'EnableInternalTLS: "T"',
    'EnableEtcdInternalTLS: true',
  ].map((setting): Case => [
    `${setting}, which cannot work`,
    labWithEdge(`{ parameters: { ${setting} }, nodes: { h-0: DistributedComputeHCI } }`),
    `${dcn0}.parameters.${setting.split(':')[0]}`,
    /host names with a domain/,
  ]),
  [
    'environment file of TLS everywhere',
    labWithEdge(
      '{ environments: [/usr/share/x/environments/ssl/enable-internal-tls.yaml], nodes: { h-0: DistributedComputeHCI } }',
    ),
    `${dcn0}.environments[0]`,
    /host names with a domain/,
  ],
  [
    'password among the parameters',
    labWithEdge('{ parameters: { AdminPassword: hush }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.AdminPassword`,
    /mode 0600/,
  ],
  [
    'environment by a relative path',
    labWithEdge('{ environments: [extra.yaml], nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.environments[0]`,
    /absolute path on the undercloud/,
  ],
];

testCases(cases);

test('TLS between services may be turned off', () => {
  expect(
    faultsOf(
      labWithEdge('{ parameters: { EnableInternalTLS: false }, nodes: { h-0: DistributedComputeHCI } }'),
    ),
  ).toEqual([]);
});

test('sites without a number get numbers of their own from the remedies', () => {
  const edge = (name: string, more = '') =>
    `    ${name}: { ${more}nodes: { ${name}-0: DistributedComputeHCI } }\n`;
  const edges = ['north', 'south', 'east'].map((name) => edge(name)).join('');
  const remedies = faultsOf(labText({ edges })).map(({ remedy }) => /index: (\d+)/.exec(remedy)?.[1]);
  expect(remedies).toEqual(['16', '17', '18']);
  const followed = ['north', 'south', 'east'].map((name, place) => edge(name, `index: ${remedies[place]}, `));
  expect(faultsOf(labText({ edges: followed.join('') }))).toEqual([]);
});
