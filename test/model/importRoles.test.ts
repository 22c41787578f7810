import * as path from 'node:path';
import { parse, stringify } from 'yaml';
import { projectRoot, readerBeside } from '../../lib/paths';
import { type Import, importLab, type LabPlan, parseLab, planLab, type Survey } from '../../model';
import { layOut, secrets } from '../kit/deployedTree';
import { within } from '../kit/undercloud';
import { shipped } from './labs';
import { surveyOf, undercloud } from './surveys';

/* Imports of labs that have roles of their own: the real kit surveys what a plan of test/model/golden/Pulumi.roles.yaml leaves. */

jest.setTimeout(120_000);

const file = 'test/model/golden/Pulumi.roles.yaml';
const plan = planLab(parseLab('roles', shipped(file), readerBeside(path.join(projectRoot, file))));
let known: Survey;
beforeAll(
  within(async (here) => {
    await layOut(here, plan);
    const roles = 'overcloud-deploy/dcn0/tripleo-dcn0-roles-data.yaml';
    const found = parse(here.read(roles)) as Record<string, unknown>[];
    const parameters = { FsAioMaxNumber: 1048576, NovaDisableSomething: true, OwnPassword: secrets.token };
    Object.assign(
      found.find(({ name }) => name === 'EdgeHCI')!,
      {
        RoleParametersDefault: parameters,
        deprecated_param_ips: 'NovaComputeIPs',
      },
    );
    here.write(roles, stringify(found));
    known = await surveyOf(here);
  }),
);

interface Entry {
  name: string;
  networks: object;
  ServicesDefault: string[];
  RoleParametersDefault?: object;
  [key: string]: unknown;
}

const imported = (change: (survey: Survey) => void = () => undefined): Import & { entries: Entry[] } => {
  const survey = structuredClone(known);
  change(survey);
  const found = importLab(survey, 'roles', undercloud);
  return { ...found, entries: parse(found.rolesData?.text ?? '[]') as Entry[] };
};
const planOf = ({ text, rolesData }: Import): LabPlan =>
  planLab(
    parseLab('roles', text, (name) => {
      expect(name).toBe(rolesData?.file);
      return rolesData!.text;
    }),
  );
const own = ['ControlApi', 'DatabaseBus', 'EdgeHCI'];

test('their role data are a file beside the lab file, as they stand, without subnets and what may be a secret', () => {
  const { text, rolesData, entries, notes } = imported();
  expect(rolesData?.file).toBe('roles-roles.yaml');
  expect(rolesData?.text).toMatch(
    /^# Written by `\.\/dcn import`: the roles of the stacks control-plane, dcn0 /,
  );
  expect(text).toContain('glance-dcn:rolesData: roles-roles.yaml\n');
  const written = parse(shipped('test/model/golden/roles.yaml')) as Entry[];
  expect(entries.map(({ name }) => name)).toEqual(own);
  for (const [index, { ServicesDefault, tags, update_serial: serial }] of written.entries()) {
    expect(entries[index]).toMatchObject({
      ServicesDefault,
      ...(tags !== undefined && { tags }),
      ...(serial !== undefined && { update_serial: serial }),
    });
  }
  expect(entries[0]).toMatchObject({
    default_route_networks: ['External'],
    HostnameFormatDefault: '%stackname%-controlapi-%index%',
    networks: { External: {}, InternalApi: {}, Storage: {}, StorageMgmt: {}, Tenant: {} },
    RoleParametersDefault: { TunedProfileName: 'throughput-performance' },
  });
  expect(entries[2]?.RoleParametersDefault).toEqual({ FsAioMaxNumber: 1048576, NovaDisableSomething: true });
  const place = 'unmapped role EdgeHCI of stack dcn0';
  expect(notes.map(({ kind, at, what }) => `${kind} ${at}: ${what}`)).toEqual(
    expect.arrayContaining([
      `${place}: its role data have OwnPassword, whose value the survey does not take`,
      `${place}: its role data have deprecated_param_ips, which a lab's own role cannot have`,
    ]),
  );
});

test('texts that YAML 1.1 takes for switches or numbers stay texts', () => {
  const texts = { TunedProfileName: 'off', IsolCpusList: '1_2' };
  const { rolesData } = imported(({ stacks }) => {
    const role = stacks.flatMap(({ roles }) => roles).find(({ name }) => name === 'EdgeHCI')!;
    role.data.RoleParametersDefault = texts;
  });
  const entries = parse(rolesData!.text, { version: '1.1' }) as Entry[];
  expect(entries.find(({ name }) => name === 'EdgeHCI')?.RoleParametersDefault).toEqual(texts);
});

test('the plan of the lab file has their nodes as they stand', () => {
  const again = planOf(imported());
  const nodesOf = ({ sites }: LabPlan) =>
    sites.map(({ name, nodes }) => [
      name,
      nodes
        .map(({ name: node, role, addresses }) => ({ node, role, addresses }))
        .sort((a, b) => (a.node < b.node ? -1 : 1)),
    ]);
  expect(nodesOf(again)).toEqual(nodesOf(plan));
  const rolesOf = ({ sites }: LabPlan) =>
    sites.map(({ ownRoles }) => ownRoles?.map(({ name, services }) => [name, services]));
  expect(rolesOf(again)).toEqual(rolesOf(plan));
});

test('of a role that two stacks have otherwise, the first decides, and the difference is a note', () => {
  const { entries, notes } = imported(({ stacks }) => {
    const [control, dcn0] = ['control-plane', 'dcn0'].map((name) =>
      stacks.find((stack) => stack.name === name)!,
    );
    const bus = control!.roles.find(({ name }) => name === 'DatabaseBus')!;
    dcn0!.roles.push({ ...bus, data: { ...bus.data, tags: ['own'] } });
    dcn0!.hosts.push({ ...dcn0!.hosts[0]!, name: 'bus-9', role: 'DatabaseBus' });
  });
  expect(entries.find(({ name }) => name === 'DatabaseBus')).not.toHaveProperty('tags');
  expect(notes).toContainEqual(
    expect.objectContaining({
      kind: 'different',
      at: 'role DatabaseBus',
      what: 'the role data of stacks control-plane and dcn0 differ; written are those of control-plane',
    }),
  );
});

test('a lab with TripleO’s roles alone has no such file', () => {
  const { rolesData, text } = imported(({ stacks }) => {
    for (const stack of stacks) {
      stack.roles = stack.roles.filter(({ name }) => !own.includes(name));
      stack.hosts = stack.hosts.filter(({ role }) => !own.includes(role));
    }
    stacks.find(({ name }) => name === 'control-plane')!.roles[0]!.services.push('Keystone');
  });
  expect(rolesData).toBeUndefined();
  expect(text).not.toContain('rolesData');
});
