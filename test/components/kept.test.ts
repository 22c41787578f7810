import { type Run, TestLab, standing } from './harness';

const lab = new TestLab();
afterAll(() => lab.remove());
afterEach(() => lab.write(lab.shipped()));

const stdin = (run: Run, name: string) => String(run.named(name).inputs.stdin);

describe('a site that was up keeps', () => {
  const dcn0 = (keys: string) => lab.write(lab.shipped().replace('dcn0: {', `dcn0: { ${keys},`));
  const brought = { ...standing['dev-dcn0'], nodes: {} };
  const refusal = (kept?: unknown) =>
    lab.run('dev-dcn0', { before: { ...brought, kept }, preview: true }).then(
      () => 'no failure',
      (error: Error) => error.message,
    );

  test('the values that it has in the outputs', async () => {
    const { outputs } = await lab.run('dev-dcn0');
    expect(outputs.kept).toMatchObject({
      'sites.dcn0.stack': 'dcn0',
      'sites.dcn0.zone': 'dcn0',
      'sites.dcn0.networks.ctlplane.cidr': '10.0.16.0/24',
      'sites.dcn0.networks.storage.subnet': 'storage_dcn0',
      'sites.dcn0.networks.storage.cidr': '10.8.16.0/24',
      'sites.dcn0.ceph.cluster': 'dcn0',
      'sites.dcn0.ceph.store': 'dcn0',
      'sites.dcn0.ceph.pools.images.name': 'images',
    });
    expect(await refusal(outputs.kept)).toBe('no failure');
  });

  test.each([
    ['stack: leaf-1', 'stack: leaf-1: the site was brought up with dcn0, and TripleO cannot rename a stack'],
    [
      'zone: az-1',
      'zone: az-1: the site was brought up with dcn0, and TripleO takes no host out of its zone',
    ],
    [
      'networks: { storage: { subnet: leaf_1 } }',
      'networks.storage.subnet: leaf_1: the site was brought up with storage_dcn0, and TripleO cannot rename a subnet',
    ],
    [
      'networks: { storage: { cidr: 10.8.99.0/24 } }',
      'networks.storage.cidr: 10.8.99.0/24: the site was brought up with 10.8.16.0/24, and TripleO cannot change',
    ],
    [
      'ceph: { cluster: leaf }',
      'ceph.cluster: leaf: the site was brought up with dcn0, and TripleO cannot rename',
    ],
    [
      'ceph: { store: leaf }',
      'ceph.store: leaf: the site was brought up with dcn0, and Glance has the images',
    ],
    [
      'ceph: { pools: { vms: { name: guests } } }',
      'ceph.pools.vms.name: guests: the site was brought up with vms, and the data would stay behind',
    ],
  ])('its values: refuses %s', async (keys, fault) => {
    const { outputs } = await lab.run('dev-dcn0');
    dcn0(keys);
    const message = await refusal(outputs.kept);
    expect(message).toContain(`${lab.file}: glance-dcn:sites.dcn0.${fault}`);
    expect(message).toMatch(/: write \S+ again\.\n/);
    expect(message).toMatch(/\.\/dcn --lab \S+\/Pulumi\.dev\.yaml destroy dcn0, then bring it up again\./);
  });

  test('no gateway, VLAN, pool of addresses or ctlplane section', async () => {
    const { outputs } = await lab.run('dev-dcn0');
    const pools = '[{ start: 10.8.16.210, end: 10.8.16.220 }]';
    const storage = `{ gateway: 10.8.16.254, vlan: 31, pools: ${pools} }`;
    dcn0(`networks: { ctlplane: { subnet: leaf1 }, storage: ${storage} }`);
    expect(await refusal(outputs.kept)).toBe('no failure');
  });

  test('a network that the lab leaves out: one message, whose remedy is that of the lab', async () => {
    const { outputs } = await lab.run('dev-dcn0');
    lab.write(`${lab.shipped()}\n  glance-dcn:networks: { tenant: none }\n`);
    expect(await refusal(outputs.kept)).toBe(
      `${lab.file}: glance-dcn:networks.tenant: none: the site was brought up with this network: write it again.\n` +
        'To change what is the same at all sites, save the images and destroy the whole lab: ' +
        `./dcn --lab ${lab.file} destroy, then bring it up again.`,
    );
  });

  test('values of its own and of the lab, each with its remedy', async () => {
    const { outputs } = await lab.run('dev-dcn0');
    lab.write(
      `${lab.shipped().replace('dcn0: {', 'dcn0: { zone: az-1,')}\n  glance-dcn:networks: { tenant: none }\n`,
    );
    expect(await refusal(outputs.kept)).toMatch(
      /dcn0\.zone: az-1: [^]*networks\.tenant: none: [^]*\nTo change [^\n]* destroy dcn0, then [^]*\nTo change [^\n]* destroy, then/,
    );
  });

  test('all of them and its nodes, in one message', async () => {
    const { outputs } = await lab.run('dev-dcn0');
    lab.write(
      lab
        .shipped()
        .replace('dcn0: {', 'dcn0: { zone: az-1, stack: leaf,')
        .replace('oc0-ceph-4:', 'oc0-ceph-6:'),
    );
    const nodes = {
      'oc0-ceph-4': { address: '10.0.16.74', instanceId: 'one', role: 'DistributedComputeHCI' },
    };
    await expect(
      lab.run('dev-dcn0', { before: { ...brought, nodes, kept: outputs.kept }, preview: true }),
    ).rejects.toThrow(/dcn0\.stack: leaf: [^]*dcn0\.zone: az-1: [^]*nodes\.oc0-ceph-4: is gone/);
  });

  test('the name that its stack had before a program recorded the values', async () => {
    expect(await refusal()).toBe('no failure');
    dcn0('zone: az-1');
    expect(await refusal()).toBe('no failure');
    dcn0('stack: leaf-1');
    expect(await refusal()).toContain('stack: leaf-1: the site was brought up with dcn0');
  });
});

