import * as z from 'zod';
import { range } from './text';

function network(addresses: string) {
  return z
    .strictObject({
      range: range().default(addresses).describe('All its addresses, at all sites.'),
      prefix: z.int().min(16).max(24).default(24).describe("Prefix length of one site's subnet."),
    })
    .prefault({});
}

export const networks = z
  .strictObject({
    ctlplane: network('10.0.0.0/14').describe('Network on which the undercloud reaches the nodes.'),
    internal_api: network('10.4.0.0/14').describe('Network of the OpenStack services.'),
    storage: network('10.8.0.0/14').describe('Ceph’s public network; Glance copies images over it.'),
    storage_mgmt: network('10.12.0.0/14').describe('Ceph’s cluster network.'),
    tenant: network('10.16.0.0/14').describe('Tunnels of the servers’ networks.'),
    external: network('10.20.0.0/14').describe('Public endpoints; at the control plane only.'),
  })
  .prefault({})
  .describe('Address ranges, routed between sites; each site has one subnet of each.');
