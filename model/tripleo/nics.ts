import type { LabSite } from '../lab';
import type { NodePlan } from '../types';
import { nicTemplateFile } from './paths';

/**
 * Parameters of nics.yaml. Without NIC templates the hosts have their interfaces and addresses already: the configuration phase
 * must not run os-net-config, for which network-environment.yaml names a template (THT common/deploy-steps.j2). With
 * templates the configuration phase runs os-net-config only on hosts where `node provision` did not.
 */
export function nicParameters(nodes: NodePlan[]): Record<string, unknown> {
  const templates = nodes.flatMap(({ role, nicTemplate }) =>
    nicTemplate === undefined ? [] : [[`${role}NetworkConfigTemplate`, nicTemplate] as const],
  );
  return { NetworkConfigWithAnsible: templates.length > 0, ...Object.fromEntries(templates) };
}

/** Files of a site's own NIC templates, by path in the lab directory. */
export function nicFiles({ name, nics }: LabSite): Record<string, string> {
  return Object.fromEntries(
    Object.entries(nics).flatMap(([role, template]) =>
      'text' in template ? [[nicTemplateFile(name, role), template.text] as const] : [],
    ),
  );
}

/**
 * Where a role's NIC template is: absolute, or relative to tripleo-ansible's role tripleo_network_config. Undefined: the hosts have
 * their interfaces and addresses already.
 * @param directory lab directory on the undercloud
 */
export function nicTemplatePath(
  { name, nics }: LabSite,
  role: string,
  directory: string,
): string | undefined {
  const template = nics[role];
  if (!template) {
    return undefined;
  }
  if ('text' in template) {
    return `${directory}/${nicTemplateFile(name, role)}`;
  }
  const folder = template.standard.replace(/_(storage|dvr)$/, '');
  return `templates/${folder}/${template.standard}.j2`;
}
