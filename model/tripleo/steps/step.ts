import type { Lab, LabSite } from '../../lab';
import { nodeUser } from '../../names';
import type { NodePlan, StepPlan, SubnetPlan, UndercloudPlan } from '../../types';
import type { SiteFiles } from '../paths';

/** The input of all steps of one site. */
export interface SiteContext {
  lab: Lab;
  site: LabSite;
  undercloud: UndercloudPlan;
  nodes: NodePlan[];
  /** The site's own subnets, and those of its racks. */
  subnets: SubnetPlan[];
  /** The control plane's subnets, then the site's if it is another. */
  knownSubnets: SubnetPlan[];
  files: SiteFiles;
  /** The absolute path on the undercloud of a file below the lab directory. */
  at: (file: string) => string;
}

/**
 * A step with defaults for all fields that most steps leave empty.
 * @param parts `texts` makes the step's files when they are first read: most readers of a plan do not read them
 */
export function step(
  name: StepPlan['name'],
  limitMinutes: number,
  { texts = () => ({}), ...parts }: Partial<Omit<StepPlan, 'files'>> & { texts?: () => StepPlan['files'] },
): StepPlan {
  let files: StepPlan['files'] | undefined;
  return {
    name,
    commands: [],
    get files() {
      return (files ??= texts());
    },
    needs: [],
    inputs: [],
    results: [],
    limitMinutes,
    teardown: [],
    ...parts,
  };
}

/** Words of a command `openstack overcloud …`. */
export function overcloud(...words: string[]): string[] {
  return ['openstack', 'overcloud', ...words];
}

/** Words of a command of the kit on the undercloud. */
export function kit(undercloud: UndercloudPlan, ...words: string[]): string[] {
  return ['python3', onUndercloud(undercloud)('kit'), ...words];
}

/** Gives the absolute path on the undercloud of a file below the lab directory. */
export function onUndercloud(undercloud: UndercloudPlan): (file: string) => string {
  return (file) => `${undercloud.directory}/${file}`;
}

/** The options by which TripleO's verbs reach the nodes. */
export function nodeAccess(undercloud: UndercloudPlan): string[] {
  return ['--overcloud-ssh-user', nodeUser, '--overcloud-ssh-key', `${undercloud.home}/.ssh/id_rsa`];
}

/** --skip-ipa-cleanup: nodes were never enrolled in FreeIPA, and without tripleo-ipa installed the verb fails. */
export function deleteStack(site: LabSite): string[] {
  return overcloud('delete', '-y', '--skip-ipa-cleanup', site.stack);
}
