import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse } from 'yaml';
import { sha256 } from './fakeKit';
import { TestLab, type Run, before, fingerprint, isSecret, standing, unknown } from './harness';
import { hostKeyOf } from '../hostKeys';
import { onExistingHosts } from '../shipped';

const lab = new TestLab();
afterAll(() => lab.remove());
afterEach(() => lab.write(lab.shipped()));

const stepsOfEdge = [
  'network-provision',
  'vip-provision',
  'node-provision',
  'roles-generate',
  'ceph-deploy',
  'overcloud-stack',
  'overcloud-config',
];
const commands = (run: Run) => run.resources.filter(({ type }) => type === 'command:remote:Command');
const stdin = (run: Run, name: string) => String(run.named(name).inputs.stdin);

describe('an edge site', () => {
  let run: Run;
  beforeAll(async () => {
    run = await lab.run('dev-dcn0');
  });

  test('is one component with all resources of the site under it, named after site and nodes', () => {
    const roots = run.resources.filter(({ parent }) => parent === undefined);
    expect(roots.map(({ type, name }) => [type, name])).toEqual([['glance-dcn:site:EdgeSite', 'dcn0']]);
    const components = run.resources.filter(({ type }) => type.startsWith('glance-dcn:'));
    expect(components.map(({ type, name, parent }) => [type, name, parent])).toEqual([
      ['glance-dcn:site:EdgeSite', 'dcn0', undefined],
      ['glance-dcn:nodes:Sandbox', 'dcn0-nodes', 'dcn0'],
      ['glance-dcn:site:CephCluster', 'dcn0-ceph', 'dcn0'],
      ['glance-dcn:site:Overcloud', 'dcn0-overcloud', 'dcn0'],
      ['glance-dcn:site:GlanceStore', 'dcn0-store', 'dcn0'],
    ]);
    const nodes = run.resources.filter(({ type }) => type === 'command:local:Command');
    expect(nodes.map(({ name, parent }) => [name, parent])).toEqual([['oc0-ceph-4', 'dcn0-nodes']]);
  });

  test('checks its subnets and its stack on the undercloud before any step', () => {
    expect(parse(stdin(run, 'dcn0-undercloud'))).toMatchObject({
      site: 'dcn0',
      stack: 'dcn0',
      subnets: [
        { network: 'ctlplane', name: 'ctlplane-dcn0', cidr: '10.0.16.0/24', gateway: '10.0.16.1' },
        { network: 'storage', name: 'storage_dcn0', cidr: '10.8.16.0/24' },
        { network: 'storage_mgmt', name: 'storage_mgmt_dcn0', cidr: '10.12.16.0/24' },
        { network: 'internal_api', name: 'internal_api_dcn0', cidr: '10.4.16.0/24' },
        { network: 'tenant', name: 'tenant_dcn0', cidr: '10.16.16.0/24' },
      ],
    });
    for (const name of ['dcn0-network-provision', 'dcn0-roles-generate']) {
      expect(before(run, name)).toContain('dcn0-undercloud');
    }
    // The sandbox gives the undercloud the subnet of a new site with the first host of the site.
    expect(before(run, 'dcn0-undercloud')).toContain('dcn0-nodes');
  });

  test('is announced only after this check, which may refuse it', () => {
    expect(before(run, 'dcn0-announcement')).toContain('dcn0-undercloud');
  });

  test('has one command for each TripleO verb', () => {
    const jobs = commands(run).filter(({ inputs }) => /kit job run$/.test(String(inputs.create)));
    expect(jobs.map(({ name }) => name)).toEqual(stepsOfEdge.map((step) => `dcn0-${step}`));
    for (const { name, inputs } of jobs) {
      const openstack =
        String(inputs.stdin)
          .split('teardown:')[0]
          ?.match(/- - openstack/g) ?? [];
      expect([name, openstack.length]).toEqual([name, 1]);
    }
  });

  test('announces itself before the first verb, and registers its store last', () => {
    for (const step of stepsOfEdge) {
      expect(before(run, `dcn0-${step}`)).toContain('dcn0-announcement');
    }
    const others = run.resources.filter(({ type }) => type.startsWith('command:')).map(({ name }) => name);
    const last = 'dcn0-store-register';
    const after = 'dcn0-restored';
    expect([...before(run, last)]).toEqual(
      expect.arrayContaining(others.filter((name) => name !== last && name !== after)),
    );
  });

  test('gets back last what an unfinished destruction has taken away, so each destruction deletes this resource first', () => {
    const all = run.resources.filter(({ type }) => type.startsWith('command:')).map(({ name }) => name);
    expect([...before(run, 'dcn0-restored')].sort()).toEqual(
      expect.arrayContaining(all.filter((name) => name !== 'dcn0-restored')),
    );
    const { inputs } = run.named('dcn0-restored');
    expect([inputs.create, inputs.delete]).toEqual([
      'python3 /home/stack/dcn/dev/kit site restore dcn0',
      undefined,
    ]);
    expect(parse(String(inputs.stdin))).toEqual({ steps: stepsOfEdge });
  });

  test('runs independent steps at the same time', () => {
    const group = ['dcn0-vip-provision', 'dcn0-node-provision', 'dcn0-roles-generate'];
    for (const name of group) {
      group.forEach((other) => expect(before(run, name)).not.toContain(other));
    }
    for (const name of ['dcn0-network-provision', 'dcn0-vip-provision', 'dcn0-roles-generate']) {
      expect(before(run, name)).not.toContain('dcn0-ready');
    }
  });

  test('waits for its hosts before the first verb that works on them', () => {
    expect(before(run, 'dcn0-ready')).toContain('oc0-ceph-4');
    for (const step of ['node-provision', 'ceph-deploy', 'overcloud-stack', 'overcloud-config']) {
      expect(before(run, `dcn0-${step}`)).toContain('dcn0-ready');
      expect(run.named(`dcn0-${step}`).inputs.create).toContain(`'nodes: {"oc0-ceph-4":"id-of-oc0-ceph-4"}'`);
    }
    expect(run.named('dcn0-network-provision').inputs.create).not.toContain('id-of');
  });

  test('has commands that update as they create, undo themselves, log stderr only, and get no earlier output', () => {
    for (const { name, inputs, options } of commands(run)) {
      // The hosts of a site that stands need not be fresh.
      const again = name.endsWith('-ready') ? ' --again' : '';
      expect([name, inputs.update]).toEqual([name, `${String(inputs.create)}${again}`]);
      expect(inputs).toMatchObject({ logging: 'stderr', addPreviousOutputInEnv: false });
      expect(inputs.triggers).toBeUndefined();
      expect(options.deletedWith).toBeUndefined();
      expect(options.customTimeouts?.create).toMatch(/^\d+m$/);
    }
    for (const step of stepsOfEdge) {
      expect(run.named(`dcn0-${step}`).inputs.delete).toBe('python3 /home/stack/dcn/dev/kit job undo');
    }
    // So the second of them finds nothing left to do.
    expect(run.named('dcn0-ready').dependsOn).toContain('dcn0-undercloud');
    for (const name of ['dcn0-ready', 'dcn0-undercloud']) {
      const { inputs, options } = run.named(name);
      expect(inputs.delete).toBe('python3 /home/stack/dcn/dev/kit site close dcn0');
      // Its jobs have limits of their own.
      expect(options.customTimeouts?.delete).toBe('1455m');
    }
    expect(run.named('dcn0-store-register').inputs.delete).toBe(
      'python3 /home/stack/dcn/dev/kit stores withdraw',
    );
  });

  test('has the private key only in connections, as a secret', () => {
    const key = lab.privateKey.trim();
    for (const { inputs } of commands(run)) {
      const { connection, ...rest } = inputs;
      expect(isSecret(connection)).toBe(true);
      expect(JSON.stringify(connection)).toContain(key);
      expect(JSON.stringify(rest)).not.toContain(key);
    }
    expect(JSON.stringify(run.outputs)).not.toContain(key);
  });

  test('makes nodes by the sandbox, and replaces a node when its plan changes', () => {
    const { inputs, options } = run.named('oc0-ceph-4');
    expect(inputs.create).toMatch(/^\.\/dcn --lab \S+Pulumi\.dev\.yaml sandbox node create oc0-ceph-4$/);
    expect(inputs.update).toBe(inputs.create);
    expect(inputs.delete).toMatch(/sandbox node destroy oc0-ceph-4$/);
    expect(inputs.triggers).toEqual([
      'DistributedComputeHCI',
      expect.objectContaining({ ctlplane: '10.0.16.74' }),
      ['/dev/vdb'],
    ]);
    expect(options.deleteBeforeReplace).toBe(true);
  });

  test('outputs values that became known during the update, and those that it keeps', () => {
    expect(run.outputs).toEqual({
      schemaVersion: 1,
      lab: 'dev',
      site: 'dcn0',
      kept: expect.any(Object) as object,
      nodes: {
        'oc0-ceph-4': {
          address: '10.0.16.74',
          addresses: {
            ctlplane: '10.0.16.74',
            storage: '10.8.16.74',
            storage_mgmt: '10.12.16.74',
            internal_api: '10.4.16.74',
            tenant: '10.16.16.74',
          },
          instanceId: 'id-of-oc0-ceph-4',
          role: 'DistributedComputeHCI',
        },
      },
      store: expect.objectContaining({ fsid: expect.any(String) }),
      digests: {},
    });
  });

  test('runs the steps that read an export of the control plane, and those that need them, again when it changes', async () => {
    const other = 'cd'.repeat(32);
    const control = {
      ...standing['dev-control-plane'],
      digests: { ...(standing['dev-control-plane']?.digests as object) },
    };
    control.digests = Object.fromEntries(Object.keys(control.digests).map((file) => [file, other]));
    const after = await lab.run('dev-dcn0', { stacks: { ...standing, 'dev-control-plane': control } });
    const changed = commands(run).filter(
      ({ name, inputs }) => after.named(name).inputs.stdin !== inputs.stdin,
    );
    expect(changed.map(({ name }) => name)).toEqual([
      'dcn0-overcloud-stack',
      'dcn0-overcloud-config',
      'dcn0-store-register',
    ]);
    expect(stdin(run, 'dcn0-overcloud-config')).toContain(sha256);
    expect(stdin(after, 'dcn0-overcloud-config')).not.toContain(sha256);
  });
});

