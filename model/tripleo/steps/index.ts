import { centralStoreSite, type LabSite } from '../../lab';
import { argumentWords } from '../../stepArguments';
import type { StepPlan, VerbName } from '../../types';
import { siteFiles } from '../paths';
import { cephAdopt, cephDeploy, cephExport, cephExportAlone } from './ceph';
import { withHooks } from './hooks';
import { networkProvision, vipProvision } from './networks';
import { containerImages, nodeProvision, rolesGenerate } from './nodes';
import { overcloudConfig, overcloudExport, overcloudStack } from './overcloud';
import { onUndercloud, type SiteContext } from './step';

/** The TripleO verbs of a site, in order. */
export function siteSteps(known: Omit<SiteContext, 'files' | 'at'>): StepPlan[] {
  const { lab, site, undercloud } = known;
  const context = { ...known, files: siteFiles(site.name), at: onUndercloud(undercloud) };
  const { ceph } = site;
  if (ceph.kind === 'existing') {
    return withHooks(context, [withSettings(cephAdopt(context, ceph), site)]);
  }
  const overcloud = site.kind !== 'external-ceph';
  const central = site.store.kind === 'rbd' && site.name === centralStoreSite(lab.sites);
  const steps = [
    networkProvision(context),
    ...(overcloud ? [vipProvision(context)] : []),
    nodeProvision(context),
    rolesGenerate(context),
    ...containerImages(context),
    ...(ceph.kind === 'deployed' ? [cephDeploy(context, ceph)] : []),
    ...(overcloud ? [overcloudStack(context), overcloudConfig(context)] : []),
    ...(site.kind === 'control-plane' ? [overcloudExport(context)] : []),
    ...(central && ceph.kind === 'deployed'
      ? [overcloud ? cephExport(context, ceph) : cephExportAlone(context, ceph)]
      : []),
  ];
  return withHooks(
    context,
    steps.map((made) => withSettings(made, site)),
  );
}

/** A step with the lab file's own settings. Its files are still made when they are first read. */
function withSettings(made: StepPlan, { steps }: LabSite): StepPlan {
  const { limitMinutes = made.limitMinutes, arguments: options = {} } = steps[made.name as VerbName] ?? {};
  const words = argumentWords(options);
  const commands = made.commands.map((argv) => (argv[0] === 'openstack' ? [...argv, ...words] : argv));
  return Object.assign(made, { limitMinutes, commands });
}
