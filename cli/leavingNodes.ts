import * as os from 'node:os';
import { verbs } from '../kit/verbs';
import { forEachAtMost } from '../lib/forEachAtMost';
import { printable } from '../lib/printable';
import { UserError } from '../lib/userError';
import { type SitePlan, leavingNodes, stackName } from '../model';
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
  const gone = new Map<string, string[]>();
  const { sites } = context.plan;
  const standing = sites.filter(({ name }) => existing.has(stackName(context.name, name)));
  await forEachAtMost(standing, os.cpus().length, async ({ name }) => {
    const outputs = await stackOutputs(env, stackName(context.name, name));
    const { nodes = {} } = outputs as { nodes?: Record<string, { role?: string }> };
    const { names, faults } = leavingNodes(context.lab, name, nodes);
    if (names.length > 0 && faults.length === 0) {
      gone.set(name, names);
    }
  });
  const leaving = sites.flatMap((site) => {
    const nodes = gone.get(site.name);
    return nodes ? [{ site, nodes }] : [];
  });
  return leaving.length > 0 ? askUndercloud(context, leaving) : [];
}

interface Leaving {
  site: SitePlan;
  nodes: string[];
}

/** Asks the kit what becomes of nodes; where the undercloud or a site does not answer, the error is the answer. */
async function askUndercloud(context: LabContext, leaving: Leaving[]): Promise<SiteWithLeavingNodes[]> {
  const workOf = async (kit: KitShell, { site, nodes }: Leaving): Promise<SiteWithLeavingNodes> => {
    const drain = verbs.site.drainNodes(site.name, site.stack, site.cluster?.name, nodes);
    const work = await kit.ask(verbs.site.checkDrain(drain)).catch(unknown);
    return { site: site.name, nodes, work };
  };
  try {
    return await withKit(context, async (kit) => {
      const found: SiteWithLeavingNodes[] = [];
      for (const one of leaving) {
        found.push(await workOf(kit, one));
      }
      return found;
    });
  } catch (error) {
    return leaving.map(({ site, nodes }) => ({ site: site.name, nodes, work: unknown(error) }));
  }
}

function unknown(error: unknown): { unknown: string } {
  if (!(error instanceof UserError)) {
    throw error;
  }
  return { unknown: error.message };
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
