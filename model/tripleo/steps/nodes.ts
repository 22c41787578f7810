import type { StepPlan } from '../../types';
import { roleNetworks } from '../networks';
import { nicFiles } from '../nics';
import { baremetal, rolesPresent } from '../nodes';
import { kit, nodeAccess, overcloud, type SiteContext, step } from './step';

/** `node provision`: the site's hosts, which exist already. */
export function nodeProvision({ site, undercloud, nodes, files, at }: SiteContext): StepPlan {
  return step('node-provision', 60, {
    texts: () => ({ [files.baremetal]: baremetal(site, nodes), ...nicFiles(site) }),
    commands: [
      overcloud(
        'node',
        'provision',
        '-y',
        '--stack',
        site.stack,
        ...nodeAccess(undercloud),
        ...(Object.keys(site.nics).length > 0 ? ['--network-config'] : []),
        '--output',
        at(files.deployedMetal),
        at(files.baremetal),
      ),
    ],
    needs: ['network-provision'],
    results: [files.deployedMetal],
    teardown: [overcloud('node', 'unprovision', '-y', '--all', '--stack', site.stack, at(files.baremetal))],
  });
}

/** `roles generate`: TripleO's roles of the site, with the site's networks. */
export function rolesGenerate({ lab, site, undercloud, nodes, files, at }: SiteContext): StepPlan {
  const generate = overcloud('roles', 'generate', '-o', at(files.roles), ...rolesPresent(nodes));
  const words = roleNetworks(lab, site);
  return step('roles-generate', 5, {
    commands: [
      generate,
      ...(words.length > 0 ? [kit(undercloud, 'roles', 'subnets', '--file', at(files.roles), ...words)] : []),
    ],
    results: [files.roles],
  });
}

/**
 * Deployments upload container images to a local registry only where a role has ContainerImagePrepare, which Controllers alone
 * have. `ceph deploy` runs before any deployment.
 */
export function containerImages({ lab, site, undercloud, files, at }: SiteContext): StepPlan[] {
  const settings = lab.undercloud.containerPrepare;
  if (settings === undefined) {
    return [];
  }
  const environments = [settings, at(files.deployedMetal), ...site.environments];
  return [
    step('container-images', 240, {
      commands: [
        [
          ...kit(undercloud, 'containers', 'prepare'),
          ...environments.flatMap((file) => ['--environment', file]),
          ...['--roles', at(files.roles), '--output', at(files.containerImages)],
        ],
      ],
      results: [files.containerImages],
      needs: ['node-provision', 'roles-generate'],
      lock: 'registry',
    }),
  ];
}
