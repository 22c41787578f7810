import { stringify } from 'yaml';
import { compareWithStanding, parseLab, planLab, type StandingComparison, type Survey } from '../../model';
import type { SurveyedStack } from '../../model/import/survey';
import { layOut } from '../kit/deployedTree';
import { within } from '../kit/undercloud';
import { devText } from './labs';
import { bareRole, surveyOf } from './surveys';

/* A lab file is compared with stacks that stand, before they are adopted: the lab of Pulumi.dev.yaml, with differences planted. */

jest.setTimeout(120_000);

let known: Survey;
beforeAll(
  within(async (here) => {
    await layOut(here, planLab(parseLab('dev', devText)));
    known = await surveyOf(here);
    known.unseen = [];
  }),
);

interface Planted {
  survey: Survey;
  control: SurveyedStack;
  dcn0: SurveyedStack;
}

function compared(plant: (planted: Planted) => void, text = devText, roles = ''): StandingComparison {
  const survey = structuredClone(known);
  const [control, dcn0] = survey.stacks as [SurveyedStack, SurveyedStack];
  plant({ survey, control, dcn0 });
  const lab = parseLab('dev', text, () => roles);
  return compareWithStanding(survey, lab, planLab(lab));
}

test('a lab file of what stands has neither faults nor differences', () => {
  expect(compared(() => undefined)).toEqual({ faults: [], differences: [] });
});

const site = 'glance-dcn:sites.dcn0';
const kept = (place: string, written: string, found: string): string =>
  `${site}.${place}: ${written}: it stands as ${found}, and cannot change in place: write ${found}`;

test.each<[string, (planted: Planted) => void, string[]]>([
  [
    'a stack that is not there',
    ({ survey }) => (survey.stacks = survey.stacks.filter(({ name }) => name !== 'dcn1')),
    [
      expect.stringContaining(
        'glance-dcn:sites.dcn1: the undercloud has no stack dcn1: take the site out',
      ) as string,
    ],
  ],
  [
    'a host of another name',
    ({ dcn0 }) => (dcn0.hosts[0]!.name = 'leaf-0'),
    [
      `${site}.nodes.oc0-ceph-4: stack dcn0 has no host of this name (it has leaf-0): take the node out, and add it later`,
      `${site}.nodes: stack dcn0 has the host leaf-0 (DistributedComputeHCI), too: write it`,
    ],
  ],
  [
    'a host of a role that only role data name',
    ({ dcn0 }) => dcn0.hosts.push({ name: 'own-0', role: 'EdgeOwn', addresses: {} }),
    [
      `${site}.nodes: stack dcn0 has the host own-0 (EdgeOwn), too: write it, and its role into the file of rolesData`,
    ],
  ],
  [
    'a host of a role that no lab file names',
    ({ dcn0 }) => dcn0.hosts.push({ name: 'vdpa-0', role: 'ComputeVdpa', addresses: {} }),
    [
      `${site}.nodes: stack dcn0 has the host vdpa-0 (ComputeVdpa), too: a lab file cannot name its role, so the stack cannot be adopted`,
    ],
  ],
  [
    'a host of another role',
    ({ dcn0 }) => (dcn0.hosts[0]!.role = 'DistributedCompute'),
    [kept('nodes.oc0-ceph-4', 'DistributedComputeHCI', 'DistributedCompute')],
  ],
  [
    'a host with another address',
    ({ dcn0 }) => (dcn0.hosts[0]!.addresses.storage = '10.8.16.99'),
    [kept('nodes.oc0-ceph-4.addresses.storage', '10.8.16.74', '10.8.16.99')],
  ],
  [
    'a subnet of other addresses, and one of another name',
    ({ dcn0 }) => {
      dcn0.networks[0]!.subnets.storage_dcn0!.ip_subnet = '10.8.99.0/24';
      const tenant = dcn0.networks.find(({ name }) => name === 'Tenant')!;
      tenant.subnets = { leaf: tenant.subnets.tenant_dcn0! };
    },
    [
      kept('networks.storage.cidr', '10.8.16.0/24', '10.8.99.0/24'),
      `${site}.networks.tenant.subnet: tenant_dcn0: the network data of stack dcn0 have no subnet of this name: write the name that it has there`,
    ],
  ],
  [
    'another virtual address',
    ({ dcn0 }) => (dcn0.vips.ctlplane = '10.0.16.9'),
    [kept('networks.ctlplane.vip', '10.0.16.5', '10.0.16.9')],
  ],
  [
    'another cluster, zone and store',
    ({ dcn0 }) => {
      dcn0.ceph!.cluster = 'west';
      Object.assign(dcn0.parameters, { NovaComputeAvailabilityZone: 'az-west', GlanceBackendID: 'west' });
    },
    [
      kept('ceph.cluster', 'dcn0', 'west'),
      kept('zone', 'dcn0', 'az-west'),
      kept('ceph.store', 'dcn0', 'west'),
    ],
  ],
])('%s is a fault, because no deployment can change it', (_, plant, faults) => {
  expect(compared(plant).faults).toEqual(faults);
});

