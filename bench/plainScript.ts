import type { LabPlan, SitePlan, StepPlan } from '../model';
import { quote } from '../lib/quote';

/**
 * The undercloud commands of a whole lab as one plain bash script, in the fastest order that the verbs allow, as a careful
 * engineer would write it without Pulumi. Sites are provisioned side by side; an edge site waits for the control
 * plane only where it needs the control plane's exports; stack phases run one at a time; all stores are registered at once.
 */
export function plainScript(plan: LabPlan): string {
  const control = plan.sites.find((site) => site.kind === 'control-plane') as SitePlan;
  const edges = plan.sites.filter((site) => site.kind === 'edge');
  return [
    '#!/usr/bin/env bash',
    'set -euo pipefail',
    'umask 077',
    `cd ${plan.undercloud.directory}`,
    `source ${plan.undercloud.home}/stackrc`,
    'mkdir -p plain',
    'run() { local name=$1; shift; "$@" >"plain/${name//\\//-}.log" 2>&1 || { tail -n 20 "plain/${name//\\//-}.log" >&2; echo "$name failed" >&2; exit 1; }; }',
    'all() { local pid; for pid; do wait "$pid"; done; }',
    ...plan.sites.flatMap((site) => siteFunction(site)),
    `control_pid=`,
    `${functionName(control)} & control_pid=$!`,
    ...edges.map((site) => `${functionName(site)} & ${functionName(site)}_pid=$!`),
    `all "$control_pid" ${edges.map((site) => `"$${functionName(site)}_pid"`).join(' ')}`,
    `run registered bash ${control.name}/registered/commands.sh`,
    '',
  ].join('\n');
}

const functionName = (site: SitePlan): string => `site_${site.name.replaceAll('-', '_')}`;

function siteFunction(site: SitePlan): string[] {
  const steps = new Map(site.steps.map((step) => [step.name, step]));
  const lines = [`${functionName(site)}() {`];
  const done = new Set<string>();
  for (const wave of waves(site.steps)) {
    const inputs = wave.flatMap((step) => step.inputs);
    if (inputs.length > 0) {
      lines.push(`  until [ -e plain/exported ]; do sleep 0.2; done`);
    }
    lines.push(...wave.map((step, index) => `  { ${commandLine(site, step)}; } & local p${index}=$!`));
    lines.push(`  all ${wave.map((_, index) => `"$p${index}"`).join(' ')}`);
    wave.forEach((step) => done.add(step.name));
  }
  if (steps.has('overcloud-export')) {
    lines.push('  touch plain/exported');
  }
  return [...lines, '}'];
}

/** Steps in groups. The steps of a group may run side by side, after all earlier groups. */
function waves(steps: StepPlan[]): StepPlan[][] {
  const groups: StepPlan[][] = [];
  const done = new Set<string>();
  let left = steps;
  while (left.length > 0) {
    const ready = left.filter((step) => step.needs.every((name) => done.has(name)));
    ready.forEach((step) => done.add(step.name));
    left = left.filter((step) => !done.has(step.name));
    groups.push(ready);
  }
  return groups;
}

function commandLine(site: SitePlan, step: StepPlan): string {
  const lock = step.lock ? `flock plain/${step.lock} ` : '';
  return step.commands
    .map((argv, index) => `run ${site.name}/${step.name}-${index} ${lock}${argv.map(quote).join(' ')}`)
    .join(' && ');
}
