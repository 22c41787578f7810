import { parse } from 'yaml';
import { importLab, parseLab, planLab, type Survey } from '../../model';
import type { SurveyedStack } from '../../model/import/survey';
import { layOut, secrets } from '../kit/deployedTree';
import { within } from '../kit/undercloud';
import { type Sites } from './anyLab';
import { devText } from './labs';
import { bareRole, surveyOf, undercloud } from './surveys';

/* What a lab file cannot say, planted into a survey of the lab of Pulumi.dev.yaml. */

jest.setTimeout(120_000);

let known: Survey;
beforeAll(
  within(async (here) => {
    await layOut(here, planLab(parseLab('dev', devText)), {
      dcn0: { '/home/stack/own.yaml': { OwnPassword: secrets.token } },
    });
    known = await surveyOf(here);
    known.unseen = [];
  }),
);

interface LabFileValues {
  'glance-dcn:sites': Record<string, Sites[string] & { zone?: string }>;
}

interface Planted {
  survey: Survey;
  control: SurveyedStack;
  dcn0: SurveyedStack;
}

function imported(plant: (planted: Planted) => void): {
  text: string;
  notes: string[];
  values: LabFileValues;
} {
  const survey = structuredClone(known);
  const [control, dcn0] = survey.stacks as [SurveyedStack, SurveyedStack];
  plant({ survey, control, dcn0 });
  const { text, notes } = importLab(survey, 'dev', undercloud);
  const { config } = parse(text) as { config: LabFileValues };
  return { text, values: config, notes: notes.map(({ kind, at, what }) => `${kind} ${at}: ${what}`) };
}

test('a file with secrets stays on the undercloud, under environments', () => {
  const { values, notes } = imported(() => undefined);
  expect(values['glance-dcn:sites'].dcn0?.environments).toEqual(['/home/stack/own.yaml']);
  expect(notes).toEqual([]);
});

const site = 'glance-dcn:sites.dcn0';

test('TripleO’s client keeps no list of environment files: a parameter of the operator is found without its file', () => {
  const { values, notes } = imported(({ dcn0 }) => {
    dcn0.environments = dcn0.environments.filter(({ path: file }) => file !== '/home/stack/own.yaml');
    dcn0.parameters.Debug = true;
    dcn0.written.push('Debug');
  });
  expect(values['glance-dcn:sites'].dcn0?.parameters).toEqual({ Debug: true });
  expect(notes).toEqual([
    `unmapped ${site}.parameters: OwnPassword has a value that the survey does not take, and the plan has no such parameter`,
  ]);
});

