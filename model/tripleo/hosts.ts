import type { Lab, LabSite } from '../lab';
import type { NetworkName } from '../types';
import { toYaml } from './yaml';

/** Parameters of the names of end points, and the first parts of these names (THT overcloud.j2.yaml). */
const endPointNames: { network: NetworkName; parameter: string; name: string }[] = [
  { network: 'external', parameter: 'CloudName', name: 'overcloud' },
  { network: 'internal_api', parameter: 'CloudNameInternal', name: 'overcloud.internalapi' },
  { network: 'storage', parameter: 'CloudNameStorage', name: 'overcloud.storage' },
  { network: 'storage_mgmt', parameter: 'CloudNameStorageManagement', name: 'overcloud.storagemgmt' },
  { network: 'ctlplane', parameter: 'CloudNameCtlplane', name: 'overcloud.ctlplane' },
];

/**
 * Parameters of hosts.yaml. All overclouds have the same names of end points, because the end points of all are those of the
 * control plane's export. TripleO's default of each ends in `localdomain`, whatever CloudDomain says (THT overcloud.j2.yaml).
 *
 * With strict rp_filter, TripleO's default, a host drops a packet whose answer leaves by another interface: a request from
 * the undercloud's ctlplane address to the public end points, for example, arrives through a router, and the answer is on-link.
 */
export function hostParameters(lab: Lab): Record<string, unknown> {
  const { hosts, networks } = lab;
  const { domain, dnsServers, ntpServers, timeZone } = hosts;
  const named = endPointNames
    .filter(({ network }) => networks[network] !== undefined)
    .map(({ parameter, name }) => [parameter, `${name}.${domain}`]);
  return {
    ...(domain !== undefined && {
      CloudDomain: domain,
      ...(Object.fromEntries(named) as Record<string, string>),
    }),
    ...publicName(lab),
    ...(dnsServers && { DnsServers: dnsServers }),
    ...(ntpServers && { NtpServer: ntpServers }),
    ...(timeZone !== undefined && { TimeZone: timeZone }),
    KernelIpv4ConfAllRpFilter: 2,
  };
}

/** The name of the public end points; in a lab without the network external they are on ctlplane. */
function publicName({ publicTls, networks }: Lab): Record<string, string> {
  const { name } = publicTls ?? {};
  return name === undefined ? {} : { [networks.external ? 'CloudName' : 'CloudNameCtlplane']: name };
}

/**
 * Time servers for `ceph deploy`, which writes them into chrony's configuration on all hosts of the site. Without an option it
 * writes pool.ntp.org and waits until chrony has synchronised: at a site without internet it overwrites a configuration
 * that worked, and fails (tripleo-ansible ceph-chrony.yaml, ansible-role-chrony). --ntp-heat-env-file does not read a list
 * (tripleoclient overcloud_ceph.py: str(list)).
 */
export function timeOptions({ ntpServers }: LabSite): string[] {
  return ntpServers.length > 0 ? ['--ntp-server', ntpServers.join(',')] : ['--skip-ntp'];
}

/** Domain of the hosts of a lab. */
export function domainOf({ domain = 'localdomain' }: Lab['hosts']): string {
  return domain;
}

/**
 * The domain for `ceph deploy`, which appends it to the names of the hosts, on the hosts and in the Ceph spec, and sets CephSpecFqdn
 * for the overcloud (tripleoclient 57d4ac8d, tripleo-ansible af5179c1). baremetal_<site>.yaml keeps the short names: the spec would get
 * the domain twice.
 */
export function nameOptions({ hosts }: Lab): string[] {
  return hosts.fqdn ? ['--tld', domainOf(hosts)] : [];
}

/**
 * host-time.yaml of a site without time servers: `overcloud deploy` leaves chrony alone as `ceph deploy` does. TripleO's own
 * default is pool.ntp.org here, too (THT timesync/chrony-baremetal-ansible.yaml).
 */
export function hostTimeEnvironment(): string {
  return toYaml({ resource_registry: { 'OS::TripleO::Services::Timesync': 'OS::Heat::None' } });
}
