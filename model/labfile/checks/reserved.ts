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

/** The addresses of a subnet of the site or of a rack that no node can have, without those of the pools. */
export function reservedIn(lab: ResolvedLab, site: ResolvedSite, subnet: SubnetPlan): Reserved[] {
  const { network, gateway } = subnet;
  // The undercloud and the virtual addresses are in the site's own subnets, not in those of racks.
  const own = site.subnets.find((candidate) => candidate === subnet);
  const virtual = virtualAddresses(site).some((other) => other.network === network);
  const makesUndercloud = lab.provisioner === 'sandbox' || lab.openstack?.undercloud !== undefined;
  const hasUndercloud = makesUndercloud && site.name === controlPlane && isUndercloudOn(network);
  return [
    ...(own && hasUndercloud ? [{ address: undercloudAddress(own), owner: 'the undercloud' } as const] : []),
    ...(own && virtual ? [{ address: own.vip, owner: 'virtual addresses' } as const] : []),
    ...(gateway === undefined ? [] : [{ address: gateway, owner: 'the gateway' } as const]),
  ];
}

function isUndercloudOn(network: SubnetPlan['network']): boolean {
  return network === 'ctlplane' || network === 'external';
}