test.each<[string, (planted: Planted) => void, string[]]>([
  [
    'a role that a lab file cannot name',
    ({ dcn0 }) => {
      dcn0.roles.push(bareRole('ComputeVdpa'));
      dcn0.hosts.push({ name: 'sriov-0', role: 'ComputeVdpa', addresses: { ctlplane: '10.0.16.90' } });
    },
    ['unmapped stack dcn0: has role ComputeVdpa, which a lab file cannot name; left out: sriov-0'],
  ],
  [
    'a role of its own whose role data have faults',
    ({ dcn0 }) =>
      dcn0.hosts.push({ name: 'own-0', role: 'EdgeOwn', addresses: { ctlplane: '10.0.16.90' } }) &&
      dcn0.roles.push(bareRole('EdgeOwn')),
    [
      'unmapped stack dcn0: has role EdgeOwn, which is none of TripleO’s, and whose role data a lab file cannot have so; left out: own-0',
      'fault glance-dcn:rolesData: dev-roles.yaml line 2, EdgeOwn.ServicesDefault: is missing',
    ],
  ],
  [
    'another network, and one of IPv6',
    ({ dcn0 }) => {
      dcn0.networks.push({ name: 'StorageNFS', subnets: {} });
      dcn0.networks[0]!.subnets.storage_v6 = { pools: [], routes: [] };
    },
    [
      'unmapped network Storage: has subnets of IPv6 alone, which a lab does not have',
      'unmapped network StorageNFS: is none of the networks of a lab',
    ],
  ],
  [
    'addresses of IPv6',
    ({ survey, dcn0 }) => {
      dcn0.hosts[0]!.addresses.storage = 'fd00::4a';
      dcn0.vips.ctlplane = 'fd00::5';
      survey.ctlplane!.push({ name: 'v6', cidr: 'fd00::/64', gateway: 'fd00::1', pools: [], routes: [] });
      dcn0.networks[0]!.subnets.storage_dcn0!.ip_subnet = 'fd01::/64';
    },
    [
      'unmapped subnet v6: has fd00::/64, which is not IPv4',
      'unmapped virtual addresses of stack dcn0, ctlplane: has fd00::5, which is not IPv4',
      'unmapped host oc0-ceph-4, storage: has fd00::4a, which is not IPv4',
      'unmapped subnet storage_dcn0 of stack dcn0: has fd01::/64, which is not IPv4',
      `guess ${site}.networks.ctlplane.vip: nothing says the virtual address, so it is the default of a lab`,
      `unseen ${site}.networks.storage: the site has no subnet of storage, and a lab file gives it one`,
    ],
  ],
  [
    'a Neutron that did not answer',
    ({ survey }) => (survey.ctlplane = null),
    [`unseen ${site}.networks.ctlplane: the site has no subnet of ctlplane, and a lab file gives it one`],
  ],
  [
    'a site of which there is no plan, without which parameters are compared with nothing',
    ({ dcn0 }) => (dcn0.hosts = []),
    [
      'unseen glance-dcn:sites: parameters and environment files of no stack are in the lab file or in these notes: a value is missing without which there is no plan to compare them with',
    ],
  ],
  [
    'a NIC template of the operator',
    ({ dcn0 }) => (dcn0.bareMetal[0]!.template = '/home/stack/nics/leaf.j2'),
    [
      `unmapped ${site}.nics.DistributedComputeHCI: /home/stack/nics/leaf.j2 on the undercloud is the NIC template of the role`,
    ],
  ],
  [
    'a store of no stack, and a site without its store',
    ({ survey, control }) => {
      survey.stacks = survey.stacks.filter(({ name }) => name !== 'dcn1');
      const stores = control.parameters.GlanceMultistoreConfig as Record<string, unknown>;
      delete stores.dcn0;
    },
    [
      `different ${site}: the control plane does not have its store dcn0`,
      'unmapped store dcn1: the control plane has a store dcn1 of no stack here; the next deployment takes it out',
    ],
  ],
  [
    'a site without a store',
    ({ dcn0 }) => delete dcn0.parameters.GlanceBackendID,
    [`different ${site}: its stack has no GlanceBackendID, so no store`],
  ],
  [
    'a deployment that failed, and a folder of none',
    ({ survey, dcn0 }) => {
      dcn0.status = 'DEPLOY_FAILED';
      survey.stacks.push({ ...dcn0, name: 'old', status: '', parameterNames: [], ceph: null });
    },
    [
      'unmapped stack old: was never deployed',
      'different stack dcn0: its last deployment ended with DEPLOY_FAILED, and this is what it left',
    ],
  ],
  [
    'a name that no site can have',
    ({ dcn0 }) => (dcn0.name = 'images'),
    ['guess glance-dcn:sites.dcn0: stack images cannot give the site its name'],
  ],
  [
    'parameters of which the plan has others, or none',
    ({ dcn0 }) => {
      dcn0.parameters.GlanceBackend = 'cinder';
      delete dcn0.parameters.KernelIpv4ConfAllRpFilter;
      dcn0.parameterNames = dcn0.parameterNames.filter((name) => name !== 'KernelIpv4ConfAllRpFilter');
    },
    [
      `different ${site}.parameters: GlanceBackend is cinder, and the next deployment sets rbd`,
      'different stack dcn0: the next deployment also sets KernelIpv4ConfAllRpFilter: 2',
    ],
  ],
  [
    'a parameter of the plan whose value has a form that may be a secret',
    ({ dcn0 }) => delete dcn0.parameters.GlanceApiPolicies,
    [
      `unseen ${site}.parameters: GlanceApiPolicies has a value that the survey does not take; the plan sets {"glance-copy_image":{"key":"copy_image","value":"role:admin or 'public':%(visi…`,
    ],
  ],
  [
    'a key of hiera that the survey does not take, in a map of the operator',
    ({ dcn0 }) => {
      dcn0.parameters.ControllerExtraConfig = { 'nova::debug': true };
      dcn0.parameterNames.push('ControllerExtraConfig', 'ControllerExtraConfig.nova::api::max_limit');
      dcn0.environments.push({ path: '/home/stack/hiera.yaml', parameters: ['ControllerExtraConfig'] });
    },
    [
      `unmapped ${site}.parameters: ControllerExtraConfig.nova::api::max_limit has a value that the survey does not take`,
    ],
  ],
  [
    'no specification of OSDs, no size of pools',
    ({ dcn0 }) => {
      dcn0.specs = [];
      delete dcn0.parameters.CephPoolDefaultSize;
    },
    [
      `guess ${site}.ceph.poolSize: no parameter gives the number of copies, so it is TripleO’s default here`,
      `unseen ${site}.ceph.devices: \`ceph deploy\` has left no specification of OSDs; written is what a lab has by default`,
    ],
  ],
  [
    'a host key that nobody has proven',
    ({ survey }) => (survey.hostKeys['10.0.16.74']!.isKnown = false),
    [
      `guess ${site}.nodes.oc0-ceph-4.hostKey: the host showed this key just now, and nothing proves that it is the right one`,
    ],
  ],
  [
    'a host without a key',
    ({ survey }) => delete survey.hostKeys['10.0.16.74'],
    [`fault ${site}.nodes.oc0-ceph-4: has no host key, which identifies an existing host`],
  ],
  [
    'Glance and Nova that say otherwise',
    ({ survey }) =>
      (survey.clouds = {
        'control-plane': {
          stores: ['central', 'dcn0'],
          zones: { central: ['oc0-ceph-3'], nova: ['oc0-ceph-4'] },
        },
      }),
    [
      'different Glance: has the stores central, dcn0, and not dcn1 of the last deployment',
      `different ${site}.zone: Nova has oc0-ceph-4 in zone nova`,
      'different glance-dcn:sites.dcn1.zone: Nova has oc0-ceph-5 in no zone: it has no nova-compute of this name',
    ],
  ],
  [
    'a policy of copies that is none of a lab',
    ({ control }) =>
      (control.parameters.GlanceApiPolicies = { own: { key: 'copy_image', value: 'role:member' } }),
    [
      'unmapped glance-dcn:copyOnDemand: Glance’s policy copy_image is role:member, which no value of the key means',
    ],
  ],
])('%s', (_, plant, expected) => {
  expect(imported(plant).notes).toEqual(expect.arrayContaining(expected));
});

