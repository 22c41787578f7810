import type { FileReader } from '../../model';
import { hostKeyOf } from '../hostKeys';
import { type Case, faultsOf, labText, openstackText, testCases } from './labs';

/** A lab file of existing hosts whose control plane has these keys of Ceph, and these nodes with OSDs. */
function existing(
  ceph: string,
  osdNodes = `s-0: { role: CephStorage, hostKey: ${hostKeyOf('s0')} }`,
): string {
  const node = (role: string, key: string) => `{ role: ${role}, hostKey: ${hostKeyOf(key)} }`;
  return labText({
    controlPlane: `{ ceph: { ${ceph} }, nodes: { c-0: ${node('Controller', 'c0')}, ${osdNodes} } }`,
    edges: `    dcn0: { nodes: { h-0: ${node('DistributedComputeHCI', 'h0')} } }\n`,
    rest: `  glance-dcn:provisioner: existing
  glance-dcn:undercloud: { host: uc, hostKey: ${hostKeyOf('uc')}, privateKeyFile: ~/.ssh/id_ed25519 }
`,
  });
}

const onHosts = (group: string) => existing(`devices: { ${group} }`);
const onSandbox = (group: string) =>
  labText({
    controlPlane: `{ ceph: { devices: { ${group} } }, nodes: { c-0: Controller, s-0: CephStorage } }`,
  });
const ceph = 'glance-dcn:sites.control-plane.ceph';
const devices = `${ceph}.devices`;

