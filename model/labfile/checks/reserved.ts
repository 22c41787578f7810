import { undercloudAddress } from '../../addresses';
import { controlPlane } from '../../names';
import { virtualAddresses } from '../../tripleo/networks';
import type { SubnetPlan } from '../../types';
import type { ResolvedLab, ResolvedSite } from '../resolve';

/** An address of a subnet that no node can have. */
export interface Reserved {
  address: string;
  owner: 'the undercloud' | 'virtual addresses' | 'the gateway';
}

/** The addresses of a site's subnet that no node can have, without those of the pools. */
export function reservedIn(lab: ResolvedLab, site: ResolvedSite, subnet: SubnetPlan): Reserved[] {
  const { network, gateway, vip } = subnet;
  const makesUndercloud = lab.provisioner === 'sandbox' || lab.openstack?.undercloud !== undefined;
  const hasUndercloud = makesUndercloud && site.name === controlPlane && isUndercloudOn(network);
  const hasVip = virtualAddresses(site).some((virtual) => virtual.network === network);
  return [
    ...(hasUndercloud ? [{ address: undercloudAddress(subnet), owner: 'the undercloud' } as const] : []),
    ...(hasVip ? [{ address: vip, owner: 'virtual addresses' } as const] : []),
    ...(gateway === undefined ? [] : [{ address: gateway, owner: 'the gateway' } as const]),
  ];
}

function isUndercloudOn(network: SubnetPlan['network']): boolean {
  return network === 'ctlplane' || network === 'external';
}