test('of network data that all stacks share, a site without hosts on a network has the subnet with its name', () => {
  const { values, notes } = imported(({ survey, dcn0 }) => {
    const [first] = survey.stacks;
    for (const network of first!.networks) {
      survey.stacks.forEach(({ networks }) => {
        const { subnets } = networks.find(({ name }) => name === network.name) ?? { subnets: {} };
        Object.assign(network.subnets, subnets);
      });
    }
    survey.stacks.forEach((stack) => (stack.networks = structuredClone(first!.networks)));
    dcn0.hosts.forEach((host) => delete host.addresses.storage_mgmt);
    dcn0.roles.forEach((role) => delete role.networks.StorageMgmt);
  });
  expect(notes).toContainEqual(
    `guess ${site}.networks.storage_mgmt: no host of the site is on the subnet; its name is like those of the site’s other subnets`,
  );
  expect(notes.join()).not.toContain('the site has no subnet of storage_mgmt');
  expect(values['glance-dcn:sites'].dcn0).toBeDefined();
});

test('without Neutron, hosts keep their keys; without a host key, parameters are still compared', () => {
  const silent = imported(({ survey }) => (survey.ctlplane = null));
  expect(silent.notes.join('\n')).not.toContain('has no host key');
  const dead = imported(({ survey, dcn0 }) => {
    delete survey.hostKeys['10.0.16.74'];
    dcn0.parameters.Debug = true;
    dcn0.environments.push({ path: '/home/stack/debug.yaml', parameters: ['Debug'] });
  });
  expect(dead.values['glance-dcn:sites'].dcn0).toMatchObject({ parameters: { Debug: true } });
});

