import type { Hook, LabSite } from '../../lab';
import { contentRevision } from '../../revision';
import type { StepName, StepPlan } from '../../types';
import { type SiteContext, step } from './step';

/** Time limit of every hook. */
export const hookMinutes = 60;

/** The steps of a site with its hooks as steps of their own, each beside the step that it is for. */
export function withHooks({ site, at }: Pick<SiteContext, 'site' | 'at'>, verbs: StepPlan[]): StepPlan[] {
  return verbs.flatMap((verb) => {
    const needs = verb.needs.flatMap((name) => [name, ...hooksOf(site, 'after', name).map(hookName)]);
    // The script's argument is what makes a hook run again before another revision of its step.
    const before = hooksOf(site, 'before', verb.name).map((hook) =>
      hookStep(site.name, at, hook, { needs, inputs: verb.inputs, words: [contentRevision(verb)] }),
    );
    const later = hooksOf(site, 'after', verb.name).map((hook) =>
      hookStep(site.name, at, hook, { needs: [verb.name], inputs: [], words: [] }),
    );
    return [
      ...before,
      Object.assign(verb, { needs: [...needs, ...before.map(({ name }) => name)] }),
      ...later,
    ];
  });
}

function hooksOf({ hooks }: LabSite, when: Hook['when'], verb: StepName): Hook[] {
  return hooks.filter((hook) => hook.when === when && hook.step === verb);
}

function hookName({ when, step: verb }: Hook): `${Hook['when']}-${Hook['step']}` {
  return `${when}-${verb}`;
}

function hookStep(
  site: string,
  at: SiteContext['at'],
  hook: Hook,
  { words, ...parts }: Pick<StepPlan, 'needs' | 'inputs'> & { words: string[] },
): StepPlan {
  const file = `${site}/hooks/${hookName(hook)}.sh`;
  return step(hookName(hook), hookMinutes, {
    texts: () => ({ [file]: hook.text }),
    commands: [['bash', at(file), ...words]],
    ...parts,
  });
}
