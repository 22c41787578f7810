import * as fc from 'fast-check';
import { parse } from 'yaml';
import { changedValues, keptValues, parseLab, planLab, type SitePlan } from '../../model';
import { labs, names, plan, runs } from './anyLab';
import { type Case, dcnStorageText, faultsOf, labText, multistoreText, testCases } from './labs';

/** Keys of glance-dcn:hosts, and parameters of dcn0, in the flow style of YAML. */
function text({ hosts = '', parameters = '{}' }): string {
  return labText({
    edges: `    dcn0: { parameters: ${parameters}, nodes: { h-0: DistributedComputeHCI } }\n`,
    rest: hosts && `  glance-dcn:hosts: ${hosts}\n`,
  });
}

const sitesOf = (file: string) => planLab(parseLab('dev', file)).sites;

function siteOf(file: string, name: string): SitePlan {
  return sitesOf(file).find((site) => site.name === name) as SitePlan;
}

/** A file of a site as a value; undefined if the site has no such file. */
function fileOf({ name, steps }: SitePlan, file: string): unknown {
  const written = steps.map(({ files }) => files[`${name}/${file}`]).find((content) => content);
  return written && parse(written);
}

/** The options for time of a site's `ceph deploy`, with their values. */
function timeOptions({ steps }: SitePlan): string[] {
  const { commands } = steps.find(({ name }) => name === 'ceph-deploy')!;
  const argv = commands.find(([program]) => program === 'openstack');
  return argv!.flatMap((word, at) =>
    /ntp|tld/.test(word) && word.startsWith('--') ? [word, argv![at + 1]!] : [],
  );
}

const all =
  '{ domain: example.com, dnsServers: [192.0.2.53, "2001:db8::53"], ntpServers: [ntp.example.com, 192.0.2.123], timeZone: Europe/Berlin }';

test('every overcloud gets the names and time of the lab’s hosts', () => {
  for (const name of ['control-plane', 'dcn0']) {
    expect(fileOf(siteOf(text({ hosts: all }), name), 'hosts.yaml')).toEqual({
      parameter_defaults: {
        CloudDomain: 'example.com',
        CloudName: 'overcloud.example.com',
        CloudNameInternal: 'overcloud.internalapi.example.com',
        CloudNameStorage: 'overcloud.storage.example.com',
        CloudNameStorageManagement: 'overcloud.storagemgmt.example.com',
        CloudNameCtlplane: 'overcloud.ctlplane.example.com',
        DnsServers: ['192.0.2.53', '2001:db8::53'],
        NtpServer: ['ntp.example.com', '192.0.2.123'],
        TimeZone: 'Europe/Berlin',
        KernelIpv4ConfAllRpFilter: 2,
      },
    });
  }
});

test('end points have names only on networks that the lab has', () => {
  const file = `${text({ hosts: '{ domain: example.com }' })}  glance-dcn:networks: { storage_mgmt: none }\n`;
  const { parameter_defaults } = fileOf(siteOf(file, 'dcn0'), 'hosts.yaml') as Record<string, object>;
  expect(Object.keys(parameter_defaults!).filter((name) => name.startsWith('CloudName'))).toEqual([
    'CloudName',
    'CloudNameInternal',
    'CloudNameStorage',
    'CloudNameCtlplane',
  ]);
});

test('without keys, every overcloud still answers requests that arrive by another way than their answers leave', () => {
  const overclouds = sitesOf(multistoreText).filter(({ kind }) => kind !== 'external-ceph');
  expect(overclouds.length).toBeGreaterThan(2);
  for (const site of overclouds) {
    expect(fileOf(site, 'hosts.yaml')).toEqual({ parameter_defaults: { KernelIpv4ConfAllRpFilter: 2 } });
  }
});

