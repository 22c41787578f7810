import { TestLab, type Registered, type Run, fingerprint, isSecret, standingCloud } from './harness';
import { privateHostKey } from './fakeKit';

const lab = new TestLab('examples/openstack/Pulumi.openstack.yaml');
afterAll(() => lab.remove());
beforeEach(() => lab.write(lab.shipped().replace('~/.ssh/id_ed25519', 'state/openstack/sandbox/id_ed25519')));

const secretLine = privateHostKey.split('\n')[1];
const image = '1f0c4a52-7a0e-4b5f-9a3c-6f1a0f6e2d11';
const cloud = {
  getImageIds: () => ({ ids: [image, '8c2f7b1d-53a9-4e0c-b7d6-95e4f3a2c133'] }),
  getFlavor: ({ name }: Record<string, unknown>) => ({ id: `id-of-${String(name)}` }),
  getNetwork: () => ({ name: 'public' }),
};
const run = (stack: string, options: Parameters<TestLab['run']>[1] = {}) =>
  lab.run(stack, { stacks: standingCloud, cloud, ...options });

const ofType = (of: Run, type: string) =>
  of.resources.filter((resource) => resource.type.endsWith(`:${type}`));
const typed = (of: Run, type: string, name: string): Registered => {
  const found = ofType(of, type).find((resource) => resource.name === name);
  if (!found) {
    throw new Error(`no ${type} ${name}`);
  }
  return found;
};

describe('the lab stack', () => {
  let of: Run;
  beforeAll(async () => {
    lab.write(lab.shipped().replace('~/.ssh/id_ed25519', 'state/openstack/sandbox/id_ed25519'));
    of = await run('openstack');
  });

  test('makes each network of a site with its subnet, except those that exist already', () => {
    const networks = ofType(of, 'Network').map(({ name }) => name);
    expect(networks).toHaveLength(15);
    expect(networks).not.toContain('control-plane-external');
    expect(typed(of, 'Network', 'dcn0-storage').inputs.name).toBe('openstack-dcn0-storage');
    expect(typed(of, 'Subnet', 'dcn0-storage').inputs).toMatchObject({
      cidr: '10.8.16.0/24',
      noGateway: true,
      allocationPools: [{ start: '10.8.16.200', end: '10.8.16.250' }],
    });
  });

  test('gives ctlplane the default route, and each other network a route to the same network of other sites', () => {
    expect(typed(of, 'Subnet', 'dcn0-ctlplane').inputs).toMatchObject({ gatewayIp: '10.0.16.1' });
    expect(typed(of, 'SubnetRoute', 'dcn0-storage').inputs).toMatchObject({
      destinationCidr: '10.8.0.0/14',
      nextHop: '10.8.16.1',
    });
    expect(ofType(of, 'SubnetRoute').map(({ name }) => name)).not.toContain('dcn0-ctlplane');
    expect(typed(of, 'Port', 'dcn0-storage-gateway').inputs.fixedIps).toEqual([
      { subnetId: 'dcn0-storage-id', ipAddress: '10.8.16.1' },
    ]);
    expect(ofType(of, 'RouterInterface')).toHaveLength(15);
  });

  test('gives the undercloud a floating IP after the router reaches it, and connects after that', () => {
    const awaited = [of.named('kit').options.dependsOn ?? []].flat() as { __pulumiType?: string }[];
    expect(awaited.map((resource) => resource.__pulumiType)).toEqual([
      'openstack:compute/instance:Instance',
      'openstack:networking/floatingIpAssociate:FloatingIpAssociate',
    ]);
    const association = typed(of, 'FloatingIpAssociate', 'undercloud');
    expect(association.dependsOn).toContain('control-plane-ctlplane');
    expect(typed(of, 'FloatingIp', 'undercloud').inputs.pool).toBe('public');
    // A new server takes minutes to boot.
    expect(JSON.stringify(of.named('kit').inputs.connection)).toContain('"dialErrorLimit":60');
  });

  test('makes a key pair of the undercloud’s key', () => {
    expect(typed(of, 'Keypair', 'openstack-undercloud').inputs).toMatchObject({
      publicKey: 'ssh-rsa AAAAuc stack@undercloud',
    });
  });

  test('outputs names and ids, and no secret', () => {
    expect(of.outputs.cloud).toMatchObject({
      keyPair: 'openstack-undercloud',
      securityGroups: ['openstack-nodes-id'],
      networks: { dcn0: { storage: { network: 'dcn0-storage-id', subnet: 'dcn0-storage-id' } } },
    });
    expect(of.outputs.undercloud).toMatchObject({ hostKey: 'ssh-ed25519 AAAAundercloud-hostkey' });
    expect(JSON.stringify(of.outputs)).not.toContain(secretLine);
  });

  test('deletes ports, addresses and names before it creates them again', () => {
    const held = ['Instance', 'Port', 'RouterInterface'].flatMap((type) => ofType(of, type));
    expect(held.length).toBe(1 + 2 + 15 + 15);
    for (const { name, type, options } of held) {
      expect([type, name, options.deleteBeforeReplace]).toEqual([type, name, true]);
    }
  });

  test('ignores image changes of the undercloud, and gives it only inputs that Nova returns unchanged', () => {
    const { inputs, options } = typed(of, 'Instance', 'undercloud');
    expect(options.ignoreChanges).toEqual(['imageId', 'imageName']);
    // A change of any other input would replace the server, and Nova returns some of them in another order.
    expect(Object.keys(inputs).sort()).toEqual(
      ['configDrive', 'flavorName', 'imageId', 'keyPair', 'name', 'networks', 'userData'].sort(),
    );
    expect(isSecret(inputs.userData)).toBe(true);
    expect(inputs.networks).toEqual([{ port: 'undercloud-ctlplane-id' }, { port: 'undercloud-external-id' }]);
  });

  test('takes floating IPs from Neutron: Nova no longer has any', () => {
    const types = of.resources.map(({ type }) => type).filter((type) => type.includes('loatingIp'));
    expect(types.length).toBe(2);
    expect(types.filter((type) => !type.startsWith('openstack:networking/'))).toEqual([]);
  });

  test('allows traffic from the lab’s networks, and SSH to the undercloud', () => {
    const rules = ofType(of, 'SecGroupRule').map(({ name }) => name);
    expect(rules).toEqual(
      expect.arrayContaining(['openstack-nodes-10.8.0.0/14', 'openstack-undercloud-ssh']),
    );
    expect(rules.filter((name) => name.startsWith('openstack-nodes-'))).toHaveLength(6);
  });
});

