import { undercloudAddress } from '../../addresses';
import { controlPlane } from '../../names';
import { virtualAddresses } from '../../tripleo/networks';
import type { SiteSubnetPlan, SubnetPlan } from '../../types';
import type { ResolvedLab, ResolvedSite } from '../resolve';

/** An address of a subnet that no node can have. */
export interface Reserved {
  address: string;
  owner: 'the undercloud' | 'virtual addresses' | 'the gateway';
}

/**
 * The addresses of a subnet that no node can have, without those of the pools. Of a site's subnets, those of racks have no virtual
 * address.
 */
export function reservedIn(
  lab: ResolvedLab,
  site: ResolvedSite,
  subnet: SubnetPlan | SiteSubnetPlan,
): Reserved[] {
  const { network, gateway } = subnet;
  const virtual = 'vip' in subnet && virtualAddresses(site).some((other) => other.network === network);
  const makesUndercloud = lab.provisioner === 'sandbox' || lab.openstack?.undercloud !== undefined;
  const hasUndercloud =
    makesUndercloud && site.name === controlPlane && 'vip' in subnet && isUndercloudOn(network);
  return [
    ...(hasUndercloud ? [{ address: undercloudAddress(subnet), owner: 'the undercloud' } as const] : []),
    ...(virtual ? [{ address: subnet.vip, owner: 'virtual addresses' } as const] : []),
    ...(gateway === undefined ? [] : [{ address: gateway, owner: 'the gateway' } as const]),
  ];
}

function isUndercloudOn(network: SubnetPlan['network']): boolean {
  return network === 'ctlplane' || network === 'external';
}
