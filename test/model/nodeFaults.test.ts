import { type Case, labText, labWithControlPlane, labWithEdge, smallEdge, testCases } from './labs';

const controlPlane = 'glance-dcn:sites.control-plane';
const dcn0 = 'glance-dcn:sites.dcn0';

const cases: Case[] = [
  [
    'misspelt role',
    labWithEdge('{ nodes: { h-0: DistributedComputHCI } }'),
    `${dcn0}.nodes.h-0`,
    /Did you mean DistributedComputeHCI\?/,
  ],
  [
    'role that TripleO does not have',
    labWithControlPlane('{ nodes: { c-0: Controller, s-0: CephAllStorage } }'),
    `${controlPlane}.nodes.s-0`,
    /CephStorage/,
  ],
  [
    'role of the control plane at the edge',
    labWithEdge('{ nodes: { h-0: DistributedComputeHCI, h-1: Compute } }'),
    `${dcn0}.nodes.h-1`,
    /ScaleOut/,
  ],
  [
    'role of the edge at the control plane',
    labWithControlPlane('{ nodes: { c-0: Controller, s-0: CephStorage, d-1: DistributedComputeHCI } }'),
    `${controlPlane}.nodes.d-1`,
    /Controller, Compute/,
  ],
  ['node that is a number', labWithEdge('{ nodes: { h-0: 5 } }'), `${dcn0}.nodes.h-0`, /Write one of/],
  [
    'node without a role',
    labWithEdge('{ nodes: { h-0: { host: 80 } } }'),
    `${dcn0}.nodes.h-0.role`,
    /TripleO role/,
  ],
  [
    'node name with a domain',
    labWithEdge('{ nodes: { h-0.lab: DistributedComputeHCI } }'),
    `${dcn0}.nodes.h-0.lab`,
    /without a domain/,
  ],
  [
    'node name in upper case',
    labWithEdge('{ nodes: { H-0: DistributedComputeHCI } }'),
    `${dcn0}.nodes.H-0`,
    /lower-case/,
  ],
  [
    'node called undercloud',
    labWithEdge(
      '{ nodes: { h-0: DistributedComputeHCI, undercloud: { role: DistributedComputeHCIScaleOut, host: 90 } } }',
    ),
    `${dcn0}.nodes.undercloud`,
    /another one/,
  ],
  [
    'node name without a number',
    labWithEdge('{ nodes: { hci: DistributedComputeHCI } }'),
    `${dcn0}.nodes.hci`,
    /host number from 70/,
  ],
  [
    'number too large for the block',
    labWithControlPlane('{ nodes: { c-20: Controller, s-0: CephStorage } }'),
    `${controlPlane}.nodes.c-20`,
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
    labWithEdge('{ nodes: { h-0: DistributedComputeHCI, g-0: DistributedComputeHCIScaleOut } }'),
    `${dcn0}.nodes.g-0`,
    /host: 71/,
  ],
  [
    'host number in the pool',
    labWithEdge('{ nodes: { h-0: { role: DistributedComputeHCI, host: 210 } } }'),
    `${dcn0}.nodes.h-0.host`,
    /from 6 to 199/,
  ],
  [
    'one address for two nodes',
    labWithEdge(
      '{ nodes: { h-0: DistributedComputeHCI, h-1: { role: DistributedComputeHCIScaleOut, addresses: { storage: 10.8.16.70 } } } }',
    ),
    `${dcn0}.nodes.h-1.addresses.storage`,
    /no other node has/,
  ],
  [
    'address of another site',
    labWithEdge('{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { storage: 10.8.17.70 } } } }'),
    `${dcn0}.nodes.h-0.addresses.storage`,
    /10\.8\.16\.0\/24/,
  ],
  [
    'host number outside a smaller subnet',
    labWithEdge(
      '{ nodes: { h-0: DistributedComputeHCI }, networks: { storage: { cidr: 10.8.16.0/26, gateway: 10.8.16.62 } } }',
    ),
    `${dcn0}.nodes.h-0`,
    /^Write host: … with a number that fits each subnet of the node, or addresses: \{ storage: … \}/,
  ],
  [
    'address of the gateway',
    labWithEdge('{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { storage: 10.8.16.1 } } } }'),
    `${dcn0}.nodes.h-0.addresses.storage`,
    /another address in 10\.8\.16\.0\/24/,
  ],
  [
    'address of three numbers',
    labWithEdge('{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { storage: 10.8.16 } } } }'),
    `${dcn0}.nodes.h-0.addresses.storage`,
    /four numbers/,
  ],
  [
    'address on a network that the role does not have',
    labWithControlPlane(
      '{ nodes: { c-0: Controller, s-0: { role: CephStorage, addresses: { tenant: 10.16.0.9 } } } }',
    ),
    `${controlPlane}.nodes.s-0.addresses.tenant`,
    /the role is on/,
  ],
  [
    'address on an unknown network',
    labWithEdge('{ nodes: { h-0: { role: DistributedComputeHCI, addresses: { storag: 10.8.16.9 } } } }'),
    `${dcn0}.nodes.h-0.addresses.storag`,
    /Did you mean storage\?/,
  ],
  [
    'no Controller',
    labWithControlPlane('{ nodes: { s-0: CephStorage } }'),
    `${controlPlane}.nodes`,
    /Controller/,
  ],
  [
    'two Controllers',
    labWithControlPlane('{ nodes: { c-0: Controller, c-1: Controller, s-0: CephStorage } }'),
    `${controlPlane}.nodes`,
    /one Controller, or three/,
  ],
  [
    'control plane without an OSD',
    labWithControlPlane('{ nodes: { c-0: Controller } }'),
    `${controlPlane}.nodes`,
    /CephStorage or ComputeHCI/,
  ],
  [
    'edge without an OSD',
    labWithEdge('{ nodes: { h-0: DistributedCompute } }'),
    `${dcn0}.nodes`,
    /DistributedComputeHCI or CephAll/,
  ],
  [
    'edge without a monitor',
    labWithEdge('{ nodes: { h-0: DistributedCompute, e-0: CephStorage } }'),
    `${dcn0}.nodes`,
    /DistributedComputeHCI or CephAll/,
  ],
  [
    'edge without a glance-api',
    labWithEdge('{ nodes: { e-0: CephAll } }'),
    `${dcn0}.nodes`,
    /DistributedComputeHCI or DistributedCompute/,
  ],
  [
    'two nodes with etcd',
    labWithEdge('{ nodes: { h-0: DistributedComputeHCI, h-1: DistributedCompute } }'),
    `${dcn0}.nodes`,
    /ScaleOut/,
  ],
  [
    'two monitors',
    labWithEdge('{ nodes: { h-0: DistributedCompute, e-0: CephAll, e-1: CephAll } }'),
    `${dcn0}.nodes`,
    /without a monitor/,
  ],
];

testCases(cases);
