import { type Case, cacheText, labText, labWithEdge, smallEdge, testCases } from './labs';

const place = 'glance-dcn:sites.dcn0.ceph.user';
const edge = (ceph: string, more = '') =>
  labWithEdge(`{ ceph: { ${ceph} }, ${more}nodes: { h-0: DistributedComputeHCI } }`);

const refused = (fault: string, user: string, remedy: RegExp, more = ''): Case => [
  fault,
  edge(`user: ${user}`, more),
  place,
  remedy,
];

const cases: Case[] = [
  refused('the name as Ceph prints it', 'client.glance', /Write glance$/),
  refused('a name with a space', "'glance user'", /letters, digits, dots/),
  refused(
    'a name with a colon, which separates cluster and user for libvirt',
    "'dcn0:glance'",
    /letters, digits, dots/,
  ),
  refused('an empty name', "''", /letters, digits, dots/),
  refused('the administrator', 'admin', /another name, or leave the key out/),
  refused('a user for keys of OSDs', 'bootstrap-osd', /another name, or leave the key out/),
  refused('a user of a daemon', 'crash.h-0', /another name, or leave the key out/),
  refused('the object gateway', 'radosgw', /another name here, or there/),
  refused(
    'the object gateway under another name',
    'objects',
    /another name here, or there/,
    'parameters: { CephRgwClientName: objects }, ',
  ),
  refused('Manila', 'manila', /another name here, or there/),
  [
    'a user at a client of the external cluster',
    labText({
      controlPlane: '{ ceph: { user: glance }, nodes: { c-0: Controller } }',
      edges: `    external-ceph: { nodes: { e-0: CephAll } }\n${smallEdge}`,
    }),
    'glance-dcn:sites.control-plane.ceph.user',
    /write it at external-ceph/,
  ],
  [
    'a user at a site without a cluster',
    cacheText.replace(/^ {4}dcn1:$/m, '$&\n      ceph: { user: glance }'),
    'glance-dcn:sites.dcn1.ceph.user',
    /DistributedComputeHCI/,
  ],
  [
    'the parameter of one role',
    labWithEdge(
      '{ parameters: { DistributedComputeHCIParameters: { CephClientUserName: x } }, nodes: { h-0: DistributedComputeHCI } }',
    ),
    'glance-dcn:sites.dcn0.parameters.DistributedComputeHCIParameters.CephClientUserName',
    /ceph: { user: … }/,
  ],
];

testCases(cases);