describe('a site of hosts that exist already', () => {
  const existing = () => onExistingHosts(lab.shipped());

  test('checks all hosts by one call of the kit, has nothing to undo on them, and uses the instance ids of the answer', async () => {
    lab.write(existing());
    const run = await lab.run('dev-control-plane');
    const hosts = run.named('control-plane-hosts');
    expect(hosts.parent).toBe('control-plane-nodes');
    expect(run.named('control-plane-nodes').type).toBe('glance-dcn:nodes:Existing');
    expect(run.resources.filter(({ type }) => type === 'command:local:Command')).toEqual([]);
    expect(hosts.inputs.create).toBe('python3 /home/stack/dcn/dev/kit nodes check');
    // The hosts of a site that stands need not be fresh.
    expect(hosts.inputs.update).toBe('python3 /home/stack/dcn/dev/kit nodes check --again');
    expect(hosts.inputs.delete).toBeUndefined();
    expect(String(hosts.inputs.stdin)).toContain(
      `    user: tripleo-admin\n    hostKey: ${hostKeyOf('oc0-ceph-3')}\n`,
    );
    expect(before(run, 'control-plane-ready')).toContain('control-plane-hosts');
    expect(before(run, 'control-plane-hosts')).toContain('control-plane-undercloud');
    expect(run.named('control-plane-node-provision').inputs.create).toContain(
      `"oc0-ceph-3":"id-of-${hostKeyOf('oc0-ceph-3')}"`,
    );
  });

  test('runs only the steps on hosts again when a host was reinstalled', async () => {
    lab.write(existing());
    const was = await lab.run('dev-dcn0');
    lab.write(existing().replace(hostKeyOf('oc0-ceph-4'), hostKeyOf('another-4')));
    const now = await lab.run('dev-dcn0');
    const changed = commands(was).filter(
      ({ name, inputs }) => JSON.stringify(now.named(name).inputs) !== JSON.stringify(inputs),
    );
    expect(changed.map(({ name }) => name)).toEqual([
      'dcn0-hosts',
      'dcn0-ready',
      'dcn0-node-provision',
      'dcn0-ceph-deploy',
      'dcn0-overcloud-stack',
      'dcn0-overcloud-config',
      'dcn0-store-register',
    ]);
  });
});

