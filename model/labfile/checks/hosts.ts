import { type Finding, labPath } from '../findings';
import { listOf, type ResolvedLab, type ResolvedSite } from '../resolve';
import { isServer } from '../schema/text';

/** Parameters of THT timesync/chrony-baremetal-ansible.yaml beside NtpServer. */
const ofChrony = [
  'NtpPool',
  'NtpIburstEnable',
  'MaxPoll',
  'MinPoll',
  'ChronyGlobalServerOptions',
  'ChronyGlobalPoolOptions',
  'ChronyAclRules',
];

/** Finds names of hosts that the sandbox cannot give, time servers of a site that `ceph deploy` could not take, and settings of chrony where TripleO does not configure it. */
export function checkHosts(lab: ResolvedLab): Finding[] {
  return [
    ...checkFqdn(lab),
    ...lab.sites.flatMap((site) => [...checkTimeServers(site), ...checkChrony(site)]),
  ];
}

function checkFqdn({ provisioner, sandbox, hosts: { fqdn } }: ResolvedLab): Finding[] {
  return fqdn && provisioner === 'sandbox' && sandbox.tripleo === 'full'
    ? [
        {
          at: labPath('hosts', 'fqdn'),
          value: fqdn,
          message:
            'is not possible with `tripleo: full`, whose tripleo-ansible 6.0.0 knows the hosts of Ceph by their short names only',
          remedy: 'Take it out, or write sandbox: { tripleo: quick }',
        },
      ]
    : [];
}

function checkTimeServers({ name, written: { parameters } }: ResolvedSite): Finding[] {
  const { NtpServer: value } = parameters;
  const list = listOf(value);
  return value === undefined || (list.length > 0 && list.every(isServer))
    ? []
    : [
        {
          at: labPath('sites', name, 'parameters', 'NtpServer'),
          value,
          message: 'is not a list of time servers, and `ceph deploy` gets them, too',
          remedy: 'Write names or addresses, such as [ntp.example.com]',
        },
      ];
}

function checkChrony({ name, ntpServers, written: { parameters } }: ResolvedSite): Finding[] {
  return parameters.NtpServer !== undefined || ntpServers.length > 0
    ? []
    : ofChrony
        .filter((parameter) => parameter in parameters)
        .map((parameter) => ({
          at: labPath('sites', name, 'parameters', parameter),
          value: parameters[parameter],
          message: 'has no effect: without time servers TripleO does not configure chrony',
          remedy: 'Write glance-dcn:hosts: { ntpServers: […] }, or take it out',
        }));
}