describe('a site that was up before', () => {
  const upAs = (role: string) => ({
    ...standing['dev-dcn0'],
    nodes: { 'oc0-ceph-4': { address: '10.0.16.74', instanceId: 'one', role } },
  });
  const dcn0 = (nodes: string) =>
    lab.write(lab.shipped().replace('oc0-ceph-4: DistributedComputeHCI', nodes));

  test('accepts a scale-out node, and its verbs run again with both', async () => {
    dcn0('oc0-ceph-4: DistributedComputeHCI, oc0-ceph-6: DistributedComputeHCIScaleOut');
    const run = await lab.run('dev-dcn0', { before: upAs('DistributedComputeHCI') });
    expect(stdin(run, 'dcn0-node-provision')).toContain('DistributedComputeHCIScaleOut');
    expect(run.named('oc0-ceph-6').inputs.create).toContain('oc0-ceph-6');
  });

  test.each([
    [
      'another role',
      'oc0-ceph-4: DistributedComputeHCIScaleOut, oc0-ceph-6: DistributedComputeHCI',
      'glance-dcn:sites.dcn0.nodes.oc0-ceph-4: DistributedComputeHCIScaleOut: the node was brought up as ' +
        'DistributedComputeHCI, and cannot get another role in place: write DistributedComputeHCI again.',
    ],
    [
      'no role, by removing it',
      'oc0-ceph-6: DistributedComputeHCI',
      'glance-dcn:sites.dcn0.nodes.oc0-ceph-4: is gone, but the site was brought up with 1 copies of each object, and has 0 hosts with ' +
        'OSDs left: put it back; or bring the site up with it and another node with OSDs first.',
    ],
  ])('refuses to give a node %s, also in previews, and names the remedy', async (_, nodes, fault) => {
    dcn0(nodes);
    const before = upAs('DistributedComputeHCI');
    for (const preview of [false, true]) {
      const message = await lab.run('dev-dcn0', { before, preview }).then(
        () => 'no failure',
        (error: Error) => error.message,
      );
      expect(message).toContain(fault);
      expect(message).toMatch(/\.\/dcn --lab \S+\/Pulumi\.dev\.yaml destroy dcn0, then bring it up again\./);
    }
  });

  describe('keeps the racks of its nodes:', () => {
    const inRack = (rack: string) => `{ role: DistributedComputeHCI, rack: ${rack} }`;
    const write = (node: string, rack?: string) =>
      lab.write(
        lab
          .shipped()
          .replace(
            'dcn0: { nodes: { oc0-ceph-4: DistributedComputeHCI }',
            `dcn0: { ${rack ? `racks: { ${rack}: { index: 3 } }, ` : ''}nodes: { oc0-ceph-4: ${node} }`,
          ),
      );
    const at = 'glance-dcn:sites.dcn0.nodes.oc0-ceph-4.rack';

    test.each([
      [
        'r1',
        'r2',
        `${at}: r2: the node was brought up in rack r1, and cannot get other addresses in place: write r1 again.`,
      ],
      [
        'r1',
        undefined,
        `${at}: is gone: the node was brought up in rack r1, and cannot get other addresses in place: write r1 again.`,
      ],
      [
        undefined,
        'r1',
        `${at}: r1: the node was brought up without a rack, and cannot get other addresses in place: take rack out again.`,
      ],
    ])('from %s to %s', async (was, now, fault) => {
      const brought = (rack?: string) => write(rack ? inRack(rack) : 'DistributedComputeHCI', rack);
      brought(was);
      const { outputs } = await lab.run('dev-dcn0');
      const before = { ...standing['dev-dcn0'], ...outputs };
      await expect(lab.run('dev-dcn0', { before, preview: true })).resolves.toBeDefined();
      brought(now);
      await expect(lab.run('dev-dcn0', { before, preview: true })).rejects.toThrow(
        `${lab.file}: ${fault}\nTo change what a site was brought up with`,
      );
    });
  });

  test.each([
    [
      'of one network',
      'oc0-ceph-4: { role: DistributedComputeHCI, addresses: { storage: 10.8.16.99 } }',
      'storage 10.8.16.99: the node was brought up with storage 10.8.16.74, and cannot',
    ],
    [
      'of all networks, by its host number',
      'oc0-ceph-4: { role: DistributedComputeHCI, host: 99 }',
      'ctlplane 10.0.16.99, storage 10.8.16.99, storage_mgmt 10.12.16.99, internal_api 10.4.16.99, tenant 10.16.16.99: the node was ' +
        'brought up with ctlplane 10.0.16.74, storage 10.8.16.74, ',
    ],
  ])('keeps the addresses of its nodes: %s', async (_, node, fault) => {
    const { outputs } = await lab.run('dev-dcn0');
    dcn0(node);
    const refusal = (nodes: unknown) =>
      lab.run('dev-dcn0', { before: { ...standing['dev-dcn0'], ...outputs, nodes }, preview: true }).then(
        () => 'no failure',
        (error: Error) => error.message,
      );
    const at = `${lab.file}: glance-dcn:sites.dcn0.nodes.oc0-ceph-4: `;
    const message = await refusal(outputs.nodes);
    expect(message).toContain(`${at}${fault}`);
    expect(message).toMatch(
      /in place: write the same host number or addresses again\.\nTo change what a site/,
    );
    // Version 0.1.0 recorded the address of ctlplane alone.
    const [name, host] = Object.entries(outputs.nodes as Record<string, object>)[0]!;
    const old = await refusal({ [name]: { ...host, addresses: undefined } });
    expect(old).toMatch(node.includes('host:') ? /: ctlplane 10\.0\.16\.99: / : /^no failure$/);
  });

  test('names a changed subnet, and not the addresses of its nodes', async () => {
    const { outputs } = await lab.run('dev-dcn0');
    lab.write(lab.shipped().replace('dcn0: {', 'dcn0: { networks: { storage: { cidr: 10.8.99.0/24 } },'));
    const before = { ...standing['dev-dcn0'], ...outputs };
    await expect(lab.run('dev-dcn0', { before, preview: true })).rejects.toThrow(
      /^\S+ glance-dcn:sites\.dcn0\.networks\.storage\.cidr: 10\.8\.99\.0\/24: [^\n]*\nTo change what a site/,
    );
  });

  test('refuses to leave a rack with its last node, in one message', async () => {
    lab.write(
      lab
        .shipped()
        .replace(
          'dcn0: { nodes: { oc0-ceph-4: DistributedComputeHCI }',
          'dcn0: { racks: { r1: { index: 3 } }, nodes: { oc0-ceph-4: DistributedComputeHCI, oc0-ceph-6: { role: DistributedComputeHCIScaleOut, rack: r1 } }',
        ),
    );
    const { outputs } = await lab.run('dev-dcn0');
    const before = { ...standing['dev-dcn0'], ...outputs };
    dcn0('oc0-ceph-4: DistributedComputeHCI');
    await expect(lab.run('dev-dcn0', { before, preview: true })).rejects.toThrow(
      new RegExp(
        `^${lab.file}: glance-dcn:sites\\.dcn0\\.nodes\\.oc0-ceph-6: is gone, [^\\n]*\\nTo change what a site`,
      ),
    );
  });

  test('by a program that stored no roles accepts any role', async () => {
    dcn0('oc0-ceph-4: DistributedComputeHCIScaleOut, oc0-ceph-6: DistributedComputeHCI');
    const nodes = { 'oc0-ceph-4': { address: '10.0.16.74', instanceId: 'one' } };
    const { outputs } = await lab.run('dev-dcn0', { before: { ...standing['dev-dcn0'], nodes } });
    expect(outputs.nodes).toMatchObject({
      'oc0-ceph-4': { role: 'DistributedComputeHCIScaleOut' },
      'oc0-ceph-6': { role: 'DistributedComputeHCI' },
    });
  });
});
