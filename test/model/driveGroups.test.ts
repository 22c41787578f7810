import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { expectedHosts } from '../../components/nodes/nodes';
import { projectRoot } from '../../lib/paths';
import { type SitePlan, labJsonSchema, parseLab, planLab, planSite, planText } from '../../model';
import { hostKeyOf } from '../hostKeys';
import { faultsOf, labText, labWithControlPlane } from './labs';

const labOf = (text: string) => parseLab('dev', text);

/** The control plane of a lab of the sandbox with these keys of Ceph. */
const control = (ceph: string, nodes = 's-0: CephStorage, s-1: CephStorage') =>
  labOf(labWithControlPlane(`{ ceph: { ${ceph} }, nodes: { c-0: Controller, ${nodes} } }`));

function deployOf(site: SitePlan) {
  const step = site.steps.find(({ name }) => name === 'ceph-deploy');
  const file = (name: string) => step?.files[`${site.name}/${name}`];
  const spec = file('ceph_spec.yaml');
  return {
    words: step?.commands.flat().join(' ') ?? '',
    osdSpec: parse(file('osd_spec.yaml') ?? '{}') as unknown,
    documents:
      spec === undefined ? [] : parseAllDocuments(spec).map((document) => document.toJS() as unknown),
  };
}

const kinds = 'data_devices: { rotational: 1, limit: 2 }, db_devices: { rotational: false, limit: 2 }';

describe('one drive group for all nodes of a site', () => {
  const lab = control(`devices: { ${kinds}, crush_device_class: slow }`);
  const site = planSite(lab, 'control-plane');

  test('is the OSD spec of `ceph deploy`', () => {
    const { words, osdSpec } = deployOf(site);
    expect(words).toContain('--osd-spec /home/stack/dcn/dev/control-plane/osd_spec.yaml');
    expect(words).not.toContain('--ceph-spec');
    expect(osdSpec).toEqual({
      data_devices: { rotational: true, limit: 2 },
      db_devices: { rotational: false, limit: 2 },
      crush_device_class: 'slow',
    });
  });

  test('is in the table of nodes', () => {
    expect(planText(lab, planLab(lab))).toMatch(/s-0 .*data rotational=true limit=2/);
  });

  test('is what the kit looks for on the hosts, in the order in which Ceph takes the disks', () => {
    const hosts = expectedHosts(site).nodes.map(({ osdDevices, osdSelections }) => [
      osdDevices,
      osdSelections,
    ]);
    const selections = [
      { of: 'data_devices', rotational: true, limit: 2 },
      { of: 'db_devices', rotational: false, limit: 2 },
    ];
    expect(hosts).toEqual([
      [[], undefined],
      [[], selections],
      [[], selections],
    ]);
  });
});

test('paths of all kinds must be blank, and all disks with a limit are a selection', () => {
  const named = 'data_devices: { paths: [/dev/vdb] }, db_devices: { paths: [/dev/vdc] }';
  const all = 'data_devices: { all: true, limit: 1 }, filter_logic: OR';
  const lab = control(
    `devices: { ${named} }`,
    `s-0: CephStorage, s-1: { role: CephStorage, devices: { ${all} } }`,
  );
  expect(expectedHosts(planSite(lab, 'control-plane')).nodes.slice(1)).toMatchObject([
    { name: 's-0', osdDevices: ['/dev/vdb', '/dev/vdc'] },
    { name: 's-1', osdDevices: [], osdSelections: [{ of: 'data_devices', logic: 'OR', limit: 1 }] },
  ]);
});

test('a drive group that says what a list or `all` says is the same', () => {
  const devicesOf = (devices: string) => planSite(control(`devices: ${devices}`), 'control-plane').nodes;
  expect(devicesOf('{ data_devices: { paths: [/dev/vdb] } }')).toEqual(devicesOf('[/dev/vdb]'));
  expect(devicesOf('{ data_devices: { all: true } }')).toEqual(devicesOf('all'));
});

describe('drive groups of a role and of a node', () => {
  const text = labText({
    controlPlane: `{
      ceph: { devices: [/dev/vdb], devicesByRole: { ComputeHCI: { data_devices: { rotational: false, limit: 1 }, crush_device_class: fast } } },
      nodes: { c-0: Controller, s-0: CephStorage, s-1: { role: CephStorage, devices: { ${kinds} } }, n-0: ComputeHCI, n-1: Compute } }`,
  });
  const site = planSite(labOf(text), 'control-plane');

  test('are services of OSDs in a Ceph spec, with the hosts and daemons that TripleO would write', () => {
    const { words, documents } = deployOf(site);
    expect(words).toContain('--ceph-spec /home/stack/dcn/dev/control-plane/ceph_spec.yaml');
    expect(words).not.toContain('--osd-spec');
    expect(documents).toEqual([
      { service_type: 'host', addr: '10.0.0.10', hostname: 'c-0', labels: ['mon', '_admin', 'mgr'] },
      { service_type: 'host', addr: '10.0.0.30', hostname: 's-0', labels: ['osd'] },
      { service_type: 'host', addr: '10.0.0.31', hostname: 's-1', labels: ['osd'] },
      { service_type: 'host', addr: '10.0.0.70', hostname: 'n-0', labels: ['osd'] },
      { service_type: 'mon', service_name: 'mon', service_id: 'mon', placement: { hosts: ['c-0'] } },
      { service_type: 'mgr', service_name: 'mgr', service_id: 'mgr', placement: { hosts: ['c-0'] } },
      {
        service_type: 'osd',
        service_name: 'osd.default_drive_group',
        service_id: 'default_drive_group',
        data_devices: { paths: ['/dev/vdb'] },
        placement: { hosts: ['s-0'] },
      },
      {
        service_type: 'osd',
        service_name: 'osd.ComputeHCI',
        service_id: 'ComputeHCI',
        data_devices: { rotational: false, limit: 1 },
        crush_device_class: 'fast',
        placement: { hosts: ['n-0'] },
      },
      {
        service_type: 'osd',
        service_name: 'osd.s-1',
        service_id: 's-1',
        data_devices: { rotational: true, limit: 2 },
        db_devices: { rotational: false, limit: 2 },
        placement: { hosts: ['s-1'] },
      },
    ]);
  });

  test('have the names of hosts with the domain, which the client does not add to a Ceph spec', () => {
    const long = labOf(`${text}  glance-dcn:hosts: { domain: example.com, fqdn: true }\n`);
    const { words, documents } = deployOf(planSite(long, 'control-plane'));
    expect(words).toContain('--tld example.com');
    expect(JSON.stringify(documents)).toContain('"hosts":["c-0.example.com"]');
    expect(documents).toContainEqual(expect.objectContaining({ hostname: 's-1.example.com' }));
  });
});

