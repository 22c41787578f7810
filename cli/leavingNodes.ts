import { verbs } from '../kit/verbs';
import { printable } from '../lib/printable';
import { UserError } from '../lib/userError';
import { leavingNodes, stackName } from '../model';
import { confirm } from './confirm';
import { type LabContext, toStderr } from './context';
import type { PulumiEnvironment } from './run/pulumi';
import { stackOutputs } from './run/stackList';
import { type KitShell, withKit } from './undercloud';

/** The nodes that leave a site with the next `up`, and what the undercloud says of it. */
export interface SiteWithLeavingNodes {
  site: string;
  nodes: string[];
  work: { does: string[]; faults: string[] } | { unknown: string };
}

/**
 * Asks the user about the nodes that leave their sites, if there are any.
 *
 * @param existing names of the stacks in the backend
 * @returns whether the user has agreed to something
 * @throws UserError if nodes cannot leave, or if the user does not agree
 */
export async function askAboutNodes(
  context: LabContext,
  env: PulumiEnvironment,
  existing: ReadonlySet<string>,
): Promise<boolean> {
  const sites = await sitesWithLeavingNodes(context, env, existing);
  if (sites.length === 0) {
    return false;
  }
  toStderr(sites.map(leavingText).join('\n'));
  if (sites.some(({ work }) => 'faults' in work && work.faults.length > 0)) {
    throw new UserError(
      'Nothing was changed: nodes cannot leave their sites. See the lines with "in the way".',
    );
  }
  await confirm(sites.flatMap(({ nodes }) => nodes).join(' '));
  return true;
}

/** The sites from which nodes leave. A site with nodes that must stay is none of them: its stack says why. */
export async function sitesWithLeavingNodes(
  context: LabContext,
  env: PulumiEnvironment,
  existing: ReadonlySet<string>,
): Promise<SiteWithLeavingNodes[]> {
  const found: { site: LabContext['plan']['sites'][number]; nodes: string[] }[] = [];
  for (const site of context.plan.sites) {
    const stack = stackName(context.name, site.name);
    if (existing.has(stack)) {
      const { nodes = {} } = (await stackOutputs(env, stack)) as {
        nodes?: Record<string, { role?: string }>;
      };
      const { names, faults } = leavingNodes(context.lab, site.name, nodes);
      if (names.length > 0 && faults.length === 0) {
        found.push({ site, nodes: names });
      }
    }
  }
  if (found.length === 0) {
    return [];
  }
  const unknown = (error: unknown): { unknown: string } => {
    if (!(error instanceof UserError)) {
      throw error;
    }
    return { unknown: error.message };
  };
  const ask = async (kit: KitShell): Promise<SiteWithLeavingNodes[]> => {
    const sites: SiteWithLeavingNodes[] = [];
    for (const { site, nodes } of found) {
      const drain = verbs.site.drainNodes(site.name, site.stack, site.cluster?.name, nodes);
      sites.push({
        site: site.name,
        nodes,
        work: await kit.ask(verbs.site.checkDrain(drain)).catch(unknown),
      });
    }
    return sites;
  };
  return withKit(context, ask).catch((error: unknown) =>
    found.map(({ site, nodes }) => ({ site: site.name, nodes, work: unknown(error) })),
  );
}

/** What `up` does with the nodes of a site, and what is in the way. */
export function leavingText({ site, nodes, work }: SiteWithLeavingNodes): string {
  const lines =
    'unknown' in work
      ? [`not known what that does: ${work.unknown.split('\n')[0]}`]
      : [...work.does, ...work.faults.map((fault) => `in the way: ${fault}`)];
  return [
    `Nodes that leave site ${site}, because the lab file has them no more: ${nodes.join(', ')}.`,
    ...lines.map((line) => `  ${printable(line)}`),
  ].join('\n');
}
