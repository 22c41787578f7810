import type { LabSite } from '../lab';
import { bondOptionsOf } from '../nicTemplates';
import type { NicTemplatePlan, NodePlan } from '../types';
import { nicTemplateFile } from './paths';

/**
 * Parameters of nics.yaml. Without NIC templates the hosts have their interfaces and addresses already: the configuration phase
 * must not run os-net-config, for which network-environment.yaml names a template (THT common/deploy-steps.j2). With
 * templates the configuration phase runs os-net-config only on hosts where `node provision` did not.
 */
export function nicParameters(nodes: NodePlan[]): Record<string, unknown> {
  const templates = nodes.flatMap(({ role, nicTemplate }) =>
    nicTemplate === undefined ? [] : [[`${role}NetworkConfigTemplate`, nicTemplate.path] as const],
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
 * The NIC template of a role's hosts. Undefined: the hosts have their interfaces and addresses already.
 * @param directory lab directory on the undercloud
 */
export function planNicTemplate(
  { name, nics }: LabSite,
  role: string,
  directory: string,
): NicTemplatePlan | undefined {
  const template = nics[role];
  if (!template) {
    return undefined;
  }
  if ('text' in template) {
    return { path: `${directory}/${nicTemplateFile(name, role)}` };
  }
  const folder = template.standard.replace(/_(storage|dvr)$/, '');
  const bondOptions = bondOptionsOf(template.standard);
  return {
    path: `templates/${folder}/${template.standard}.j2`,
    ...(bondOptions !== undefined && { bondOptions }),
  };
}