describe('a site', () => {
  let of: Run;
  beforeAll(async () => {
    lab.write(lab.shipped().replace('~/.ssh/id_ed25519', 'state/openstack/sandbox/id_ed25519'));
    of = await run('openstack-dcn0');
  });

  test('is the parent of its servers, each with a port for every planned address, ctlplane first', () => {
    const nodes = of.named('dcn0-nodes');
    expect([nodes.type, nodes.parent]).toEqual(['glance-dcn:nodes:Openstack', 'dcn0']);
    const server = typed(of, 'Instance', 'oc0-ceph-4');
    expect(server.parent).toBe('dcn0-nodes');
    const ports = ['ctlplane', 'storage', 'storage_mgmt', 'internal_api', 'tenant'].map(
      (n) => `oc0-ceph-4-${n}`,
    );
    expect(ofType(of, 'Port').map(({ name }) => name)).toEqual(ports);
    expect(server.inputs.networks).toEqual(ports.map((port) => ({ port: `${port}-id` })));
    expect(typed(of, 'Port', 'oc0-ceph-4-storage').inputs).toMatchObject({
      fixedIps: [{ subnetId: 'subnet-id', ipAddress: '10.8.16.74' }],
      securityGroupIds: ['group-id'],
    });
    // The provider refreshes the groups of an association, but not those of a port.
    expect(typed(of, 'PortSecGroupAssociate', 'oc0-ceph-4-storage').inputs).toMatchObject({
      portId: 'oc0-ceph-4-storage-id',
      securityGroupIds: ['group-id'],
      enforce: true,
    });
    // Groups are on the ports, by id.
    expect(server.inputs.securityGroups).toBeUndefined();
  });

  test('names its image by id, and another image does not change a server that exists', () => {
    const { inputs, options } = typed(of, 'Instance', 'oc0-ceph-4');
    expect(inputs).toMatchObject({ imageId: image, flavorName: 'm1.xlarge', availabilityZone: 'edge0' });
    expect(options.ignoreChanges).toEqual(['imageId', 'imageName']);
  });

  test('deletes ports, volumes and names before it creates them again', () => {
    const held = ['Instance', 'Port', 'Volume', 'VolumeAttach'].flatMap((type) => ofType(of, type));
    expect(held.length).toBe(1 + 5 + 2 + 2);
    for (const { name, type, options } of held) {
      expect([type, name, options.deleteBeforeReplace]).toEqual([type, name, true]);
    }
  });

  test('attaches volumes one after the other, and gives the kit their ids', () => {
    expect(typed(of, 'VolumeAttach', 'oc0-ceph-4-osd0').dependsOn).toEqual([]);
    expect(typed(of, 'VolumeAttach', 'oc0-ceph-4-osd1').dependsOn).toEqual(['oc0-ceph-4-osd0']);
    expect(of.named('dcn0-servers').inputs.create).toContain(
      '"volumes":{"/dev/glance-dcn/osd0":"oc0-ceph-4-osd0-id","/dev/glance-dcn/osd1":"oc0-ceph-4-osd1-id"}',
    );
    expect(of.named('dcn0-servers').dependsOn).toContain('oc0-ceph-4-osd1');
    expect(String(of.named('dcn0-ceph-deploy').inputs.stdin)).toContain('/dev/glance-dcn/osd1');
    const replaced = typed(of, 'Volume', 'oc0-ceph-4-osd0').options.replaceWith;
    expect(replaced?.map((server) => (server as unknown as { __name: string }).__name)).toEqual([
      'oc0-ceph-4',
    ]);
  });

  test('keeps volumes out of the server’s inputs, with which they would be deleted', () => {
    const { inputs } = typed(of, 'Instance', 'oc0-ceph-4');
    expect(Object.keys(inputs).sort()).toEqual(
      [
        ...['availabilityZone', 'configDrive', 'flavorName', 'imageId', 'keyPair', 'name', 'networks'],
        ...['schedulerHints', 'userData'],
      ].sort(),
    );
    for (const { inputs: attached } of ofType(of, 'VolumeAttach')) {
      // Without a device: Nova assigns another one, which would be a difference.
      expect(Object.keys(attached).sort()).toEqual(['instanceId', 'volumeId']);
    }
  });

  test('gives a server user data that are a secret, with its host key alone', () => {
    const { inputs } = typed(of, 'Instance', 'oc0-ceph-4');
    expect(isSecret(inputs.userData)).toBe(true);
    const { value } = inputs.userData as { value: string };
    expect(value).toMatch(/^#cloud-config\nssh_keys:\n {2}ed25519_private: \|\n/);
    expect(value).toContain('ed25519_public: ssh-ed25519 AAAAoc0-ceph-4-hostkey\n');
    expect(Object.keys(inputs)).not.toContain('metadata');
    for (const resource of of.resources.filter(({ name }) => name !== 'oc0-ceph-4-hostkey')) {
      const { userData, ...rest } = resource.inputs;
      expect(JSON.stringify(rest)).not.toContain(secretLine);
      expect(userData === undefined || isSecret(userData)).toBe(true);
    }
    expect(typed(of, 'Command', 'oc0-ceph-4-hostkey').options).toMatchObject({
      additionalSecretOutputs: ['stdout', 'stderr'],
    });
  });

  test('knows the host key before the first connection', () => {
    const { create, update } = of.named('dcn0-servers').inputs;
    expect(create).toContain('"hostKey":"ssh-ed25519 AAAAoc0-ceph-4-hostkey"');
    expect(create).toContain('"user":"cloud-user"');
    expect(create).toMatch(/ nodes prepare$/);
    // The servers of a site that stands need not be fresh.
    expect(update).toBe(`${String(create)} --again`);
    expect(String(of.named('dcn0-ready').inputs.create)).toContain(
      '"instanceId":"machine-of-oc0-ceph-4-id","hostKey":"ssh-ed25519 AAAAoc0-ceph-4-hostkey"',
    );
  });

  test('is only in the program of labs of this provisioner', async () => {
    const sandbox = new TestLab();
    const others = await sandbox.run('dev-dcn0');
    sandbox.remove();
    expect(others.resources.filter(({ type }) => type.includes('openstack'))).toEqual([]);
  });
});

test('a server has no user data if --target leaves out its host key', async () => {
  const of = await run('openstack-dcn0', { leftOut: () => true });
  expect(typed(of, 'Instance', 'oc0-ceph-4').inputs.userData).toBeUndefined();
});

test('only controllers may hold the virtual addresses of the control plane', async () => {
  const of = await run('openstack-control-plane');
  expect(typed(of, 'Port', 'oc0-controller-0-internal_api').inputs.allowedAddressPairs).toEqual([
    { ipAddress: '10.4.0.5' },
  ]);
  expect(typed(of, 'Port', 'oc0-ceph-0-storage').inputs.allowedAddressPairs).toBeUndefined();
  expect(typed(of, 'Port', 'oc0-controller-0-external').inputs).toMatchObject({
    networkId: '3b9d5e77-1c2f-4a8e-9d61-7e5f0a4b6c44',
    fixedIps: [{ subnetId: '5e4c6f88-2d3a-4b9f-8e72-8f6a1b5c7d55', ipAddress: '10.20.0.10' }],
  });
  const groups = ofType(of, 'ServerGroup').map(({ name }) => name);
  expect(groups).toEqual(['control-plane-Controller', 'control-plane-CephStorage', 'control-plane-Compute']);
});

test('a new node adds its own resources and changes no others', async () => {
  const was = await run('openstack-dcn0');
  lab.write(
    lab
      .shipped()
      .replace('~/.ssh/id_ed25519', 'state/openstack/sandbox/id_ed25519')
      .replace(
        'oc0-ceph-4: DistributedComputeHCI',
        'oc0-ceph-4: DistributedComputeHCI, so-0: DistributedComputeHCIScaleOut',
      ),
  );
  const now = await run('openstack-dcn0');
  const inCloud = (of: Run) =>
    of.resources
      .filter(({ type }) => type.startsWith('openstack:'))
      .map(({ type, name, inputs }) => JSON.stringify([type, name, inputs]));
  const added = inCloud(now).filter((text) => !inCloud(was).includes(text));
  expect(inCloud(was).filter((text) => !inCloud(now).includes(text))).toEqual([]);
  expect(added.every((text) => /"(so-0|dcn0-DistributedComputeHCIScaleOut)/.test(text))).toBe(true);
});

test('the preview of a new site asks the cloud nothing, and shows every server', async () => {
  const of = await run('openstack-dcn0', { preview: true, cloud: {} });
  expect(typed(of, 'Instance', 'oc0-ceph-4').inputs.networks).toBeDefined();
});

describe('before any resource is made, an error names', () => {
  const failing = (answers: typeof cloud | object) =>
    run('openstack-dcn0', { cloud: { ...cloud, ...answers } });

  test('an image and a flavor that the cloud does not have, both at once', async () => {
    const none = () => {
      throw new Error('Your query returned no results. Please change your search criteria and try again');
    };
    await expect(failing({ getImageIds: () => ({ ids: [] }), getFlavor: none })).rejects.toThrow(
      /has no image 1f0c4a52.*\n.*has no flavor m1\.xlarge: write one that/,
    );
  });

  test('a cloud that refuses the credentials', async () => {
    const refused = () => {
      throw new Error('Authentication failed');
    };
    await expect(failing({ getImageIds: refused, getFlavor: refused })).rejects.toThrow(
      'cloud lab of clouds.yaml: ',
    );
  });

  test('nothing about nodes that exist', async () => {
    const first = await run('openstack-dcn0');
    // A cloud without answers fails on every question.
    const again = await run('openstack-dcn0', { before: { ...first.outputs }, cloud: {} });
    expect(fingerprint(again)).toEqual(fingerprint(first));
  });

  test('all networks that the lab stack has not made yet', async () => {
    const withCloud = (cloudOutputs: object | undefined) => ({
      ...standingCloud,
      openstack: { ...standingCloud.openstack, cloud: cloudOutputs },
    });
    const known = standingCloud.openstack?.cloud as { networks: Record<string, object> };
    const { ctlplane, storage } = known.networks.dcn0 as Record<string, object>;
    const some = { ...known, networks: { ...known.networks, dcn0: { ctlplane, storage } } };
    await expect(run('openstack-dcn0', { stacks: withCloud(some) })).rejects.toThrow(
      'Stack openstack, which this one builds on, has not made networks of dcn0: storage_mgmt, internal_api, tenant: ' +
        'bring it up first with `pulumi up -s openstack`.',
    );
    await expect(run('openstack-dcn0', { stacks: withCloud(undefined) })).rejects.toThrow(
      'has made nothing in cloud lab: bring it up first with `pulumi up -s openstack`.',
    );
  });
});
