import * as z from 'zod';
import { networkNames } from '../../networks';
import { domain, ipv4, range, text } from './text';

/** Default ranges: a site has the subnet of its number in each. */
export const defaultRanges = {
  ctlplane: '10.0.0.0/14',
  internal_api: '10.4.0.0/14',
  storage: '10.8.0.0/14',
  storage_mgmt: '10.12.0.0/14',
  tenant: '10.16.0.0/14',
  external: '10.20.0.0/14',
} as const;

/** Keys of the ranges of a network. */
function ranges(network: keyof typeof defaultRanges) {
  return {
    range: range()
      .optional()
      .describe(`All its addresses, at all sites; default: \`${defaultRanges[network]}\` where \`ranges\` is not written.`),
    prefix: z
      .int()
      .min(16)
      .max(24)
      .optional()
      .describe("Prefix length of one site's subnet in `range`; default: 24."),
    ranges: z
      .array(range())
      .min(1)
      .optional()
      .describe(
        'Instead of `range`: ranges that contain the subnets of all sites, which then write their `cidr`. Each subnet has a route ' +
          'to each range.',
      ),
  };
}

function keys(name: keyof typeof defaultRanges) {
  return z.strictObject({
    ...ranges(name),
    name: text(
      /^[a-z][a-z0-9_]{0,62}$/,
      'is not the name of a network',
      'Use lower-case letters, digits and underscores, a letter first',
    )
      .optional()
      .describe(
        'Neutron’s name of the network, `name_lower` in network data; default: the key. Variables of NIC templates begin with it. Sites that ' +
          'are up keep it.',
      ),
    existing: z
      .enum(['network', 'subnets'])
      .optional()
      .describe(
        'What is in the undercloud’s Neutron already and stays there: `network`, in which the lab makes and removes its subnets, or ' +
          'the network with all the lab’s `subnets`. Both must have the values of the lab file. Default: the lab makes and removes ' +
          'both. While sites are up, a value stays that they came up with.',
      ),
    mtu: z.int().min(1280).max(9216).default(1500).describe('Bytes of a packet.'),
    dnsDomain: domain()
      .optional()
      .describe('DNS domain of the hosts’ names on the network, such as `storage.example.com`; default: TripleO takes `<network>.` and the domain of ctlplane.'),
  });
}

function network(name: keyof typeof defaultRanges) {
  return keys(name).prefault({});
}

/** A network that a lab may leave out. */
function optionalNetwork(name: keyof typeof defaultRanges) {
  return z.union([z.literal('none'), keys(name)]).prefault({});
}

export const networks = z
  .strictObject({
    ctlplane: z
      .strictObject(ranges('ctlplane'))
      .prefault({})
      .describe('Network on which the undercloud reaches the nodes; its MTU is `local_mtu` of undercloud.conf.'),
    internal_api: network('internal_api').describe('Network of the OpenStack services.'),
    storage: network('storage').describe('Ceph’s public network; Glance copies images over it.'),
    storage_mgmt: optionalNetwork('storage_mgmt').describe(
      'Ceph’s cluster network. `none`: `storage` carries its traffic, too.',
    ),
    tenant: optionalNetwork('tenant').describe(
      'Tunnels of the servers’ networks. `none`: `internal_api` carries them, too.',
    ),
    external: optionalNetwork('external').describe(
      'Public endpoints; at the control plane only. `none`: they are on ctlplane.',
    ),
  })
  .prefault({})
  .describe(
    'Networks, routed between sites. A site has one subnet of each network that it is on, a rack one of each network that its nodes are on.',
  );

/** Keys of a subnet, of a site or of a rack; each value has a default from the numbering plan. */
export const subnetKeys = {
  subnet: text(
    /^[a-zA-Z0-9]([a-zA-Z0-9_-]{0,61}[a-zA-Z0-9])?$/,
    'is not the name of a subnet',
    'Use letters, digits and inner hyphens and underscores',
  )
    .optional()
    .describe(
      "Neutron's name of the subnet; default: `<network>_subnet` at the control plane, else `<network>_<site>`, in a rack " +
        '`<network>_<site>_<rack>`, with hyphens for ctlplane. On ctlplane: the section of undercloud.conf. A site that is up keeps the ' +
        'names of the others.',
    ),
  cidr: range()
    .optional()
    .describe("Its addresses; default: the subnet of the site's or rack's number in the network's `range`. A site that is up keeps them."),
  vlan: z
    .int()
    .min(1)
    .max(4094)
    .optional()
    .describe('VLAN id on the hosts; ctlplane has none. Default: none.'),
  gateway: z
    .union([z.literal('none'), ipv4()])
    .optional()
    .describe(
      'Address of the router; `none`: nobody routes the subnet. TripleO pings it from each host. Default: host number 1.',
    ),
  pools: z
    .array(
      z.strictObject({
        start: ipv4().describe('First address.'),
        end: ipv4().describe('Last address.'),
      }),
    )
    .min(1)
    .optional()
    .describe('Addresses that Neutron may give by itself; default: host numbers 200 to 250, in a smaller subnet in proportion, without the router.'),
  routes: z
    .array(
      z.strictObject({
        destination: range().describe('Network that the route leads to.'),
        nexthop: ipv4().describe('Address of the router.'),
      }),
    )
    .optional()
    .describe("Routes of the hosts; default: to each of the network's ranges by `gateway`."),
};

/** A site's own subnets. */
export const siteNetworks = z
  .partialRecord(
    z.enum(networkNames),
    z.strictObject({
      ...subnetKeys,
      vip: ipv4()
        .optional()
        .describe(
          'Virtual address of the services: at the control plane on each network except tenant, at other sites on ctlplane. Default: ' +
            'host number 5.',
        ),
    }),
  )
  .default({})
  .describe('Values of the site’s subnets that differ from the numbering plan, by network.');