const cases: Case[] = [
  [
    'no disks for data',
    onHosts('db_devices: { rotational: false }'),
    `${devices}.data_devices`,
    /Add it: The disks that become OSDs/,
  ],
  [
    'a key of another drive group',
    onHosts('data_devices: { all: true }, osd_per_device: 2'),
    `${devices}.osd_per_device`,
    /Did you mean osds_per_device\?/,
  ],
  [
    'a key of placement',
    onHosts('data_devices: { all: true }, placement: { hosts: [s-0] }'),
    `${devices}.placement`,
    /Known keys: data_devices, /,
  ],
  [
    'a filter that Ceph does not have',
    onHosts('data_devices: { ssd: true }'),
    `${devices}.data_devices.ssd`,
    /Known keys: all, paths, rotational/,
  ],
  [
    'a filter with another kind of value',
    onHosts('data_devices: { rotational: yes }'),
    `${devices}.data_devices.rotational`,
    /Write true or false/,
  ],
  [
    'a selection of no disks',
    onHosts('data_devices: { limit: 2 }'),
    `${devices}.data_devices`,
    /one of rotational, size, model, vendor, or all: true/,
  ],
  [
    'a selection of no disks for databases',
    onHosts('data_devices: { rotational: true }, db_devices: {}'),
    `${devices}.db_devices`,
    /vendor$/,
  ],
  [
    'paths beside a filter',
    onHosts('data_devices: { paths: [/dev/sdb], rotational: true }'),
    `${devices}.data_devices.rotational`,
    /Take out rotational or paths/,
  ],
  [
    'paths beside a limit',
    onHosts('data_devices: { paths: [/dev/sdb], limit: 1 }'),
    `${devices}.data_devices.limit`,
    /Take out limit or paths/,
  ],
  [
    'all disks beside a filter',
    onHosts("data_devices: { all: true, size: '1T:' }"),
    `${devices}.data_devices.size`,
    /Take out size or all/,
  ],
  [
    'all disks for databases',
    onHosts('data_devices: { rotational: true }, db_devices: { all: true }'),
    `${devices}.db_devices.all`,
    /Known keys: paths, rotational/,
  ],
  [
    'a size without a unit',
    onHosts("data_devices: { size: '100:200' }"),
    `${devices}.data_devices.size`,
    /LOW:HIGH, LOW:, :HIGH/,
  ],
  [
    'a size whose bounds are the wrong way round',
    onHosts("data_devices: { size: '2T:500G' }"),
    `${devices}.data_devices.size`,
    /smaller size first/,
  ],
  [
    'a model that is no text',
    onHosts('data_devices: { model: [a] }'),
    `${devices}.data_devices.model`,
    /\/sys\/block\/DISK\/device\/model/,
  ],
  [
    'a path outside of /dev',
    onHosts('data_devices: { paths: [sdb] }'),
    `${devices}.data_devices.paths[0]`,
    /below \/dev/,
  ],
  ['no paths', onHosts('data_devices: { paths: [] }'), `${devices}.data_devices.paths`, /at least one/],
  [
    'one disk for data and databases',
    onHosts('data_devices: { paths: [/dev/sdb] }, db_devices: { paths: [/dev/sdb] }'),
    `${devices}.db_devices.paths`,
    /Take one of them out/,
  ],
  [
    'all disks for data, and others for databases',
    onHosts('data_devices: { all: true }, db_devices: { rotational: false }'),
    `${devices}.db_devices`,
    /rotational: true/,
  ],
  [
    'databases on disks that are for data',
    onHosts("data_devices: { size: '1T:' }, db_devices: { size: '1T:', rotational: false }"),
    `${devices}.db_devices`,
    /Write in data_devices what tells its disks/,
  ],
  [
    'databases on disks that are for logs',
    onHosts(
      'data_devices: { rotational: 1 }, wal_devices: { rotational: 0 }, db_devices: { rotational: false }',
    ),
    `${devices}.db_devices`,
    /Write in wal_devices what/,
  ],
  [
    'a size of databases without disks for them',
    onHosts('data_devices: { all: true }, block_db_size: 60G'),
    `${devices}.block_db_size`,
    /Write db_devices, or take it out/,
  ],
  [
    'a size of logs in another form',
    onHosts('data_devices: { rotational: 1 }, wal_devices: { rotational: 0 }, block_wal_size: 2 GiB'),
    `${devices}.block_wal_size`,
    /such as 60G/,
  ],
  [
    'no OSDs on a disk',
    onHosts('data_devices: { all: true }, osds_per_device: 0'),
    `${devices}.osds_per_device`,
    /from 1 to 64/,
  ],
  [
    'encryption by name',
    onHosts('data_devices: { all: true }, encrypted: luks'),
    `${devices}.encrypted`,
    /Write true or false/,
  ],
  [
    'a device class with a blank',
    onHosts("data_devices: { all: true }, crush_device_class: 'very fast'"),
    `${devices}.crush_device_class`,
    /Use letters/,
  ],
  [
    'another logic',
    onHosts('data_devices: { all: true }, filter_logic: XOR'),
    `${devices}.filter_logic`,
    /Did you mean OR\?/,
  ],
  ['a file of another kind', onHosts('file: disks.j2'), `${devices}.file`, /ends in \.yaml/],
  [
    'a role without nodes',
    existing('devicesByRole: { ComputeHCI: all }'),
    `${ceph}.devicesByRole.ComputeHCI`,
    /Take it out/,
  ],
  [
    'a role that TripleO does not have',
    existing('devicesByRole: { CephStorge: all }'),
    `${ceph}.devicesByRole.CephStorge`,
    /CephStorage/,
  ],
  [
    'disks of a role without OSDs',
    existing('devicesByRole: { Controller: all }'),
    `${ceph}.devicesByRole.Controller`,
    /Take it out/,
  ],
  [
    'disks of a node without OSDs',
    existing(
      '',
      `s-0: { role: CephStorage, hostKey: ${hostKeyOf('s0')} }, n-1: { role: Compute, hostKey: ${hostKeyOf('n1')}, devices: all }`,
    ),
    'glance-dcn:sites.control-plane.nodes.n-1.devices',
    /Take it out/,
  ],
  [
    'disks that no node has',
    existing('devices: all, devicesByRole: { CephStorage: [/dev/sdb] }'),
    devices,
    /Take it out/,
  ],
  [
    'more copies than OSDs on the only host',
    labText({
      edges:
        '    dcn0: { ceph: { poolSize: 3, devices: { data_devices: { rotational: true, limit: 2 } } }, nodes: { h-0: DistributedComputeHCI } }\n',
    }),
    'glance-dcn:sites.dcn0.ceph.poolSize',
    /at most 2/,
  ],
  [
    'hyperconverged hosts with disks that nobody counted',
    labText({
      edges:
        '    dcn0: { ceph: { devicesByRole: { DistributedComputeHCI: { data_devices: { rotational: true } } } }, nodes: { h-0: DistributedComputeHCI } }\n',
    }),
    'glance-dcn:sites.dcn0.ceph.devicesByRole.DistributedComputeHCI',
    /NovaReservedHostMemory/,
  ],
  [
    'encrypted disks of the sandbox',
    onSandbox('data_devices: { all: true }, encrypted: true'),
    `${devices}.encrypted`,
    /another provisioner/,
  ],
  [
    'several OSDs on a disk of the sandbox',
    onSandbox('data_devices: { all: true }, osds_per_device: 2'),
    `${devices}.osds_per_device`,
    /another provisioner/,
  ],
  [
    'a model of the sandbox',
    onSandbox('data_devices: { model: QEMU }'),
    `${devices}.data_devices.model`,
    /another provisioner/,
  ],
  [
    'sizes of the sandbox',
    onSandbox("data_devices: { size: '10G:' }"),
    `${devices}.data_devices.size`,
    /another provisioner/,
  ],
  [
    'a disk for the databases of several OSDs of the sandbox',
    onSandbox('data_devices: { rotational: true, limit: 2 }, db_devices: { rotational: false }'),
    `${devices}.db_devices`,
    /Write limit: 2/,
  ],
];

/** A lab whose storage node has this place in the CRUSH hierarchy. */
const placed = (location: string) =>
  labText({
    controlPlane: `{ nodes: { c-0: Controller, s-0: { role: CephStorage, location: ${location} } } }`,
  });
