import { centralStoreSite } from '../../lab';
import { networkNameOf } from '../../networks';
import type { StepPlan, SubnetPlan } from '../../types';
import { composableName, networkData, vipData } from '../networks';
import { deleteStack, overcloud, type SiteContext, step } from './step';

/** `network provision`: the lab's networks, and the subnets of the site. */
export function networkProvision({ lab, site, subnets, knownSubnets, files, at }: SiteContext): StepPlan {
  const central = lab.sites[centralStoreSite(lab.sites)];
  // The first site with nodes, on which all others build, is destroyed last and deletes the networks.
  const isLast = site === central || (central?.ceph.kind === 'existing' && site.kind === 'control-plane');
  return step('network-provision', 15, {
    texts: () => ({ [files.networkData]: networkData(lab, knownSubnets) }),
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
    teardown: [
      isLast ? overcloud('network', 'unprovision', '-y', at(files.networkData)) : deleteSubnets(subnets),
    ],
  });
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
function deleteSubnets(subnets: SubnetPlan[]): string[] {
  const own = subnets.filter(({ network }) => composableName(network));
  return [
    'bash',
    '-c',
    [
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
    ].join('\n'),
  ];
}

/** Lines of bash that delete Neutron's resources with these names; no error if one does not exist. */
function deleteThere(resource: string, names: string[]): string[] {
  const patterns = names.map((name) => `-e ${name}`).join(' ');
  return [
    `there=$(openstack ${resource} list --format value --column Name)`,
    `grep --fixed-strings --line-regexp ${patterns} <<< "\${there}" | xargs --no-run-if-empty openstack ${resource} delete`,
  ];
}
