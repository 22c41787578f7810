import { quote } from '../../lib/quote';
import { verbOfStep } from '../names';
import type { SitePlan, StepName, StepPlan, UndercloudPlan, VerbName } from '../types';

/** The purpose of each step, for the reader of a script. */
const purpose: Record<VerbName, string> = {
  'network-provision': 'networks and subnets in the Neutron of the undercloud',
  'vip-provision': 'virtual addresses',
  'node-provision': 'ports, host names and inventory of the nodes, which exist already and answer ssh',
  'roles-generate': 'the roles of the nodes, on the subnets of this site',
  'container-images': 'the container images of the roles, in the local registry, if the lab has one',
  'ceph-deploy': 'the Ceph cluster',
  'overcloud-stack': 'what each node is to be, by Heat: only one such step at a time on one undercloud',
  'overcloud-config': 'the nodes made so, by Ansible',
  'overcloud-export': 'what other sites must know of the control plane; holds passwords',
  'ceph-export': 'what other sites must know of its Ceph cluster; holds a key',
};

/**
 * commands.sh: the commands of a site in order, to be read or run by hand on the undercloud.
 * @param title the script's purpose
 * @param notes lines of comment below the title
 */
export function script(title: string, notes: string[], undercloud: UndercloudPlan, parts: string[]): string {
  return [
    '#!/usr/bin/env bash',
    `# ${title}`,
    ...notes.map((note) => `# ${note}`),
    'set -euo pipefail',
    `cd ${quote(undercloud.directory)}`,
    '# Some of the files that the commands write hold keys and passwords, which users of containers must read.',
    'chmod 700 .',
    'umask 022',
    '# shellcheck source=/dev/null',
    `source ${quote(`${undercloud.home}/stackrc`)}`,
    ...parts.flatMap((part) => ['', part]),
    '',
  ].join('\n');
}

/** The commands of some of a site's steps, each step with a comment that names it and what it needs. */
export function stepCommands(site: SitePlan, names: StepPlan['name'][]): string[] {
  return site.steps
    .filter((step) => names.includes(step.name))
    .map((step) => {
      const needs = [...step.needs, ...step.inputs];
      return [
        `# ${step.name}: ${isHook(step.name) ? 'your hook' : purpose[step.name]}.`,
        ...(needs.length > 0 ? [`# Needs ${needs.join(', ')}.`] : []),
        ...step.commands.map(commandLine),
      ].join('\n');
    });
}

/** A command for bash; a long one has an option with its value on each line. */
export function commandLine(argv: string[]): string {
  const words: string[] = [];
  for (const word of argv) {
    const last = words.at(-1);
    const joins = last !== undefined && /^-/.test(last) && !last.includes(' ') && !/^-/.test(word);
    if (joins) {
      words[words.length - 1] = `${last} ${quote(word)}`;
    } else {
      words.push(quote(word));
    }
  }
  const options = words.findIndex((word) => word.startsWith('-'));
  if (options < 0 || argv.length < 8) {
    return words.join(' ');
  }
  return [words.slice(0, options).join(' '), ...words.slice(options)].join(' \\\n  ');
}

function isHook(name: StepName): name is Exclude<StepName, VerbName> {
  return verbOfStep(name) !== name;
}
