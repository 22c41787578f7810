import type { ListedImage, ListedServer } from '../kit/answers';
import { verbs } from '../kit/verbs';
import { printableName } from '../lib/printable';
import { UserError } from '../lib/userError';
import type { LabPlan } from '../model';
import type { LabContext } from './context';
import { withKit } from './undercloud';

/** The whole lab, or the sites that `dcn destroy` removes. */
export interface Destruction {
  scope: 'lab' | 'sites';
  sites: string[];
}

/** Maximum number of names in a line. */
const namesShown = 10;

/**
 * Text about the sites, images and servers that will be lost. If the undercloud does not answer, the text has its error
 * instead of images and servers.
 */
export async function losses(context: LabContext, destruction: Destruction): Promise<string> {
  try {
    return await withKit(context, async (kit) =>
      lossesText(
        context.plan,
        destruction,
        await kit.ask(verbs.images.list()),
        await kit.ask(verbs.servers.list),
      ),
    );
  } catch (error) {
    if (!(error instanceof UserError)) {
      throw error;
    }
    return `${headline(context.plan, destruction)}\nimages and servers: not known; ${error.message.split('\n')[0]}`;
  }
}

/** As `losses`, from the images and servers of the whole lab. */
export function lossesText(
  plan: LabPlan,
  destruction: Destruction,
  images: ListedImage[],
  servers: ListedServer[],
): string {
  const lines =
    destruction.scope === 'lab'
      ? [`images: ${named(images)}`, `servers: ${named(servers)}`]
      : [
          `images with their only copy there, saved in the central store first: ${named(onlyAt(plan, destruction.sites, images))}`,
          `servers: ${named(serversAt(plan, destruction.sites, servers))}`,
        ];
  return [headline(plan, destruction), ...lines].join('\n');
}

function headline({ lab }: LabPlan, { scope, sites }: Destruction): string {
  return scope === 'lab'
    ? `Lab ${lab} is destroyed with all its sites: ${sites.join(', ') || 'none is up'}.`
    : `Sites of lab ${lab} that are destroyed: ${sites.join(', ')}.`;
}

/** Images that have copies at these sites and nowhere else. */
function onlyAt(plan: LabPlan, sites: string[], images: ListedImage[]): ListedImage[] {
  const stores = ofSites(plan, sites, ({ store }) => store?.id);
  return images.filter(
    (image) => image.stores.length > 0 && image.stores.every((store) => stores.includes(store)),
  );
}

function serversAt(plan: LabPlan, sites: string[], servers: ListedServer[]): ListedServer[] {
  const zones = ofSites(plan, sites, (site) => site.servers?.zone);
  return servers.filter(({ zone }) => zones.includes(zone));
}

/** The names that sites have for something. For a site that is not in the lab file any more it is the site's name. */
function ofSites(
  plan: LabPlan,
  sites: string[],
  nameOf: (site: LabPlan['sites'][number]) => string | undefined,
): string[] {
  return sites.flatMap((name) => {
    const site = plan.sites.find((planned) => planned.name === name);
    return (site ? nameOf(site) : name) ?? [];
  });
}

/** `2 (a, b)`, with the first names only. */
function named(things: { name: string; id: string }[]): string {
  if (things.length === 0) {
    return 'none';
  }
  const names = things.slice(0, namesShown).map(({ name, id }) => printableName(name || id));
  return `${things.length} (${names.join(', ')}${things.length > namesShown ? ', …' : ''})`;
}