const place = 'glance-dcn:sites.control-plane.nodes.s-0.location';

const places: Case[] = [
  [
    'a place of a node without OSDs',
    labText({
      controlPlane: '{ nodes: { c-0: { role: Controller, location: { rack: r1 } }, s-0: CephStorage } }',
    }),
    'glance-dcn:sites.control-plane.nodes.c-0.location',
    /Take it out/,
  ],
  [
    'a place of a compute of an edge site',
    labText({
      edges:
        '    dcn0: { nodes: { h-0: DistributedComputeHCI, m-1: { role: DistributedComputeScaleOut, location: { rack: r1 } } } }\n',
    }),
    'glance-dcn:sites.dcn0.nodes.m-1.location',
    /Take it out/,
  ],
  ['the bucket of the host', placed('{ host: s-0 }'), `${place}.host`, /Did you mean root/],
  ['the bucket of an OSD', placed('{ osd: osd.0 }'), `${place}.osd`, /Did you mean pod/],
  ['a misspelt type of bucket', placed('{ raks: r1 }'), `${place}.raks`, /Did you mean rack/],
  ['a type in capital letters', placed('{ Rack: r1 }'), `${place}.Rack`, /Did you mean rack/],
  ['a blank in the name of a bucket', placed("{ rack: 'r 1' }"), `${place}.rack`, /Use letters/],
  ['a bucket without a name', placed("{ rack: '' }"), `${place}.rack`, /Use letters/],
  ['a number as the name of a bucket', placed('{ rack: 1 }'), `${place}.rack`, /Use letters/],
  ['two names of a bucket', placed('{ rack: [r1, r2] }'), `${place}.rack`, /Use letters/],
  ['a name without a type', placed('r1'), place, /Write keys and values/],
];

testCases([...cases, ...places]);

test('several OSDs on a disk are as many places of copies', () => {
  const site = 'ceph: { poolSize: 2, devices: { data_devices: { paths: [/dev/sdb] }, osds_per_device: 2 } }';
  const text = existing('').replace('dcn0: { nodes', `dcn0: { ${site}, nodes`);
  expect(faultsOf(text)).toEqual([]);
});

describe('a drive group in a file beside the lab file', () => {
  const text = existing('devicesByRole: { CephStorage: { file: disks/old.yaml } }');
  const at = `${ceph}.devicesByRole.CephStorage.file`;
  const faults = (content: string): string[] => {
    const read: FileReader = () => content;
    return faultsOf(text, 'dev', read).map(
      ({ path, value, message }) => `${path}: ${String(value)} ${message}`,
    );
  };

  test('is read', () => {
    expect(faults('data_devices: { rotational: 1 }\ndb_devices: { rotational: 0 }\n')).toEqual([]);
  });

  test.each([
    [
      'data_devices: { size: 5X }\nencrypted: perhaps\n',
      [
        'disks/old.yaml has data_devices.size: 5X, which is not a size of disks',
        'disks/old.yaml has encrypted: perhaps, which is not true or false',
      ],
    ],
    [
      'data_devices: { all: true, rotational: true }\n',
      ['disks/old.yaml has data_devices.rotational, which is beside all, which takes every disk already'],
    ],
    [
      'data_devices: { all: true }\nplacement: { host_pattern: "*" }\n',
      ['disks/old.yaml has placement, which is not a known key'],
    ],
    ['[all]\n', ['disks/old.yaml is not keys and values']],
    ['', ['disks/old.yaml is empty']],
    ['data_devices: {\n', [expect.stringMatching(/^disks\/old\.yaml cannot be read: [^\n]+$/)]],
    ['data_devices: &x { model: *x }\n', [expect.stringMatching(/cannot be read: .*alias/)]],
    ['a: 1\n---\nb: 1\n', [expect.stringMatching(/cannot be read: .*documents/)]],
  ])('with its faults at the file that has them: %j', (content, messages) => {
    expect(faults(content)).toEqual(
      (messages as string[]).map((message) =>
        typeof message === 'string' ? `${at}: ${message}` : (expect.stringContaining(at) as unknown),
      ),
    );
  });

  test('is missed', () => {
    const [fault] = faultsOf(text);
    expect(fault).toMatchObject({ path: at, message: expect.stringMatching(/^cannot be read: /) as unknown });
    expect(fault?.remedy).toMatch(/relative to the lab file/);
  });
});

test.each([
  'ceph: { devices: { data_devices: { all: true } } }',
  'ceph: { devicesByRole: { DistributedComputeHCI: all } }',
])('disks of servers of a cloud are its volumes: %s', (keys) => {
  const text = openstackText.replace(
    /(\n {4}dcn0:(?: \{)?)/,
    (found) => `${found}${found.endsWith('{') ? ` ${keys},` : `\n      ${keys}`}`,
  );
  expect(faultsOf(text).map(({ remedy }) => remedy)).toEqual([expect.stringMatching(/volumes\.perNode/)]);
});
