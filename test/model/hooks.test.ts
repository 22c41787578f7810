import stringWidth from 'string-width';
import { tableColumns } from '../../lib/table';
import {
  jobDocument,
  parseLab,
  planFiles,
  planLab,
  planSite,
  planText,
  type SitePlan,
  stepRevision,
} from '../../model';
import { faultsOf, labText } from './labs';

const script = '#!/usr/bin/env bash\necho done\n';
const files: Record<string, string> = {
  'hooks/firmware.sh': script,
  'hooks/other.sh': `${script}# other\n`,
  'hooks/tune.py': '#!/usr/bin/python3\n',
};
const read = (file: string): string => {
  const text = files[file];
  if (text === undefined) {
    throw new Error('no such file');
  }
  return text;
};
const textOf = (hooks: string, more = '') =>
  labText({ edges: `    dcn0: { hooks: ${hooks}, ${more}nodes: { h-0: DistributedComputeHCI } }\n` });
const labOf = (hooks: string, more = '') => parseLab('dev', textOf(hooks, more), read);
const siteOf = (hooks: string, more = '') => planSite(labOf(hooks, more), 'dcn0');
const stepOf = (site: SitePlan, name: string) => site.steps.find((step) => step.name === name)!;
const revision = (site: SitePlan, name: string) => stepRevision(site, stepOf(site, name).name);

const both = '{ before: { overcloud-config: hooks/firmware.sh }, after: { ceph-deploy: hooks/firmware.sh } }';

test('a hook is a job of its own beside its step, which runs the script on the undercloud', () => {
  const site = siteOf(both);
  expect(site.steps.map(({ name }) => name).slice(4)).toEqual([
    'ceph-deploy',
    'after-ceph-deploy',
    'overcloud-stack',
    'before-overcloud-config',
    'overcloud-config',
  ]);
  const after = stepOf(site, 'after-ceph-deploy');
  expect(after.files).toEqual({ 'dcn0/hooks/after-ceph-deploy.sh': script });
  expect(after.commands).toEqual([['bash', '/home/stack/dcn/dev/dcn0/hooks/after-ceph-deploy.sh']]);
  expect(jobDocument(site, after, '/home/stack/dcn/dev', {})).toMatchObject({
    job: 'dcn0/after-ceph-deploy',
    after: { 'ceph-deploy': revision(site, 'ceph-deploy') },
    limitMinutes: 60,
    teardown: [],
  });
});

test('what needs a step runs after the step’s hook, and a step after the hook before it', () => {
  const site = siteOf(both);
  expect(stepOf(site, 'overcloud-stack').needs).toEqual(
    expect.arrayContaining(['ceph-deploy', 'after-ceph-deploy']),
  );
  expect(stepOf(site, 'before-overcloud-config').needs).toEqual(['overcloud-stack']);
  expect(stepOf(site, 'overcloud-config').needs).toEqual(['overcloud-stack', 'before-overcloud-config']);
});

test('the plan names hooks with their scripts', () => {
  const lab = labOf(both);
  const plan = planLab(lab);
  const text = planText(lab, plan);
  expect(text).toMatch(/after-ceph-deploy/);
  expect(text).toContain(' bash /home/stack/dcn/dev/dcn0/hooks/before-overcloud-config.sh ');
  expect(text.split('\n').filter((line) => stringWidth(line) > tableColumns)).toEqual([]);
  const folder = planFiles(plan).dcn0!;
  expect(folder['hooks/after-ceph-deploy.sh']).toBe(script);
  expect(folder['commands.sh']).toContain('# before-overcloud-config: your hook.');
});

/** A lab whose control plane has a hook before and after each of these steps. */
const controlPlaneLab = (...steps: string[]) => {
  const scripts = `{ ${steps.map((step) => `${step}: hooks/firmware.sh`).join(', ')} }`;
  const controlPlane = `{ nodes: { c-0: Controller, s-0: CephStorage }, hooks: { before: ${scripts}, after: ${scripts} } }`;
  return parseLab('dev', labText({ controlPlane }), read);
};
const updated = ['network-provision', 'overcloud-stack', 'overcloud-config'];

