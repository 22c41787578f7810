import { externalCeph } from '../../names';
import { virtualAddresses } from '../../tripleo/networks';
import { type Finding, labPath } from '../findings';
import type { ResolvedLab } from '../resolve';

/** Finds virtual addresses and nodes that have the address by which the lab file names an undercloud that exists already. */
export function checkUndercloudAddress({ undercloud, sites }: ResolvedLab): Finding[] {
  const { host } = undercloud.written;
  const found = (key: string, ...at: string[]): Finding => ({
    at: labPath('sites', ...at, key),
    value: host,
    message: 'is the address of the undercloud (glance-dcn:undercloud.host)',
    remedy: `Write ${key}: … with an address that nothing has`,
  });
  return sites.flatMap((site) => [
    ...(site.name === externalCeph ? [] : virtualAddresses(site))
      .filter(({ address }) => address === host)
      .map(({ network }) => found('vip', site.name, 'networks', network)),
    ...site.nodes.flatMap(({ name, addresses }) =>
      Object.entries(addresses)
        .filter(([, address]) => address === host)
        .map(([network]) => found(network, site.name, 'nodes', name, 'addresses')),
    ),
  ]);
}