describe('a site with NIC templates', () => {
  const template = 'network_config:\n- type: interface\n  name: nic1\n';
  const folder = path.join(path.dirname(lab.file), 'nics');

  test('gives the template to the undercloud, and needs only the ctlplane address of a host before', async () => {
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'hci.j2'), template);
    const nics = 'nics: { DistributedComputeHCI: nics/hci.j2 }';
    lab.write(onExistingHosts(lab.shipped()).replace('dcn0: {', `dcn0: { ${nics},`));
    const run = await lab.run('dev-dcn0');
    const { files } = parse(stdin(run, 'dcn0-node-provision')) as { files: Record<string, string> };
    expect(files['dcn0/nics/DistributedComputeHCI.j2']).toBe(template);
    for (const check of ['dcn0-hosts', 'dcn0-ready']) {
      const { nodes } = parse(stdin(run, check)) as { nodes: { addresses: object }[] };
      expect(nodes.map(({ addresses }) => addresses)).toEqual([{ ctlplane: '10.0.16.74' }]);
    }
  });
});

describe('the preview of a new site', () => {
  test('registers all resources of an update, with every document in full', async () => {
    for (const stack of ['dev-control-plane', 'dev-dcn0']) {
      const [preview, update] = [await lab.run(stack, { preview: true }), await lab.run(stack)];
      const shape = (run: Run) =>
        run.resources.map(({ type, name, parent, dependsOn }) => ({ type, name, parent, dependsOn }));
      expect(shape(preview)).toEqual(shape(update));
      for (const { name, inputs } of commands(preview)) {
        expect(inputs.stdin).toBe(update.named(name).inputs.stdin);
      }
    }
  });

  test('does not know the instance ids of its hosts', async () => {
    const run = await lab.run('dev-dcn0', { preview: true });
    expect(run.named('dcn0-node-provision').inputs.create).toEqual(unknown);
    expect(run.named('dcn0-network-provision').inputs.create).toBe('python3 /home/stack/dcn/dev/kit job run');
  });
});

