import { stepRevision } from './revision';
import type { SitePlan, StepName, StepPlan } from './types';

/** What `kit job run` and `kit job undo` read; the instance ids of nodes come to it beside (`learned` of a run). */
export interface JobDocument {
  /** `<site>/<step>` */
  job: string;
  /** The lab's directory on the undercloud, which the names of files are relative to. */
  directory: string;
  /** Revisions of the steps it stands on: another one runs it again. */
  after: Partial<Record<StepName, string>>;
  /** sha256 of what other sites made for it or for a step it stands on: another one runs it again. */
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

/** What steps read of other sites, each file once. */
export function inputsOf(steps: StepPlan[]): string[] {
  return [...new Set(steps.flatMap(({ inputs }) => inputs))];
}

/** The sites that made the files which steps read of other sites: a file lies in the folder of the site that made it. */
export function makersOf(steps: StepPlan[]): string[] {
  return [...new Set(inputsOf(steps).map((file) => file.split('/')[0] as string))];
}

/** Whether the step, or one that it needs, reads what another site made. */
export function readsOtherSites(site: SitePlan, step: StepPlan): boolean {
  return inputsOf(closure(site, step)).length > 0;
}

/** Whether a step's effect depends on which hosts stand behind the names of the site's nodes. */
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