test('`ceph deploy` of every cluster gets the time servers of the lab', () => {
  const file = `${multistoreText}  glance-dcn:hosts: { ntpServers: [a.example.com, b.example.com] }\n`;
  const clusters = sitesOf(file).filter(({ steps }) => steps.some(({ name }) => name === 'ceph-deploy'));
  expect(clusters.map(({ name }) => name)).toContain('external-ceph');
  for (const site of clusters) {
    expect(timeOptions(site)).toEqual(['--ntp-server', 'a.example.com,b.example.com']);
    expect(fileOf(site, 'host-time.yaml')).toBeUndefined();
  }
});

test('without time servers, neither `ceph deploy` nor `overcloud deploy` changes the hosts’ time service', () => {
  for (const name of ['control-plane', 'dcn0']) {
    const site = siteOf(text({}), name);
    expect(timeOptions(site)[0]).toBe('--skip-ntp');
    expect(fileOf(site, 'host-time.yaml')).toEqual({
      resource_registry: { 'OS::TripleO::Services::Timesync': 'OS::Heat::None' },
    });
    const deploy = site.steps.find((step) => step.name === 'overcloud-stack')!.commands[0];
    expect(deploy).toContain(`/home/stack/dcn/dev/${name}/host-time.yaml`);
  }
});

test.each(['[own.example.com, 192.0.2.7]', '"own.example.com, 192.0.2.7"'])(
  'a site’s own NtpServer %s wins, for `ceph deploy` as well',
  (servers) => {
    const file = text({ hosts: all, parameters: `{ NtpServer: ${servers} }` });
    expect(timeOptions(siteOf(file, 'dcn0'))).toEqual(['--ntp-server', 'own.example.com,192.0.2.7']);
    expect(timeOptions(siteOf(file, 'control-plane'))).toEqual([
      '--ntp-server',
      'ntp.example.com,192.0.2.123',
    ]);
    const alone = siteOf(text({ parameters: `{ NtpServer: ${servers} }` }), 'dcn0');
    expect(timeOptions(alone)).toEqual(['--ntp-server', 'own.example.com,192.0.2.7']);
    expect(fileOf(alone, 'host-time.yaml')).toBeUndefined();
  },
);

describe('with FQDNs as host names', () => {
  const named = (hosts: string) =>
    sitesOf(`${dcnStorageText.replace('    domain: example.com\n    fqdn: true\n', hosts)}`);

  test.each([
    ['    domain: example.com\n    fqdn: true\n', 'example.com'],
    ['    fqdn: true\n', 'localdomain'],
  ])(
    '`ceph deploy` of every cluster appends the domain to the short names of the nodes: %j',
    (hosts, domain) => {
      for (const site of named(hosts)) {
        expect(timeOptions(site)).toEqual(['--ntp-server', expect.anything(), '--tld', domain]);
        expect(site.hostDomain).toBe(domain);
        const roles = fileOf(site, `baremetal_${site.name}.yaml`) as { instances: { hostname: string }[] }[];
        const names = roles.flatMap(({ instances }) => instances.map(({ hostname }) => hostname));
        expect(names.filter((name) => name.includes('.'))).toEqual([]);
      }
    },
  );

  test('only then `ceph deploy` gets a domain, which is that of the hosts, in any lab', () => {
    fc.assert(
      fc.property(labs, names, (sites, named) => {
        const { domain = 'localdomain', fqdn = false } = named.hosts;
        const clusters = plan(sites, named).filter(({ steps }) =>
          steps.some(({ name }) => name === 'ceph-deploy'),
        );
        for (const site of clusters) {
          expect(timeOptions(site).slice(2)).toEqual(fqdn ? ['--tld', domain] : []);
          expect(site.hostDomain).toBe(fqdn ? domain : undefined);
        }
      }),
      runs,
    );
  });

  test('a site with a cluster keeps them, and the domain', () => {
    const labOf = (hosts: string) =>
      parseLab('dev', dcnStorageText.replace('    domain: example.com\n    fqdn: true\n', hosts));
    const changes = (was: string, now: string) =>
      changedValues(
        labOf(now),
        'dcn1',
        Object.fromEntries(keptValues(labOf(was), 'dcn1').map(({ place, value }) => [place, value])),
      );
    const long = '    domain: example.com\n    fqdn: true\n';
    const short = '    domain: example.com\n';
    const reason = 'and Ceph knows the hosts by the names that they have';
    expect(changes(long, long)).toEqual([]);
    expect(changes(long, short)).toEqual([
      {
        of: 'lab',
        message:
          `glance-dcn:hosts.fqdn: false: the site was brought up with true (domain: example.com), ${reason}: ` +
          'write true (domain: example.com) again.',
      },
    ]);
    expect(changes(short, long)).toEqual([
      {
        of: 'lab',
        message:
          'glance-dcn:hosts.fqdn: true (domain: example.com): the site was brought up with false, ' +
          `${reason}: write false again.`,
      },
    ]);
    expect(changes(long, long.replace('.com', '.org')).map(({ message }) => message)).toEqual([
      expect.stringMatching(/^glance-dcn:hosts\.fqdn: true \(domain: example\.org\): .*example\.com/),
    ]);
    expect(changes(short, '    domain: example.org\n')).toEqual([]);
  });
});