test('the script of a registration by hand runs the hooks that the kit runs then', () => {
  const plan = planLab(controlPlaneLab(...updated, 'ceph-deploy'));
  const script = planFiles(plan)['control-plane']!['registered/commands.sh']!;
  const names = [...script.matchAll(/^# ([a-z-]+): /gm)].map(([, name]) => name);
  expect(names).toEqual(updated.flatMap((step) => [`before-${step}`, step, `after-${step}`]));
});

test('each hook of the control plane that an update runs is among the needs of a later step that is no hook', () => {
  const site = planSite(controlPlaneLab(...updated), 'control-plane');
  const isHook = (name: string) => /^(before|after)-/.test(name);
  const hooks = site.steps.map(({ name }) => name).filter(isHook);
  const needed = site.steps.filter(({ name }) => !isHook(name)).flatMap(({ needs }) => needs);
  expect(hooks).toHaveLength(6);
  expect(hooks.filter((name) => !needed.includes(name))).toEqual([]);
});

test('another script runs the hook and all later steps again', () => {
  const [was, now] = ['firmware', 'other'].map((name) =>
    siteOf(`{ after: { ceph-deploy: hooks/${name}.sh } }`),
  );
  const changed = was!.steps.filter(({ name }) => revision(was!, name) !== revision(now!, name));
  expect(changed.map(({ name }) => name)).toEqual([
    'after-ceph-deploy',
    'overcloud-stack',
    'overcloud-config',
  ]);
});

test('a hook before a step runs again before another revision of the step', () => {
  const hook = '{ before: { overcloud-config: hooks/firmware.sh } }';
  const [was, now] = ['', 'steps: { overcloud-config: { arguments: { ansible-forks: 5 } } }, '].map((more) =>
    siteOf(hook, more),
  );
  expect(revision(now!, 'overcloud-stack')).toBe(revision(was!, 'overcloud-stack'));
  expect(revision(now!, 'before-overcloud-config')).not.toBe(revision(was!, 'before-overcloud-config'));
});

test.each([
  [
    'a file that is not there',
    '{ after: { ceph-deploy: hooks/none.sh } }',
    'after.ceph-deploy',
    /relative to the lab file/,
  ],
  [
    'a script of another language',
    '{ before: { ceph-deploy: hooks/tune.py } }',
    'before.ceph-deploy',
    /env bash/,
  ],
  [
    'a step of the control plane',
    '{ after: { overcloud-export: hooks/other.sh } }',
    'after.overcloud-export',
    /one of network-/,
  ],
  ['no step', '{ after: { deploy: hooks/other.sh } }', 'after.deploy', /./],
  ['a path with a blank', '{ after: { ceph-deploy: a b.sh } }', 'after.ceph-deploy', /without blanks/],
  ['another moment', '{ during: { ceph-deploy: hooks/other.sh } }', 'during', /./],
])('%s is refused', (_, hooks, place, remedy) => {
  const faults = faultsOf(textOf(hooks), 'dev', read);
  expect(faults.map(({ path }) => path)).toEqual([`glance-dcn:sites.dcn0.hooks.${place}`]);
  expect(faults[0]!.remedy).toMatch(remedy);
});

/** The remedies of a lab file whose hook has this text. */
const remediesOf = (text: string) =>
  faultsOf(textOf('{ before: { ceph-deploy: x.sh } }'), 'dev', () => text).map(({ remedy }) => remedy);

test.each(['#!/bin/bash', '#!/usr/bin/bash', '#!/usr/bin/env bash', '#! /usr/bin/env bash '])(
  'a script that begins with "%s" is accepted',
  (line) => {
    expect(remediesOf(`${line}\ntrue\n`)).toEqual([]);
  },
);

test.each([
  '#!/bin/bash -e',
  '#!/usr/bin/env -S bash -e',
  '#!/opt/bash-helper/python',
  '#!/usr/bin/env bash-static',
  '#!/bin/sh',
  'true',
])('a script that begins with "%s" is refused', (line) => {
  expect(remediesOf(`${line}\ntrue\n`)).toEqual([expect.stringMatching(/such as set -e/)]);
});

test.each([
  'export OS_PASSWORD=hunter2',
  'export OS_PASSWORD="hunter2"',
  "PASSWORD='x'",
  "PASSWORD='$6$x'",
  "PASSWORD=$'x'",
  'out="$(mysql --password=hunter2)"',
  'curl --data "token=hunter2" localhost',
  'curl https://me:hunter2@example.com',
  'curl "https://example.com/x?sig=hunter2"',
  'cat >x <<EOF\nadmin_password: hunter2\nEOF',
])('a script with the secret of `%s` is refused', (line) => {
  expect(remediesOf(`#!/bin/bash\n${line}\n`)).toEqual([
    expect.stringMatching(/from a file on the undercloud/),
  ]);
});

test.each([
  'password=$(cat ~/.pw)',
  'password="$(cat ~/.pw)"',
  'password=`cat ~/.pw`',
  'TOKEN=$1',
  'TOKEN="${1}"',
  'password=',
  'curl --data "token=$TOKEN" localhost',
  'curl "https://me:$PASSWORD@example.com"',
  'cat >x <<EOF\nadmin_password: "$PASSWORD"\nEOF',
])('a script with `%s`, which gets the secret elsewhere, is accepted', (line) => {
  expect(remediesOf(`#!/bin/bash\n${line}\n`)).toEqual([]);
});
