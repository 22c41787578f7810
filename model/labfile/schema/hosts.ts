import * as z from 'zod';
import { domain, ipAddress, server, timeZone } from './text';

export const hosts = z
  .strictObject({
    domain: domain()
      .optional()
      .describe(
        'DNS domain of the hosts and of the end points’ names (`CloudDomain`, `CloudName…`), the same as `overcloud_domain_name` of ' +
          'undercloud.conf; default: `localdomain`.',
      ),
    fqdn: z
      .boolean()
      .default(false)
      .describe(
        'Whether `hostname` prints the name with the domain on hosts with Ceph, as FreeIPA sets it: `ceph deploy` then renames the hosts ' +
          '(`--tld`). The names of nodes stay short. A site that is up keeps the value, and then the domain. On the sandbox only with `tripleo: quick`.',
      ),
    dnsServers: z
      .array(ipAddress())
      .min(1)
      .optional()
      .describe(
        'Addresses of resolvers in TripleO’s parameter `DnsServers`, for NIC templates of the configuration phase. It does ' +
          'not change the resolvers of the hosts: with `nics` these are `dns_nameservers` in the site’s section of undercloud.conf, ' +
          'and without `nics` you write them on the hosts. `DnsServers` under `parameters` of a site wins.',
      ),
    ntpServers: z
      .array(server())
      .min(1)
      .optional()
      .describe(
        'Time servers (`NtpServer`) that TripleO writes into chrony’s configuration on the hosts, which must then reach them. ' +
          'Default: TripleO leaves the time service of the hosts as it is. `NtpServer` under `parameters` of a site wins.',
      ),
    timeZone: timeZone()
      .optional()
      .describe(
        'Time zone of hosts with an overcloud (`TimeZone`), so not of `external-ceph`; default: `UTC`. `TimeZone` under `parameters` of ' +
          'a site wins.',
      ),
  })
  .prefault({})
  .describe('Names and time of the hosts, the same at all sites.');