describe('places of hosts in the CRUSH hierarchy', () => {
  const lab = control(
    'devices: all',
    's-0: { role: CephStorage, location: { rack: r1, datacenter: east } }, s-1: CephStorage',
  );
  const site = planSite(lab, 'control-plane');

  test('are in the Ceph spec, from the root on', () => {
    const { words, documents } = deployOf(site);
    expect(words).toContain('--ceph-spec');
    const hosts = documents.filter(
      (document) => (document as { service_type: string }).service_type === 'host',
    );
    expect(hosts.map((host) => (host as { location?: unknown }).location)).toEqual([
      undefined,
      { root: 'default', datacenter: 'east', rack: 'r1' },
      undefined,
    ]);
  });

  test('are those of hosts that are there, too', () => {
    const { words } = deployOf(site);
    expect(words).toMatch(
      / ceph hierarchy --cluster central .* --host s-0,root=default,datacenter=east,rack=r1$/,
    );
  });
});

test('memory of hyperconverged hosts is that of the host of the role with the most OSDs', () => {
  const own = 'devices: { data_devices: { paths: [/dev/nvme0n1, /dev/nvme1n1] }, osds_per_device: 2 }';
  const text = labText({
    controlPlane: `{ ceph: { devices: [/dev/sdb] }, nodes: {
      c-0: { role: Controller, hostKey: ${hostKeyOf('c0')} },
      n-0: { role: ComputeHCI, hostKey: ${hostKeyOf('n0')} },
      n-1: { role: ComputeHCI, hostKey: ${hostKeyOf('n1')}, ${own} } } }`,
    edges: `    dcn0: { nodes: { h-0: { role: DistributedComputeHCI, hostKey: ${hostKeyOf('h0')} } } }\n`,
    rest: `  glance-dcn:provisioner: existing
  glance-dcn:undercloud: { host: uc, hostKey: ${hostKeyOf('uc')}, privateKeyFile: ~/.ssh/id_ed25519 }
`,
  });
  const files = planSite(labOf(text), 'control-plane').steps.flatMap((step) => Object.entries(step.files));
  const [, ceph = ''] = files.find(([name]) => name.endsWith('/ceph.yaml')) ?? [];
  expect(parse(ceph)).toMatchObject({
    parameter_defaults: { ComputeHCIParameters: { NovaReservedHostMemory: 4096 + 4 * 5120 } },
  });
});

test('the example of the reference has all keys, and is valid', () => {
  const page = fs.readFileSync(path.join(projectRoot, 'docs/lab-file.md'), 'utf8');
  const [, example = ''] = /\n## Drive groups\n.*?```yaml\n(.*?)```/s.exec(page) ?? [];
  const named = example
    .replace(
      /(\w+)-0: (\w+)\n/g,
      (_, name: string, role: string) => `${name}-0: { role: ${role}, hostKey: ${hostKeyOf(name)} }\n`,
    )
    .replace(/(\w+)-1: \{/g, (_, name: string) => `${name}-1: { hostKey: ${hostKeyOf(`${name}-1`)},`);
  const rest = `  glance-dcn:provisioner: existing
  glance-dcn:undercloud: { host: uc, hostKey: ${hostKeyOf('uc')}, privateKeyFile: ~/.ssh/id_ed25519 }
`;
  const read: string[] = [];
  const beside = (file: string) => {
    read.push(file);
    return 'data_devices: { paths: [/dev/sdb, /dev/sdc] }\n';
  };
  expect(faultsOf(named + rest, 'dev', beside)).toEqual([]);
  expect(read).toEqual(['old-disks.yaml']);
  const [, , group] = labJsonSchema().definitions?.devices?.anyOf ?? [];
  const keys = [group, ...Object.values(group?.properties ?? {})].flatMap((schema) =>
    Object.keys(schema?.properties ?? {}),
  );
  expect(keys.filter((key) => !example.includes(`${key}:`))).toEqual([]);
  expect(keys).toContain('rotational');
});
