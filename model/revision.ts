import { createHash } from 'node:crypto';
import type { SitePlan, StepName, StepPlan } from './types';

/**
 * A step's revision: sha256 in hex of what it does and of the revisions of the steps it needs. It changes exactly when
 * one of those changes; how long a step may take and how it is undone are not part of it.
 * @throws Error if the site has no such step
 */
export function stepRevision(site: SitePlan, name: StepName): string {
  const step = site.steps.find((candidate) => candidate.name === name);
  if (!step) {
    throw new Error(`site ${site.name} has no step ${name}`);
  }
  return digestOf({ ...contentOf(step), needs: step.needs.map((needed) => stepRevision(site, needed)) });
}

/** sha256 in hex of what a step itself does. */
export function contentRevision(step: StepPlan): string {
  return digestOf(contentOf(step));
}

function contentOf({ commands, files, inputs, fragments }: StepPlan) {
  return {
    commands,
    files: Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1)),
    inputs,
    fragments,
  };
}

function digestOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
