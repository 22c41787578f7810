import type { StepPlan } from '../../types';
import { roleNetworks } from '../networks';
import { nicFiles } from '../nics';
import { baremetal, rolesPresent } from '../nodes';
import { isOwnRole, roleData } from '../roleData';
import { roleFile, templates } from '../paths';
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

/**
 * `roles generate`: the roles of the site, with the site's networks. It takes all roles from one folder: beside those of the lab's own are
 * then copies of TripleO's.
 */
export function rolesGenerate({ lab, site, undercloud, files, at }: SiteContext): StepPlan {
  const present = rolesPresent(site);
  const names = present.map(({ name }) => name);
  const own = present.filter((role) => isOwnRole(site, role));
  const standard = names.filter((name) => !own.some((role) => role.name === name));
  const folder = own.length > 0 ? ['--roles-path', at(files.ownRoles)] : [];
  const words = roleNetworks(lab, site);
  return step('roles-generate', 5, {
    texts: () =>
      Object.fromEntries(own.map((role) => [roleFile(site.name, role.name), roleData(lab, site, role)])),
    commands: [
      ...(own.length > 0 && standard.length > 0
        ? [['cp', ...standard.map((name) => `${templates}/roles/${name}.yaml`), at(files.ownRoles)]]
        : []),
      overcloud('roles', 'generate', ...folder, '-o', at(files.roles), ...names),
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