test('--target brings up a part of a site, without values of the rest', async () => {
  const run = await lab.run('dev-dcn0', { leftOut: () => true });
  // The engine leaves out every input that depends on a resource that it leaves out.
  expect(run.named('dcn0-node-provision').inputs.create).toBeUndefined();
  expect(run.named('dcn0-network-provision').inputs.create).toBe('python3 /home/stack/dcn/dev/kit job run');
});

describe('the control plane', () => {
  test('exports after its configuration, records its store, and needs no other site', async () => {
    const run = await lab.run('dev-control-plane');
    expect(run.reads).toEqual(['dev']);
    expect(run.resources.filter(({ type }) => type === 'command:local:Command')).toHaveLength(7);
    for (const step of ['overcloud-export', 'ceph-export']) {
      expect(run.named(`control-plane-${step}`).dependsOn).toContain('control-plane-overcloud-config');
    }
    expect(run.named('control-plane-store-record').inputs.create).toContain('kit stores record');
    expect(run.outputs.digests).toEqual(standing['dev-control-plane']?.digests);
  });
});

describe('a change of the lab file', () => {
  const withDcn2 = (text: string) =>
    text.replace(
      '  glance-dcn:images:',
      '    dcn2: { nodes: { oc0-ceph-6: DistributedComputeHCI } }\n  glance-dcn:images:',
    );

  test.each(['dev', 'dev-control-plane', 'dev-dcn0', 'dev-dcn1', 'dev-images'])(
    'that adds a site does not change %s',
    async (stack) => {
      const was = fingerprint(await lab.run(stack));
      expect(withDcn2(lab.shipped())).toContain('dcn2');
      lab.write(withDcn2(lab.shipped()));
      expect(fingerprint(await lab.run(stack))).toEqual(was);
    },
  );

  test('of a parameter of dcn0 changes only the steps that it concerns, line by line', async () => {
    const [was, wasOther] = [await lab.run('dev-dcn0'), await lab.run('dev-dcn1')];
    lab.write(lab.shipped().replace('dcn0: {', 'dcn0: { parameters: { NovaReservedHostMemory: 4096 },'));
    const [now, other] = [await lab.run('dev-dcn0'), await lab.run('dev-dcn1')];
    const changed = was.resources.filter(
      ({ name, inputs }) => JSON.stringify(now.named(name).inputs) !== JSON.stringify(inputs),
    );
    expect(changed.map(({ name }) => name)).toEqual([
      'dcn0-overcloud-stack',
      'dcn0-overcloud-config',
      'dcn0-store-register',
    ]);
    expect(now.named('dcn0-overcloud-stack').inputs.create).toBe(
      was.named('dcn0-overcloud-stack').inputs.create,
    );
    expect(stdin(now, 'dcn0-overcloud-stack').split('\n')).toContainEqual(
      expect.stringMatching(/^ +NovaReservedHostMemory: 4096$/),
    );
    expect(fingerprint(other)).toEqual(fingerprint(wasOther));
  });
});

