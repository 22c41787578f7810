import { centralStoreSite } from '../../lab';
import { networkNameOf } from '../../networks';
import type { StepPlan, SubnetPlan } from '../../types';
import { composableName, madeNetworkData, networkData, networkEntries, vipData } from '../networks';
import { deleteStack, overcloud, type SiteContext, step } from './step';

/**
 * `network provision`: the lab's networks, and the subnets of the site. What exists already stays: the kit has compared it with
 * network data (kit/sites/existing.py).
 */
export function networkProvision(context: SiteContext): StepPlan {
  const { lab, site, knownSubnets, files, at } = context;
  return step('network-provision', 15, {
    texts: () => ({
      [files.networkData]: networkData(lab, knownSubnets),
      ...(isLast(context) &&
        madeNetworks(context) === files.madeNetworkData && {
          [files.madeNetworkData]: madeNetworkData(lab, knownSubnets),
        }),
    }),
    commands: [
      overcloud(
        'network',
        'provision',
        '-y',
        '--stack',
        site.stack,
        '--output',
        at(files.deployedNetwork),
        at(files.networkData),
      ),
    ],
    results: [files.deployedNetwork],
    lock: 'network',
    teardown: unprovision(context),
  });
}

/** Whether a site is the first with nodes, on which all others build: it is destroyed last and deletes the networks. */
function isLast({ lab, site }: SiteContext): boolean {
  const central = lab.sites[centralStoreSite(lab.sites)];
  return site === central || (central?.ceph.kind === 'existing' && site.kind === 'control-plane');
}

/** The file with the networks that the lab makes: network data, or a part of it; undefined: all networks exist already. */
function madeNetworks({ lab, files }: SiteContext): string | undefined {
  const existing = networkEntries(lab, []).map((entry) => entry.existing !== undefined);
  if (!existing.includes(true)) {
    return files.networkData;
  }
  return existing.includes(false) ? files.madeNetworkData : undefined;
}

/** Commands that remove the networks and subnets that the site made. */
function unprovision(context: SiteContext): string[][] {
  const { lab, subnets, at } = context;
  const existing = ({ network }: SubnetPlan) => lab.networks[network]?.existing;
  if (!isLast(context)) {
    return deleteSubnets(subnets.filter((subnet) => existing(subnet) !== 'subnets'));
  }
  const made = madeNetworks(context);
  return [
    ...deleteSubnets(subnets.filter((subnet) => existing(subnet) === 'network')),
    ...(made === undefined ? [] : [overcloud('network', 'unprovision', '-y', at(made))]),
  ];
}

/** `network vip provision`: the virtual addresses of the site's overcloud. */
export function vipProvision({ lab, site, files, at }: SiteContext): StepPlan {
  return step('vip-provision', 15, {
    texts: () => ({ [files.vipData]: vipData(lab, site) }),
    commands: [
      overcloud(
        'network',
        'vip',
        'provision',
        '-y',
        '--stack',
        site.stack,
        '--output',
        at(files.deployedVips),
        at(files.vipData),
      ),
    ],
    needs: ['network-provision'],
    results: [files.deployedVips],
    // Only `overcloud delete` removes VIPs; a second one for the same stack succeeds without effect.
    teardown: [deleteStack(site)],
  });
}

/**
 * Deletes those of the site's subnets and their segments that still exist. `network unprovision` deletes whole networks,
 * and fails while other sites have subnets on them (tripleo-ansible tripleo_unprovision_network.py).
 */
function deleteSubnets(subnets: SubnetPlan[]): string[][] {
  const own = subnets.filter(({ network }) => composableName(network));
  if (own.length === 0) {
    return [];
  }
  const lines = [
    'set -e',
    ...deleteThere(
      'subnet',
      own.map(({ name }) => name),
    ),
    // Names by tripleo_composable_network.py, create_segment_spec.
    ...deleteThere(
      'network segment',
      own.map((subnet) => `${networkNameOf(subnet)}_${subnet.name}`),
    ),
  ];
  return [['bash', '-c', lines.join('\n')]];
}

/** Lines of bash that delete Neutron's resources with these names; no error if one does not exist. */
function deleteThere(resource: string, names: string[]): string[] {
  const patterns = names.map((name) => `-e ${name}`).join(' ');
  return [
    `there=$(openstack ${resource} list --format value --column Name)`,
    `grep --fixed-strings --line-regexp ${patterns} <<< "\${there}" | xargs --no-run-if-empty openstack ${resource} delete`,
  ];
}
