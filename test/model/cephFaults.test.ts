import { type Case, labText, labWithControlPlane, labWithEdge, smallEdge, testCases } from './labs';

/** A lab whose control plane is a client of an external cluster. */
const withExternalCeph = ({
  ceph = '{ nodes: { e-0: CephAll } }',
  controlPlane = '{ nodes: { c-0: Controller } }',
  central = '{ nodes: { n-0: Compute } }',
} = {}) =>
  labText({ controlPlane, edges: `    external-ceph: ${ceph}\n    central: ${central}\n${smallEdge}` });
const existing =
  'existing: { fsid: 4b5c8c0a-ff60-454b-a1b4-9747aa737d19, monitors: [192.0.2.1], keyring: /home/stack/k }';
const external = 'glance-dcn:sites.external-ceph';
const controlPlane = 'glance-dcn:sites.control-plane';
const dcn0 = 'glance-dcn:sites.dcn0';

const cases: Case[] = [
  [
    'OSDs at a control plane that is a client of the external cluster',
    withExternalCeph({ controlPlane: '{ nodes: { c-0: Controller, s-0: CephStorage } }' }),
    `${controlPlane}.nodes.s-0`,
    /Controller, Compute, /,
  ],
  [
    'a cluster name at a client of the external cluster',
    withExternalCeph({ controlPlane: '{ ceph: { cluster: east }, nodes: { c-0: Controller } }' }),
    `${controlPlane}.ceph.cluster`,
    /write it at external-ceph/,
  ],
  [
    'a store at the central site',
    withExternalCeph({ central: '{ ceph: { store: east }, nodes: { n-0: Compute } }' }),
    'glance-dcn:sites.central.ceph.store',
    /write it at external-ceph/,
  ],
  [
    'role of the edge at the central site',
    withExternalCeph({ central: '{ nodes: { n-0: DistributedComputeHCI } }' }),
    'glance-dcn:sites.central.nodes.n-0',
    /Write one of Compute, /,
  ],
  [
    'role of an overcloud in an external cluster',
    withExternalCeph({ ceph: '{ nodes: { e-0: CephAll, c-1: Compute } }' }),
    `${external}.nodes.c-1`,
    /CephAll, CephStorage/,
  ],
  [
    'index of the external cluster',
    withExternalCeph({ ceph: '{ index: 20, nodes: { e-0: CephAll } }' }),
    `${external}.index`,
    /Take it out/,
  ],
  [
    'empty external cluster',
    withExternalCeph({ ceph: '{ nodes: {} }' }),
    `${external}.nodes`,
    /`name: Role`/,
  ],
  [
    'external cluster without a monitor',
    withExternalCeph({ ceph: '{ nodes: { e-0: CephStorage } }' }),
    `${external}.nodes`,
    /the role CephAll$/,
  ],
  [
    'external cluster with two monitors',
    withExternalCeph({ ceph: '{ nodes: { e-0: CephAll, e-1: CephAll } }' }),
    `${external}.nodes`,
    /one or three of CephAll/,
  ],
  [
    'parameters for a cluster without an overcloud',
    withExternalCeph({ ceph: '{ parameters: { NovaX: 1 }, nodes: { e-0: CephAll } }' }),
    `${external}.parameters`,
    /Take it out/,
  ],
  [
    'nodes beside an existing cluster',
    withExternalCeph({ ceph: `{ ceph: { ${existing} }, nodes: { e-0: CephAll } }` }),
    `${external}.nodes`,
    /Take out the nodes/,
  ],
  [
    'an existing cluster at an edge site',
    labWithEdge(`{ ceph: { ${existing} }, nodes: { h-0: DistributedComputeHCI } }`),
    `${dcn0}.ceph.existing`,
    /external-ceph/,
  ],
  [
    'an existing cluster at the central site',
    withExternalCeph({ central: `{ ceph: { ${existing} }, nodes: { n-0: Compute } }` }),
    'glance-dcn:sites.central.ceph.existing',
    /external-ceph/,
  ],
  [
    'monitors by name',
    withExternalCeph({ ceph: `{ ceph: { ${existing.replace('192.0.2.1', 'mon.example.org')} } }` }),
    `${external}.ceph.existing.monitors[0]`,
    /four numbers/,
  ],
  [
    'fsid of another form',
    withExternalCeph({ ceph: `{ ceph: { ${existing.replace('4b5c8c0a-', '')} } }` }),
    `${external}.ceph.existing.fsid`,
    /ceph fsid/,
  ],
  [
    'a cluster name that the external cluster has',
    withExternalCeph({ ceph: '{ ceph: { cluster: dcn0 }, nodes: { e-0: CephAll } }' }),
    dcn0,
    /no other site has/,
  ],
  [
    'cluster name with a hyphen',
    labWithEdge('{ ceph: { cluster: dcn-0 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.cluster`,
    /letters and digits only/,
  ],
  [
    'site name that no cluster can have',
    labWithEdge('{ nodes: { h-0: DistributedComputeHCI } }', 'edge-0'),
    'glance-dcn:sites.edge-0',
    /cluster: edge0/,
  ],
  [
    'one cluster name for two sites',
    labWithEdge('{ ceph: { cluster: central }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.cluster`,
    /no other site has/,
  ],
  [
    'one store id for two sites',
    labWithEdge('{ ceph: { store: central }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.store`,
    /no other site has/,
  ],
  [
    'store id that Glance reserves',
    labWithEdge('{ ceph: { store: os_glance_dcn0 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.store`,
    /another id/,
  ],
  [
    'store id with a blank',
    labWithEdge("{ ceph: { store: 'dcn 0' }, nodes: { h-0: DistributedComputeHCI } }"),
    `${dcn0}.ceph.store`,
    /letters, digits/,
  ],
  [
    'site with the name of the central store',
    labText({
      controlPlane: '{ ceph: { store: dcn0 }, nodes: { c-0: Controller, s-0: CephStorage } }',
      edges: '    dcn0: { ceph: { store: other }, nodes: { h-0: DistributedComputeHCI } }\n',
    }),
    dcn0,
    /Write zone/,
  ],
  [
    'device without a path',
    labWithEdge('{ ceph: { devices: [vdb] }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.devices[0]`,
    /\/dev\/vdb/,
  ],
  [
    'all disks of hyperconverged hosts, and no word on their memory',
    labWithEdge('{ ceph: { devices: all }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.devices`,
    /DistributedComputeHCIParameters: { NovaReservedHostMemory: … }/,
  ],
  [
    'more copies of a pool than hosts',
    labWithControlPlane(
      '{ ceph: { pools: { vms: { size: 3 } } }, nodes: { c-0: Controller, s-0: CephStorage, s-1: CephStorage } }',
    ),
    `${controlPlane}.ceph.pools.vms.size`,
    /at most 2/,
  ],
  [
    'a share for an autoscaler that the pool does not have',
    labWithControlPlane(
      '{ ceph: { pools: { vms: { pgNum: 8, targetSizeRatio: 0.5 } } }, nodes: { c-0: Controller, s-0: CephStorage } }',
    ),
    `${controlPlane}.ceph.pools.vms.targetSizeRatio`,
    /Take out pgNum/,
  ],
  [
    'a rule that the cluster does not have',
    labWithControlPlane(
      '{ ceph: { pools: { vms: { rule: ssd } } }, nodes: { c-0: Controller, s-0: CephStorage } }',
    ),
    `${controlPlane}.ceph.pools.vms.rule`,
    /CephCrushRules: \[{ name: ssd, root: default/,
  ],
  [
    'a rule where no overcloud makes it',
    withExternalCeph({ ceph: '{ ceph: { pools: { vms: { rule: ssd } } }, nodes: { e-0: CephAll } }' }),
    `${external}.ceph.pools.vms.rule`,
    /only an overcloud makes rules/,
  ],
  [
    'pools of a client of the external cluster',
    withExternalCeph({
      controlPlane: '{ ceph: { pools: { vms: { size: 2 } } }, nodes: { c-0: Controller } }',
    }),
    `${controlPlane}.ceph.pools`,
    /write it at external-ceph/,
  ],
  [
    'copies in a cluster that exists already',
    withExternalCeph({ ceph: `{ ceph: { ${existing}, poolSize: 2 } }` }),
    `${external}.ceph.poolSize`,
    /Take it out/,
  ],
  [
    'backups in a cluster that has no pool for them',
    withExternalCeph({
      controlPlane:
        '{ environments: [/usr/share/openstack-tripleo-heat-templates/environments/cinder-backup.yaml], nodes: { c-0: Controller } }',
    }),
    `${controlPlane}.environments[0]`,
    /its own Ceph cluster, or external-ceph an existing one/,
  ],
  [
    'two pools with one name',
    labWithEdge('{ ceph: { pools: { vms: { name: volumes } } }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.pools.vms.name`,
    /no other pool/,
  ],
  [
    'placement groups in a cluster that exists already',
    withExternalCeph({
      ceph: `{ ceph: { ${existing}, pools: { vms: { name: guests, pgNum: 8 } } } }`,
    }),
    `${external}.ceph.pools.vms.pgNum`,
    /Take it out/,
  ],
  [
    'neither devices nor all',
    labWithEdge('{ ceph: { devices: every }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.devices`,
    /all/,
  ],
  [
    'no devices',
    labWithEdge('{ ceph: { devices: [] }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.devices`,
    /at least one/,
  ],
  [
    'a device twice',
    labWithEdge('{ ceph: { devices: [/dev/vdb, /dev/vdb] }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.devices`,
    /Take one of them out/,
  ],
  [
    'more copies than hosts',
    labWithControlPlane(
      '{ ceph: { poolSize: 3 }, nodes: { c-0: Controller, s-0: CephStorage, s-1: CephStorage } }',
    ),
    `${controlPlane}.ceph.poolSize`,
    /at most 2/,
  ],
  [
    'more copies than hosts, with a monitor on another host',
    labWithControlPlane(
      '{ ceph: { poolSize: 2, devices: [/dev/vdb, /dev/vdc] }, nodes: { c-0: Controller, s-0: CephStorage } }',
    ),
    `${controlPlane}.ceph.poolSize`,
    /at most 1, or add hosts/,
  ],
  [
    'a setting of Ceph that has a key',
    labWithEdge(
      '{ ceph: { config: { global: { osd_pool_default_size: 2 } } }, nodes: { h-0: DistributedComputeHCI } }',
    ),
    `${dcn0}.ceph.config.global.osd_pool_default_size`,
    /write poolSize/,
  ],
  [
    'a setting of Ceph that TripleO sets again',
    labWithEdge(
      '{ ceph: { config: { mon: { osd_pool_default_pg_num: 8 } } }, nodes: { h-0: DistributedComputeHCI } }',
    ),
    `${dcn0}.ceph.config.mon.osd_pool_default_pg_num`,
    /pgNum/,
  ],
  [
    'a network as a setting of Ceph',
    labWithEdge(
      '{ ceph: { config: { osd: { cluster_network: 10.0.0.0/8 } } }, nodes: { h-0: DistributedComputeHCI } }',
    ),
    `${dcn0}.ceph.config.osd.cluster_network`,
    /follows from the networks/,
  ],
  [
    'a setting of Ceph in two places',
    labWithEdge(
      '{ ceph: { config: { osd: { osd_max_backfills: 2 } } }, parameters: { CephConfigOverrides: { osd: { osd_max_backfills: 3 } } }, nodes: { h-0: DistributedComputeHCI } }',
    ),
    `${dcn0}.ceph.config.osd.osd_max_backfills`,
    /Take one of them out/,
  ],
  [
    'settings of daemons that the cluster does not have',
    labWithEdge('{ ceph: { config: { rgw: { x: 1 } } }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.config.rgw`,
    /Did you mean mgr/,
  ],
  [
    'a setting of Ceph with blanks in its name',
    labWithEdge(
      "{ ceph: { config: { osd: { 'osd max backfills': 1 } } }, nodes: { h-0: DistributedComputeHCI } }",
    ),
    `${dcn0}.ceph.config.osd."osd max backfills"`,
    /with underscores/,
  ],
  [
    'a setting of Ceph in two lines',
    labWithEdge('{ ceph: { config: { osd: { x: "1\\n[mon]" } } }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.config.osd.x`,
    /one line/,
  ],
  [
    'settings of a cluster at a client of the external cluster',
    withExternalCeph({ central: '{ ceph: { config: { osd: { x: 1 } } }, nodes: { n-0: Compute } }' }),
    'glance-dcn:sites.central.ceph.config',
    /write it at external-ceph/,
  ],
  [
    'settings of a cluster that exists already',
    withExternalCeph({ ceph: `{ ceph: { ${existing}, config: { osd: { x: 1 } } } }` }),
    `${external}.ceph.config`,
    /Take it out/,
  ],
  [
    'a setting of cephadm on the sandbox without it',
    labWithEdge(
      '{ ceph: { config: { mgr: { mgr/cephadm/warn_on_stray_hosts: false } } }, nodes: { h-0: DistributedComputeHCI } }',
    ),
    `${dcn0}.ceph.config.mgr.mgr/cephadm/warn_on_stray_hosts`,
    /tripleo: full/,
  ],
  [
    'a password as a setting of Ceph',
    labWithEdge(
      '{ ceph: { config: { mgr: { mgr/dashboard/ssl_password: hush-1 } } }, nodes: { h-0: DistributedComputeHCI } }',
    ),
    `${dcn0}.ceph.config.mgr.mgr/dashboard/ssl_password`,
    /ceph config set/,
  ],
  [
    'more copies than disks of the only host',
    labWithEdge('{ ceph: { poolSize: 2 }, nodes: { h-0: DistributedComputeHCI } }'),
    `${dcn0}.ceph.poolSize`,
    /at most 1, or add hosts/,
  ],
];

testCases(cases);
