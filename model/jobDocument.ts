import { stepRevision } from './revision';
import type { SitePlan, StepName, StepPlan } from './types';

/** The document of `kit job run` and `kit job undo`; the nodes' instance ids are added later (`learned` of a run). */
export interface JobDocument {
  /** `<site>/<step>` */
  job: string;
  /** The lab's directory on the undercloud, to which paths of files are relative. */
  directory: string;
  /** Revisions of the steps that this step needs: a changed revision runs it again. */
  after: Partial<Record<StepName, string>>;
  /** sha256 of files that other sites made for this step or a step that it needs: a changed file runs it again. */
  digests: Record<string, string>;
  files: Record<string, string>;
  commands: string[][];
  fragments?: StepPlan['fragments'];
  results: string[];
  lock?: StepPlan['lock'];
  limitMinutes: number;
  teardown: string[][];
}

/**
 * The document of one step.
 *
 * @param digests sha256 of every file that other sites made for this one, by path relative to the lab's directory
 */
export function jobDocument(
  site: SitePlan,
  step: StepPlan,
  directory: string,
  digests: Record<string, string>,
): JobDocument {
  const inputs = inputsOf(closure(site, step));
  return {
    job: `${site.name}/${step.name}`,
    directory,
    after: Object.fromEntries(step.needs.map((name) => [name, stepRevision(site, name)])),
    digests: Object.fromEntries(Object.entries(digests).filter(([file]) => inputs.includes(file))),
    files: step.files,
    commands: step.commands,
    fragments: step.fragments,
    results: step.results,
    lock: step.lock,
    limitMinutes: step.limitMinutes,
    teardown: step.teardown,
  };
}

/** Files of other sites that the steps read, each once. */
export function inputsOf(steps: StepPlan[]): string[] {
  return [...new Set(steps.flatMap(({ inputs }) => inputs))];
}

/** Sites that made the files of other sites that the steps read: a file is in the folder of the site that made it. */
export function makersOf(steps: StepPlan[]): string[] {
  return [...new Set(inputsOf(steps).map((file) => file.split('/')[0] as string))];
}

/** Whether the step, or a step that it needs, reads a file of another site. */
export function readsOtherSites(site: SitePlan, step: StepPlan): boolean {
  return inputsOf(closure(site, step)).length > 0;
}

/** Whether a step must run again when a node of the site gets another host. */
export function standsOnHosts(site: SitePlan, step: StepPlan): boolean {
  return closure(site, step).some(({ name }) => name === 'node-provision');
}

/** The step and all steps of the site that it needs, directly or not. */
function closure(site: SitePlan, step: StepPlan): StepPlan[] {
  const steps = new Set([step]);
  for (const { needs } of steps) {
    site.steps.filter(({ name }) => needs.includes(name)).forEach((needed) => steps.add(needed));
  }
  return [...steps];
}
