import { type Run, TestLab, before, fingerprint, standingCaches } from './harness';

const lab = new TestLab('examples/cache/Pulumi.cache.yaml');
afterAll(() => lab.remove());
afterEach(() => lab.write(lab.shipped()));

const run = (stack: string, stacks = standingCaches): Promise<Run> => lab.run(stack, { stacks });
const stdin = (made: Run, name: string) => String(made.named(name).inputs.stdin);

describe('an edge site of a lab with caches', () => {
  test('has caches instead of a store, and no announcement', async () => {
    const dcn1 = await run('cache-dcn1');
    const components = dcn1.resources.filter(({ type }) => type.startsWith('glance-dcn:'));
    expect(components.map(({ type, name, parent }) => [type, name, parent])).toEqual([
      ['glance-dcn:site:EdgeSite', 'dcn1', undefined],
      ['glance-dcn:nodes:Sandbox', 'dcn1-nodes', 'dcn1'],
      ['glance-dcn:site:Overcloud', 'dcn1-overcloud', 'dcn1'],
      ['glance-dcn:site:GlanceCache', 'dcn1-cache', 'dcn1'],
    ]);
    const commands = dcn1.resources.filter(({ type }) => type === 'command:remote:Command');
    expect(commands.filter(({ inputs }) => /kit stores/.test(String(inputs.create)))).toEqual([]);
    expect(dcn1.outputs).toMatchObject({ cache: { nodes: expect.any(Array) as string[], limitBytes: 1 } });
    expect(dcn1.outputs.store).toBeUndefined();
  });

  test('records its caches last, and removes the record first', async () => {
    const dcn1 = await run('cache-dcn1');
    const { inputs } = dcn1.named('dcn1-cache-keep');
    expect(inputs.delete).toBe('python3 /home/stack/dcn/cache/kit caches leave');
    expect(inputs.create).toContain('id-of-oc0-ceph-2');
    expect(inputs.stdin).toContain(
      [
        'limitBytes: 234881024',
        'nodes:',
        '  - name: oc0-ceph-2',
        '    address: 10.0.17.72',
        '    api: 10.4.17.72',
        '  - name: oc0-ceph-3',
      ].join('\n'),
    );
    const others = dcn1.resources.filter(({ type }) => type.startsWith('command:')).map(({ name }) => name);
    expect([...before(dcn1, 'dcn1-cache-keep')]).toEqual(
      expect.arrayContaining(others.filter((name) => !['dcn1-cache-keep', 'dcn1-restored'].includes(name))),
    );
  });

  test('has a Ceph cluster where its nodes have OSDs, with no pool for images', async () => {
    const central = await run('cache-central');
    expect(central.named('central-ceph').type).toBe('glance-dcn:site:CephCluster');
    expect(stdin(central, 'central-overcloud-stack')).not.toContain('name: images');
  });

  test('when added, changes nothing at the control plane or at other sites', async () => {
    const more = lab
      .shipped()
      .replace('    dcn1:', '    dcn2: { nodes: { oc0-ceph-9: DistributedCompute } }\n    dcn1:');
    for (const stack of ['cache', 'cache-control-plane', 'cache-central', 'cache-images']) {
      lab.write(lab.shipped());
      const was = fingerprint(await run(stack));
      lab.write(more);
      expect(fingerprint(await run(stack))).toEqual(was);
    }
  });
});

test.each([
  ['cache-control-plane', { store: { store: 'central', cluster: 'central' } }],
  ['cache-dcn1', { store: { store: 'dcn1', cluster: 'dcn1' } }],
])('%s refuses to be updated with caches while its images are in Ceph', async (stack, was) => {
  await expect(
    lab.run(stack, {
      stacks: standingCaches,
      before: { ...standingCaches[stack], cache: undefined, ...was, nodes: {} },
    }),
  ).rejects.toThrow(/topology: cache: the lab was brought up as multistore.* write multistore again/);
  const unchanged = { ...standingCaches[stack], nodes: {} };
  const again = await lab.run(stack, { stacks: standingCaches, before: unchanged });
  expect(fingerprint(again)).toEqual(fingerprint(await run(stack)));
});

test('the control plane records its Swift as the store, without a cluster', async () => {
  const control = await run('cache-control-plane');
  const document = stdin(control, 'control-plane-store-record');
  expect(document).toContain('store: swift');
  expect(document).not.toMatch(/^(cluster|node|pools):/m);
  expect(control.resources.map(({ name }) => name)).not.toContain('control-plane-ceph-export');
});

describe('the images', () => {
  test('are stored in Swift in their own format, and in the caches of their sites', async () => {
    const images = await run('cache-images');
    expect(stdin(images, 'packed-64')).toContain(
      'diskFormat: qcow2\nkeepFormat: true\nstores:\n  - swift\ncaches:\n  - dcn1\n',
    );
    expect(stdin(images, 'spare-64')).toContain('caches: []');
  });

  test('are fetched again by a site that was recreated', async () => {
    const was = await run('cache-images');
    const nodes = { 'node-of-dcn1': { address: '192.0.2.1', instanceId: 'another' } };
    const now = await run('cache-images', {
      ...standingCaches,
      'cache-dcn1': { ...standingCaches['cache-dcn1'], nodes },
    });
    const changed = was.resources.filter(
      ({ name, inputs }) => JSON.stringify(now.named(name).inputs) !== JSON.stringify(inputs),
    );
    expect(changed.map(({ name }) => name).sort()).toEqual(['packed-64', 'plain-128']);
  });
});