test('a site in racks has their subnets checked, and the kit gets its nodes without their racks', async () => {
  const racked =
    'dcn0: { racks: { r1: { index: 3 } }, nodes: { oc0-ceph-4: { role: DistributedComputeHCI, rack: r1 } } }';
  lab.write(lab.shipped().replace('dcn0: { nodes: { oc0-ceph-4: DistributedComputeHCI } }', racked));
  const run = await lab.run('dev-dcn0');
  const { subnets } = parse(stdin(run, 'dcn0-undercloud')) as { subnets: object[] };
  expect(subnets).toContainEqual({ network: 'storage', name: 'storage_dcn0', cidr: '10.8.16.0/24' });
  expect(subnets).toContainEqual({
    network: 'ctlplane',
    name: 'ctlplane-dcn0-r1',
    cidr: '10.0.3.0/24',
    gateway: '10.0.3.1',
    rack: 'r1',
  });
  expect(run.outputs.kept).toMatchObject({
    'sites.dcn0.racks.r1.networks.storage.subnet': 'storage_dcn0_r1',
    'sites.dcn0.racks.r1.networks.storage.cidr': '10.8.3.0/24',
  });
  const { nodes } = parse(stdin(run, 'dcn0-ready')) as { nodes: { addresses: object }[] };
  expect(nodes[0]).not.toHaveProperty('rack');
  expect(nodes[0]!.addresses).toMatchObject({ storage: '10.8.3.74' });
});

test('a lab on the sandbox does not load the OpenStack provider', async () => {
  await lab.run('dev-dcn0');
  const loaded = Object.keys(require.cache);
  expect(loaded.filter((file) => file.includes('@pulumi/command'))).not.toEqual([]);
  expect(loaded.filter((file) => file.includes('@pulumi/openstack'))).toEqual([]);
});