const dcn0 = 'glance-dcn:sites.dcn0.parameters';
const cases: Case[] = [
  [
    'FQDNs as host names where the sandbox runs the whole of TripleO',
    `${text({ hosts: '{ domain: example.com, fqdn: true }' })}  glance-dcn:sandbox: { tripleo: full }\n`,
    'glance-dcn:hosts.fqdn',
    /tripleo: quick/,
  ],
  [
    'domain in upper case',
    text({ hosts: '{ domain: Example.com }' }),
    'glance-dcn:hosts.domain',
    /lower-case/,
  ],
  [
    'domain with a dot at its end',
    text({ hosts: '{ domain: example.com. }' }),
    'glance-dcn:hosts.domain',
    /dots between/,
  ],
  [
    'resolver by name',
    text({ hosts: '{ dnsServers: [ns.example.com] }' }),
    'glance-dcn:hosts.dnsServers[0]',
    /192/,
  ],
  ['no resolver', text({ hosts: '{ dnsServers: [] }' }), 'glance-dcn:hosts.dnsServers', /at least one/],
  [
    'time servers in one text',
    text({ hosts: '{ ntpServers: ["a.example.com,b.example.com"] }' }),
    'glance-dcn:hosts.ntpServers[0]',
    /ntp\.example\.com/,
  ],
  [
    'time server with a misspelt address',
    text({ hosts: '{ ntpServers: [192.0.2.1230] }' }),
    'glance-dcn:hosts.ntpServers[0]',
    /address/,
  ],
  [
    'time zone in lower case',
    text({ hosts: '{ timeZone: europe/berlin }' }),
    'glance-dcn:hosts.timeZone',
    /Europe\/Berlin/,
  ],
  [
    'time zone that does not exist',
    text({ hosts: '{ timeZone: Europe/Berlyn }' }),
    'glance-dcn:hosts.timeZone',
    /timedatectl/,
  ],
  [
    'domain of one site',
    text({ parameters: '{ CloudDomain: example.com }' }),
    `${dcn0}.CloudDomain`,
    /glance-dcn:hosts: \{ domain/,
  ],
  [
    'time servers of a site that are no list',
    text({ parameters: '{ NtpServer: { a: b } }' }),
    `${dcn0}.NtpServer`,
    /\[ntp\.example\.com\]/,
  ],
  [
    'empty list of time servers of a site',
    text({ parameters: '{ NtpServer: [] }' }),
    `${dcn0}.NtpServer`,
    /\[ntp\.example\.com\]/,
  ],
  [
    'settings of chrony without time servers',
    text({ parameters: '{ NtpPool: [pool.example.com] }' }),
    `${dcn0}.NtpPool`,
    /ntpServers/,
  ],
];
testCases(cases);

test('settings of chrony are accepted where a site has time servers', () => {
  expect(faultsOf(text({ hosts: all, parameters: '{ MaxPoll: 8 }' }))).toEqual([]);
  expect(faultsOf(text({ parameters: '{ MaxPoll: 8, NtpServer: ntp.example.com }' }))).toEqual([]);
});
