import { controlPlane, verbNames } from '../../names';
import { type ArgumentKind, stepArguments } from '../../stepArguments';
import type { VerbName } from '../../types';
import { type Finding, labPath } from '../findings';
import { own } from '../own';
import type { ResolvedLab, ResolvedSite } from '../resolve';

const partly =
  'Take it out: a part of the step would be left undone, and the step would count as done. Run such a command by hand';
const key = (place: string) => `Take it out, and write ${place}`;
const byPlan = 'Take it out: it follows from the plan';
const secret = 'Take it out: everybody can read the lab file and the command’s words';

/** Options of TripleO's client that a lab file cannot add, with the remedy. */
const refused: Record<string, string> = {
  ...Object.fromEntries(
    ['limit', 'tags', 'skip-tags', 'dry-run', 'setup-only', 'update-plan-only', 'skip-postconfig'].map(
      (name) => [name, partly],
    ),
  ),
  ...Object.fromEntries(
    ['ceph-client-key', 'registry-username', 'registry-password'].map((name) => [name, secret]),
  ),
  'environment-file': key('environments'),
  stack: key('stack'),
  timeout: key('limitMinutes'),
  'config-download-timeout': key('limitMinutes'),
  'ntp-server': key('glance-dcn:hosts: { ntpServers: … }'),
  tld: key('glance-dcn:hosts: { fqdn: true }'),
  'container-image-prepare': key('glance-dcn:undercloud: { containerPrepare: … }'),
  'network-config': key('nics'),
  cluster: key('ceph: { cluster: … }'),
  config: key('ceph: { config: … }'),
  'osd-spec': key('ceph: { devices: … }'),
  'ceph-client-username': key('ceph: { user: … }'),
  'crush-hierarchy': key('location at the nodes'),
  ...Object.fromEntries(
    [
      ...[
        'templates',
        'roles-file',
        'networks-file',
        'roles-data',
        'network-data',
        'ceph-spec',
        'output',
        'yes',
      ],
      ...[
        'overcloud-ssh-user',
        'overcloud-ssh-key',
        'stack-only',
        'config-download-only',
        'rm-heat',
        'force',
      ],
      ...['cluster-network-name', 'single-host-defaults', 'ansible-extra-vars', 'all', 'working-dir'],
    ].map((name) => [name, byPlan]),
  ),
};

/** Finds settings of steps that a site does not have, and options that a step cannot get. */
export function checkSteps(lab: ResolvedLab): Finding[] {
  return lab.sites.flatMap((site) => {
    const present = stepsOf(lab, site);
    return Object.entries(site.written.steps).flatMap(([step, { arguments: options }]): Finding[] => {
      const at = labPath('sites', site.name, 'steps', step);
      if (!present.includes(step as VerbName)) {
        return [
          {
            at,
            message: `is not a step of ${site.name}`,
            remedy: `Take it out, or write one of ${present.join(', ')}`,
          },
        ];
      }
      return Object.entries(options).flatMap(([name, value]) =>
        checkArgument(step as VerbName, name, value).map((finding) => ({
          at: [...at, 'arguments', name],
          value,
          ...finding,
        })),
      );
    });
  });
}

function checkArgument(step: VerbName, name: string, value: unknown): Pick<Finding, 'message' | 'remedy'>[] {
  const known = stepArguments[step] ?? {};
  const kind = own(known, name);
  if (kind !== undefined) {
    return isOf(kind, value) ? [] : [{ message: `is not the value of --${name}`, remedy: forms[kind] }];
  }
  const names = Object.keys(known);
  const others = names.length > 0 ? `write one of ${names.join(', ')}` : `${step} has none that can be added`;
  return [{ message: `cannot be added to ${step}`, remedy: own(refused, name) ?? `Take it out: ${others}` }];
}

const forms: Record<ArgumentKind, string> = {
  switch: 'Write true: the option has no value',
  number: 'Write a number',
  text: 'Write a text',
  path: 'Write an absolute path on the undercloud',
};

function isOf(kind: ArgumentKind, value: unknown): boolean {
  switch (kind) {
    case 'switch':
      return value === true;
    case 'number':
      return typeof value === 'number';
    case 'text':
      return typeof value === 'string';
    case 'path':
      return typeof value === 'string' && value.startsWith('/');
  }
}

/** The steps that a site has (model/tripleo/steps/index.ts makes them). */
export function stepsOf(
  { topology, centralSite, undercloud }: ResolvedLab,
  { name, kind, ownCeph, written }: ResolvedSite,
): VerbName[] {
  if (written.ceph.existing) {
    return ['ceph-export'];
  }
  const overcloud = kind !== 'external-ceph';
  const absent: Partial<Record<VerbName, boolean>> = {
    'vip-provision': !overcloud,
    'container-images': undercloud.written.containerPrepare === undefined,
    'ceph-deploy': !ownCeph,
    'overcloud-stack': !overcloud,
    'overcloud-config': !overcloud,
    'overcloud-export': name !== controlPlane,
    'ceph-export': topology === 'cache' || name !== centralSite,
  };
  return verbNames.filter((step) => !absent[step]);
}