test('a host number in a pool of addresses stays, which no check refuses then', () => {
  const { values, notes } = imported(({ survey }) => {
    for (const { networks } of survey.stacks) {
      for (const [name, subnet] of Object.entries(networks.find((one) => one.name === 'Storage')!.subnets)) {
        const start = subnet.ip_subnet!.replace(/0\/.*/, '');
        subnet.pools =
          name === 'storage_subnet' ? [{ start: `${start}6`, end: `${start}250` }] : subnet.pools;
      }
    }
  });
  expect(notes).toEqual([]);
  expect(values['glance-dcn:sites']['control-plane']?.nodes).toMatchObject({
    'oc0-controller-0': { role: 'Controller', host: 10 },
  });
});

test('network data of several stacks that differ are one note, and the stack that uses the subnet decides', () => {
  const { values, notes } = imported(({ survey }) => {
    for (const stack of survey.stacks.filter(({ name }) => name !== 'control-plane')) {
      stack.networks.find(({ name }) => name === 'Storage')!.subnets.storage_subnet!.vlan = 9;
    }
  });
  expect(notes).toEqual([
    expect.stringMatching(/^different subnet storage_subnet: the network data of several stacks/),
  ]);
  expect(values['glance-dcn:sites']['control-plane']).not.toHaveProperty('networks');
});

test('a guess is a comment in the lab file', () => {
  const { text } = imported(({ survey }) => (survey.hostKeys['10.0.16.74']!.isKnown = false));
  expect(text).toMatch(
    / {8}oc0-ceph-4:\n {10}role: DistributedComputeHCI\n {10}# Guessed: the host showed this key just now, .*\n {10}hostKey: /,
  );
});

test('what a site has beside the plan is under its parameters, and gives the same deployment', () => {
  const { text, notes } = imported(({ dcn0 }) => {
    Object.assign(dcn0.parameters, { Debug: true, KernelIpv4ConfAllRpFilter: 1 });
    dcn0.environments.push({ path: '/home/stack/debug.yaml', parameters: ['Debug'] });
  });
  expect(notes).toEqual([]);
  expect(parse(text)).toHaveProperty(['config', 'glance-dcn:sites', 'dcn0', 'parameters'], {
    Debug: true,
    KernelIpv4ConfAllRpFilter: 1,
  });
});

test('a cluster outside of all stacks', () => {
  const { values, notes } = imported(({ survey, control }) => {
    survey.stacks = [control];
    Object.assign(control, { ceph: null, specs: [] });
    control.hosts = control.hosts.filter(({ role }) => role !== 'CephStorage');
    Object.assign(control.parameters, {
      DeployedCeph: false,
      CephClusterName: 'old',
      CephClusterFSID: '4b5c8c0a-ff60-454b-a1b4-9747aa737d19',
      CephExternalMonHost: '172.18.0.11, 172.18.0.12',
      CephClientUserName: 'lab',
    });
  });
  expect(values['glance-dcn:sites']['external-ceph']?.ceph).toEqual({
    cluster: 'old',
    store: 'central',
    user: 'lab',
    existing: {
      fsid: '4b5c8c0a-ff60-454b-a1b4-9747aa737d19',
      monitors: ['172.18.0.11', '172.18.0.12'],
      keyring: '/etc/ceph/central.client.lab.keyring',
    },
  });
  expect(notes).toContainEqual(
    expect.stringContaining('guess glance-dcn:sites.external-ceph.ceph.existing.keyring'),
  );
});

test('values that a lab file cannot have are left out, each with a note', () => {
  const { values, notes } = imported(({ dcn0 }) => (dcn0.parameters.NovaComputeAvailabilityZone = 'zone 1'));
  expect(values['glance-dcn:sites'].dcn0).not.toHaveProperty('zone');
  expect(notes).toContainEqual(
    'unmapped glance-dcn:sites.dcn0.zone: "zone 1" is not the name of an availability zone',
  );
});