test('services of a role of one’s own that stand otherwise are differences', () => {
  const services = [
    'CephClient',
    'NovaCompute',
    'NovaAZConfig',
    'NovaLibvirt',
    'OVNController',
    'HAproxyEdge',
    'Tuned',
  ];
  const roles = stringify([
    {
      name: 'EdgeOwn',
      networks: ['InternalApi', 'Storage', 'Tenant'],
      ServicesDefault: services.map((name) => `OS::TripleO::Services::${name}`),
    },
  ]);
  const text = devText
    .replace('config:\n', 'config:\n  glance-dcn:rolesData: roles.yaml\n')
    .replace(/dcn0: \{ nodes: \{ /, 'dcn0: { nodes: { own-9: EdgeOwn, ');
  const plant = ({ dcn0 }: Planted): void => {
    dcn0.parameters.EdgeOwnControlPlaneSubnet = 'ctlplane-dcn0';
    dcn0.parameterNames.push('EdgeOwnControlPlaneSubnet');
    dcn0.hosts.push({ name: 'own-9', role: 'EdgeOwn', addresses: {} });
    const stands = [...services.filter((name) => name !== 'Tuned'), 'Collectd'];
    dcn0.roles.push({ ...bareRole('EdgeOwn'), services: stands });
  };
  const { faults, differences } = compared(plant, text, roles);
  expect(faults).toEqual([]);
  expect(differences.map(({ site: name, what }) => `${name}: ${what}`)).toEqual([
    'dcn0: role EdgeOwn would lose Collectd, which its hosts keep running',
    'dcn0: role EdgeOwn would get Tuned',
  ]);
});

test('a parameter of the operator is a difference with the words that keep it; in the lab file it is none', () => {
  const plant = ({ dcn0 }: Planted): void => {
    dcn0.parameters.Debug = true;
    dcn0.written.push('Debug');
  };
  expect(compared(plant).differences).toEqual([
    {
      site: 'dcn0',
      what: 'parameter Debug is true, and the plan does not set this',
      keep: { words: `${site}.parameters: {"Debug":true}` },
    },
  ]);
  const written = devText.replace('dcn0: { nodes', 'dcn0: { parameters: { Debug: true }, nodes');
  expect(compared(plant, written).differences).toEqual([]);
});

test('a setting that the plan adds is a difference, unless no host could have it', () => {
  const { differences } = compared(({ control, dcn0 }) => {
    delete control.parameters.NovaComputeAvailabilityZone;
    control.hosts = control.hosts.filter(({ role }) => role !== 'Compute');
    delete dcn0.parameters.GlanceSparseUploadEnabled;
    dcn0.parameterNames = dcn0.parameterNames.filter((name) => name !== 'GlanceSparseUploadEnabled');
  });
  expect(differences).toEqual([
    {
      site: 'dcn0',
      what: 'the next deployment also sets GlanceSparseUploadEnabled: true',
      keep: { sentence: expect.stringContaining('a value in `parameters` wins') as string },
    },
  ]);
});

test('a secret of the operator, and container images of a file that nothing names, are differences', () => {
  const { differences } = compared(({ dcn0 }) => {
    for (const name of ['OwnPassword', 'ContainerImagePrepare']) {
      dcn0.written.push(name);
      dcn0.parameterNames.push(name);
    }
  });
  expect(differences.map(({ site: name, what }) => `${name}: ${what}`)).toEqual([
    'dcn0: OwnPassword has a value that the survey does not take, and the plan has no such parameter',
    'dcn0: glance-dcn:undercloud.containerPrepare: the last deployment had ContainerImagePrepare, and the plan has TripleO’s default images',
  ]);
});

test('hooks of the lab file do not run in an adoption', () => {
  const hook = 'hooks: { after: { ceph-deploy: check.sh } }';
  const lab = parseLab(
    'dev',
    devText.replace('dcn0: { nodes', `dcn0: { ${hook}, nodes`),
    () => '#!/bin/bash\ntrue\n',
  );
  const { differences } = compareWithStanding(known, lab, planLab(lab));
  expect(differences.map(({ what }) => what)).toEqual([
    "hook after-ceph-deploy does not run now, but with its step's next run",
  ]);
});

test('stores that the control plane lacks or has beside those of the lab are differences', () => {
  const { differences } = compared(({ control }) => {
    const stores = control.parameters.GlanceMultistoreConfig as Record<string, unknown>;
    stores.far = stores.dcn0;
    delete stores.dcn0;
  });
  expect(differences.map(({ what }) => what)).toEqual([
    'the control plane does not have its store dcn0',
    'store far: the control plane has a store far of no stack here; the next deployment takes it out',
  ]);
});
