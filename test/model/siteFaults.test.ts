import { type Case, labText, smallEdge, testCases } from './labs';

const controlPlane = (body: string) => labText({ controlPlane: body });
/** A lab whose control plane is a client of an external cluster. */
const withCeph = ({
  ceph = '{ nodes: { e-0: CephAll } }',
  controlPlane = '{ nodes: { c-0: Controller } }',
  central = '{ nodes: { n-0: Compute } }',
} = {}) =>
  labText({ controlPlane, edges: `    external-ceph: ${ceph}\n    central: ${central}\n${smallEdge}` });
const existing =
  'existing: { fsid: 4b5c8c0a-ff60-454b-a1b4-9747aa737d19, monitors: [192.0.2.1], keyring: /home/stack/k }';
const external = 'glance-dcn:sites.external-ceph';
const edge = (body: string, name = 'dcn0') => labText({ edges: `    ${name}: ${body}\n` });
const cp = 'glance-dcn:sites.control-plane';
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
    edge('{ nodes: { h-0: DistributedComputeHCI } }', 'Dcn0'),
    'glance-dcn:sites.Dcn0',
    /lower-case/,
  ],
  [
    'site without a number',
    edge('{ nodes: { h-0: DistributedComputeHCI } }', 'rack'),
    'glance-dcn:sites.rack',
    /index: 16/,
  ],
  [
    'site that the images stack would hide',
    edge('{ nodes: { h-0: DistributedComputeHCI } }', 'images'),
    'glance-dcn:sites.images',
    /another one/,
  ],
  [
    'central site without an external cluster',
    edge('{ nodes: { h-0: Compute } }', 'central'),
    'glance-dcn:sites.central',
    /into control-plane/,
  ],
  [
    'OSDs at a control plane whose cluster is an external one',
    withCeph({ controlPlane: '{ nodes: { c-0: Controller, s-0: CephStorage } }' }),
    `${cp}.nodes.s-0`,
    /Controller, Compute$/,
  ],
  [
    'a name for a cluster that is another site’s',
    withCeph({ controlPlane: '{ ceph: { cluster: east }, nodes: { c-0: Controller } }' }),
    `${cp}.ceph.cluster`,
    /write it at external-ceph/,
  ],
  [
    'a store at the central site',
    withCeph({ central: '{ ceph: { store: east }, nodes: { n-0: Compute } }' }),
    'glance-dcn:sites.central.ceph.store',
    /write it at external-ceph/,
  ],
  [
    'role of the edge at the central site',
    withCeph({ central: '{ nodes: { n-0: DistributedComputeHCI } }' }),
    'glance-dcn:sites.central.nodes.n-0',
    /Write one of Compute$/,
  ],
  [
    'role of an overcloud in an external cluster',
    withCeph({ ceph: '{ nodes: { e-0: CephAll, c-1: Compute } }' }),
    `${external}.nodes.c-1`,
    /CephAll, CephStorage/,
  ],
  [
    'index of the external cluster',
    withCeph({ ceph: '{ index: 20, nodes: { e-0: CephAll } }' }),
    `${external}.index`,
    /Take it out/,
  ],
  ['empty external cluster', withCeph({ ceph: '{ nodes: {} }' }), `${external}.nodes`, /`name: Role`/],
  [
    'external cluster without a monitor',
    withCeph({ ceph: '{ nodes: { e-0: CephStorage } }' }),
    `${external}.nodes`,
    /the role CephAll$/,
  ],
  [
    'external cluster with two monitors',
    withCeph({ ceph: '{ nodes: { e-0: CephAll, e-1: CephAll } }' }),
    `${external}.nodes`,
    /one or three of CephAll/,
  ],
  [
    'parameters for a cluster without an overcloud',
    withCeph({ ceph: '{ parameters: { NovaX: 1 }, nodes: { e-0: CephAll } }' }),
    `${external}.parameters`,
    /Take it out/,
  ],
  [
    'nodes beside a cluster that exists',
    withCeph({ ceph: `{ ceph: { ${existing} }, nodes: { e-0: CephAll } }` }),
    `${external}.nodes`,
    /Take them out/,
  ],
  [
    'a cluster that exists at an edge site',
    edge(`{ ceph: { ${existing} }, nodes: { h-0: DistributedComputeHCI } }`),
    `${dcn0}.ceph.existing`,
    /external-ceph/,
  ],
  [
    'a cluster that exists at a site of its clients',
    withCeph({ central: `{ ceph: { ${existing} }, nodes: { n-0: Compute } }` }),
    'glance-dcn:sites.central.ceph.existing',
    /external-ceph/,
  ],
  [
    'monitors by name',
    withCeph({ ceph: `{ ceph: { ${existing.replace('192.0.2.1', 'mon.example.org')} } }` }),
    `${external}.ceph.existing.monitors[0]`,
    /four numbers/,
  ],
  [
    'fsid that is none',
    withCeph({ ceph: `{ ceph: { ${existing.replace('4b5c8c0a-', '')} } }` }),
    `${external}.ceph.existing.fsid`,
    /ceph fsid/,
  ],
  [
    'a cluster name that the external cluster has',
    withCeph({ ceph: '{ ceph: { cluster: dcn0 }, nodes: { e-0: CephAll } }' }),
    dcn0,
    /no other site has/,
  ],
  [
    'two sites with one number',
    labText({ edges: `${smallEdge}    edge0: { nodes: { h-1: DistributedComputeHCI } }\n` }),
    'glance-dcn:sites.edge0',
    /Write index: 17/,
  ],
  [
    'index below the edge',
    edge('{ index: 3, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.index`,
    /from 16/,
  ],
  [
    'index beyond the networks',
    edge('{ index: 1024, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.index`,
    /larger ranges/,
  ],
  [
    'index of the control plane',
    controlPlane('{ index: 20, nodes: { c-0: Controller, s-0: CephStorage } }'),
    `${cp}.index`,
    /Take it out/,
  ],
  ['empty site', edge(''), dcn0, /keys and values/],
  ['site without nodes', edge('{ ceph: { cluster: dcn0 } }'), `${dcn0}.nodes`, /`name: Role`/],
  ['site with no node', edge('{ nodes: {} }'), `${dcn0}.nodes`, /`name: Role`/],
  [
    'misspelt key of a site',
    edge('{ node: {}, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.node`,
    /Did you mean nodes\?/,
  ],
  [
    'misspelt role',
    edge('{ nodes: { h-0: DistributedComputHCI } }'),
    `${dcn0}.nodes.h-0`,
    /Did you mean DistributedComputeHCI\?/,
  ],
  [
    'role that TripleO never had',
    controlPlane('{ nodes: { c-0: Controller, s-0: CephAllStorage } }'),
    `${cp}.nodes.s-0`,
    /CephStorage/,
  ],
  [
    'role of the control plane at the edge',
    edge('{ nodes: { h-0: DistributedComputeHCI, h-1: Compute } }'),
    `${dcn0}.nodes.h-1`,
    /ScaleOut/,
  ],
  [
    'role of the edge at the control plane',
    controlPlane('{ nodes: { c-0: Controller, s-0: CephStorage, d-1: DistributedComputeHCI } }'),
    `${cp}.nodes.d-1`,
    /Controller, Compute/,
  ],
  ['node that is a number', edge('{ nodes: { h-0: 5 } }'), `${dcn0}.nodes.h-0`, /Write one of/],
  ['node without a role', edge('{ nodes: { h-0: { host: 80 } } }'), `${dcn0}.nodes.h-0.role`, /TripleO role/],
  [
    'node name with a domain',
    edge('{ nodes: { h-0.lab: DistributedComputeHCI } }'),
    `${dcn0}.nodes.h-0.lab`,
    /without a domain/,
  ],
  [
    'node name in upper case',
    edge('{ nodes: { H-0: DistributedComputeHCI } }'),
    `${dcn0}.nodes.H-0`,
    /lower-case/,
  ],
  [
    'node called undercloud',
    edge(
      '{ nodes: { h-0: DistributedComputeHCI, undercloud: { role: DistributedComputeHCIScaleOut, host: 90 } } }',
    ),
    `${dcn0}.nodes.undercloud`,
    /another one/,
  ],
  [
    'node name without a number',
    edge('{ nodes: { hci: DistributedComputeHCI } }'),
    `${dcn0}.nodes.hci`,
    /host number from 70/,
  ],
  [
    'number too large for the block',
    controlPlane('{ nodes: { c-20: Controller, s-0: CephStorage } }'),
    `${cp}.nodes.c-20`,
    /from 10 to 29/,
  ],
  [
    'node in two sites',
    labText({ edges: `${smallEdge}    dcn1: { nodes: { h-0: DistributedComputeHCI } }\n` }),
    'glance-dcn:sites.dcn1.nodes.h-0',
    /take one out, or rename/,
  ],
  [
    'two nodes with one number',
    edge('{ nodes: { h-0: DistributedComputeHCI, g-0: DistributedComputeHCIScaleOut } }'),
    `${dcn0}.nodes.g-0`,
    /host: 71/,
  ],
  [
    'host number in the pool',
    edge('{ nodes: { h-0: { role: DistributedComputeHCI, host: 210 } } }'),
    `${dcn0}.nodes.h-0.host`,
    /from 6 to 199/,
  ],
  [
    'one address twice',
    edge(
      '{ nodes: { h-0: DistributedComputeHCI, h-1: { role: DistributedComputeHCIScaleOut, addresses: { storage: 10.8.16.70 } } } }',
    ),
    `${dcn0}.nodes.h-1.addresses.storage`,
    /no other node has/,
  ],
  [
    'address of another site',
    edge('{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { storage: 10.8.17.70 } } } }'),
    `${dcn0}.nodes.h-0.addresses.storage`,
    /10\.8\.16\.0\/24/,
  ],
  [
    'address of the gateway',
    edge('{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { storage: 10.8.16.1 } } } }'),
    `${dcn0}.nodes.h-0.addresses.storage`,
    /from 10\.8\.16\.6 to 10\.8\.16\.199/,
  ],
  [
    'address that is none',
    edge('{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { storage: 10.8.16 } } } }'),
    `${dcn0}.nodes.h-0.addresses.storage`,
    /four numbers/,
  ],
  [
    'address on a network the role is not on',
    controlPlane(
      '{ nodes: { c-0: Controller, s-0: { role: CephStorage, addresses: { tenant: 10.16.0.9 } } } }',
    ),
    `${cp}.nodes.s-0.addresses.tenant`,
    /the role is on/,
  ],
  [
    'address on an unknown network',
    edge('{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { storag: 10.8.16.9 } } } }'),
    `${dcn0}.nodes.h-0.addresses.storag`,
    /Did you mean storage\?/,
  ],
  ['no Controller', controlPlane('{ nodes: { s-0: CephStorage } }'), `${cp}.nodes`, /Controller/],
  [
    'two Controllers',
    controlPlane('{ nodes: { c-0: Controller, c-1: Controller, s-0: CephStorage } }'),
    `${cp}.nodes`,
    /one Controller, or three/,
  ],
  [
    'control plane without an OSD',
    controlPlane('{ nodes: { c-0: Controller } }'),
    `${cp}.nodes`,
    /CephStorage or ComputeHCI/,
  ],
  [
    'edge without an OSD',
    edge('{ nodes: { h-0: DistributedCompute } }'),
    `${dcn0}.nodes`,
    /DistributedComputeHCI or CephAll/,
  ],
  [
    'edge without a monitor',
    edge('{ nodes: { h-0: DistributedCompute, e-0: CephStorage } }'),
    `${dcn0}.nodes`,
    /DistributedComputeHCI or CephAll/,
  ],
  [
    'edge without a glance-api',
    edge('{ nodes: { e-0: CephAll } }'),
    `${dcn0}.nodes`,
    /DistributedComputeHCI or DistributedCompute/,
  ],
  [
    'two nodes with etcd',
    edge('{ nodes: { h-0: DistributedComputeHCI, h-1: DistributedCompute } }'),
    `${dcn0}.nodes`,
    /ScaleOut/,
  ],
  [
    'two monitors',
    edge('{ nodes: { h-0: DistributedCompute, e-0: CephAll, e-1: CephAll } }'),
    `${dcn0}.nodes`,
    /without a monitor/,
  ],
  [
    'cluster name with a hyphen',
    edge('{ ceph: { cluster: dcn-0 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.cluster`,
    /letters and digits only/,
  ],
  [
    'site name that no cluster can have',
    edge('{ nodes: { h-0: DistributedComputeHCI } }', 'edge-0'),
    'glance-dcn:sites.edge-0',
    /cluster: edge0/,
  ],
  [
    'one cluster name twice',
    edge('{ ceph: { cluster: central }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.cluster`,
    /no other site has/,
  ],
  [
    'one store id twice',
    edge('{ ceph: { store: central }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.store`,
    /no other site has/,
  ],
  [
    'store id that Glance keeps',
    edge('{ ceph: { store: os_glance_dcn0 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.store`,
    /another id/,
  ],
  [
    'store id with a blank',
    edge("{ ceph: { store: 'dcn 0' }, nodes: { h-0: DistributedComputeHCI } }"),
    `${dcn0}.ceph.store`,
    /letters, digits/,
  ],
  [
    'site called as the central store',
    labText({
      controlPlane: '{ ceph: { store: dcn0 }, nodes: { c-0: Controller, s-0: CephStorage } }',
      edges: '    dcn0: { ceph: { store: other }, nodes: { h-0: DistributedComputeHCI } }\n',
    }),
    dcn0,
    /another name/,
  ],
  [
    'device that is no path',
    edge('{ ceph: { devices: [vdb] }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.devices[0]`,
    /\/dev\/vdb/,
  ],
  [
    'no device',
    edge('{ ceph: { devices: [] }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.devices`,
    /at least one/,
  ],
  [
    'a device twice',
    edge('{ ceph: { devices: [/dev/vdb, /dev/vdb] }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.devices`,
    /Take one of them out/,
  ],
  [
    'more copies than hosts',
    controlPlane('{ ceph: { poolSize: 3 }, nodes: { c-0: Controller, s-0: CephStorage, s-1: CephStorage } }'),
    `${cp}.ceph.poolSize`,
    /at most 2/,
  ],
  [
    'parameter that is no name',
    edge('{ parameters: { nova-foo: 1 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.nova-foo`,
    /CamelCase/,
  ],
  [
    'parameter that the project sets',
    edge('{ parameters: { GlanceBackendID: x }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.GlanceBackendID`,
    /ceph: \{ store/,
  ],
  [
    'parameter that node provision sets',
    edge('{ parameters: { DistributedComputeHCICount: 2 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.DistributedComputeHCICount`,
    /Take it out/,
  ],
  [
    'password among the parameters',
    edge('{ parameters: { AdminPassword: hush }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.parameters.AdminPassword`,
    /mode 0600/,
  ],
  [
    'environment by a relative path',
    edge('{ environments: [extra.yaml], nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.environments[0]`,
    /absolute path on the undercloud/,
  ],
];

testCases(cases);
