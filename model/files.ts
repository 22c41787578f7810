import { verbOfStep } from './names';
import { exportStores } from './tripleo/cephExport';
import { shared } from './tripleo/paths';
import { commandLine, script, stepCommands } from './tripleo/script';
import { composeStores, rbdStoresOf, storeDefaults } from './tripleo/stores';
import { environment } from './tripleo/yaml';
import type { LabPlan, SitePlan, VerbName } from './types';

/**
 * For each site the files that its commands read, by path in the site's directory on the undercloud, and `commands.sh` with
 * the commands. Files that earlier commands write are not included.
 */
export function planFiles(plan: LabPlan): Record<string, Record<string, string>> {
  return Object.fromEntries(plan.sites.map((site) => [site.name, siteFolder(plan, site)]));
}

function siteFolder(plan: LabPlan, site: SitePlan): Record<string, string> {
  const inFolder = (file: string) => file.slice(site.name.length + 1);
  const files = Object.assign({}, ...site.steps.map((step) => step.files)) as Record<string, string>;
  return {
    'commands.sh': script(
      `Site ${site.name} of lab ${plan.lab}: what its stack runs on the undercloud, in order.`,
      [
        `The files beside it belong into ${plan.undercloud.directory}/${site.name}, the project's kit/ into ${plan.undercloud.directory}/kit.`,
      ],
      plan.undercloud,
      stepCommands(
        site,
        site.steps.map((step) => step.name),
      ),
    ),
    ...Object.fromEntries(Object.entries(files).map(([file, text]) => [inFolder(file), text])),
    ...(site.steps.some((step) => step.fragments) && registration(plan, site, inFolder)),
  };
}

/** The verbs that the kit runs again, with their hooks, in each update (kit/jobs/storefiles.py STEPS). */
const updated: VerbName[] = ['network-provision', 'overcloud-stack', 'overcloud-config'];

/** The two store files before any edge site is registered, and the commands that register all edge sites. */
function registration(
  plan: LabPlan,
  site: SitePlan,
  inFolder: (file: string) => string,
): Record<string, string> {
  const { stores, ceph } = shared.fragments;
  const edges = plan.sites.filter((other) => other.kind === 'edge');
  const own = rbdStoresOf([site])[0] ?? storeDefaults;
  const composed = composeStores(rbdStoresOf(edges), own);
  const absolute = (file: string) => `${plan.undercloud.directory}/${file}`;
  const registered = `${site.name}/registered/${inFolder(stores)}`;
  const exported = edges.flatMap((edge) =>
    rbdStoresOf([edge]).map(({ user }) => ({ user, stack: edge.stack })),
  );
  return {
    [inFolder(stores)]: composeStores([], own),
    [inFolder(ceph)]: environment({ CephExternalMultiConfig: [] }),
    ...(edges.length > 0 && {
      [inFolder(registered)]: composed,
      'registered/commands.sh': script(
        `Lab ${plan.lab}: the control plane learns the stores of all edge sites, once these stand.`,
        ['The kit does the same whenever a site registers or withdraws its store.'],
        plan.undercloud,
        [
          [
            '# The complete list in one file each: of two that set the same parameter only the last counts.',
            ...exportStores(plan.undercloud, exported, absolute(ceph)).map(commandLine),
            commandLine(['cp', absolute(registered), absolute(stores)]),
          ].join('\n'),
          ...stepCommands(
            site,
            site.steps.map(({ name }) => name).filter((name) => updated.includes(verbOfStep(name))),
          ),
        ],
      ),
    }),
  };
}
