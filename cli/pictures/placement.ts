import type { ListedImage } from '../../kit/answers';
import type { ImagePlan, LabPlan } from '../../model';

/** An image at a store or in a cache. `missing`: the plan has the image there, Glance has not. */
export interface PlacedImage {
  name: string;
  state: 'wanted' | 'present' | 'on its way' | 'failed' | 'missing';
}

/** Glance, or only the lab file, and the reason why Glance was not asked. */
export type PlacementSource = { of: 'Glance' } | { of: 'lab file'; because?: string };

/** Which images are at which store and in which cache. */
export interface Placement {
  /** Who says where the images are. */
  source: PlacementSource;
  /** By store id; sorted by name. */
  at: Record<string, PlacedImage[]>;
  /** By the name of the node that has the cache; sorted by name. */
  cached: Record<string, PlacedImage[]>;
}

/** The properties of Glance's image that a placement needs. */
type PlacedListing = Pick<
  ListedImage,
  'name' | 'stores' | 'importing' | 'failed' | 'cached' | 'queued' | 'version'
>;

/** The images where the plan wants them. @param because the reason why Glance was not asked */
export function wantedPlacement(plan: LabPlan, because?: string): Placement {
  return {
    source: { of: 'lab file', ...(because !== undefined && { because }) },
    at: byLocation(plan.images.flatMap(({ name, stores }) => entries(stores, name, 'wanted'))),
    cached: byLocation(plan.images.flatMap((image) => entries(cachesOf(plan, image), image.name, 'wanted'))),
  };
}

/** The images where Glance has them, and where Glance lacks them. */
export function glancePlacement(plan: LabPlan, images: PlacedListing[]): Placement {
  const current = images.filter(({ version }) => version === undefined);
  return {
    source: { of: 'Glance' },
    at: byLocation([
      ...plan.images.flatMap(({ name, stores }) => entries(stores, name, 'missing')),
      ...current.flatMap(({ name, stores, importing, failed }) => [
        ...entries(stores, name, 'present'),
        ...entries(importing, name, 'on its way'),
        ...entries(failed, name, 'failed'),
      ]),
    ]),
    cached: byLocation([
      ...plan.images.flatMap((image) => entries(cachesOf(plan, image), image.name, 'missing')),
      ...current.flatMap(({ name, cached = [], queued = [] }) => [
        ...entries(cached, name, 'present'),
        ...entries(queued, name, 'on its way'),
      ]),
    ]),
  };
}

/** The source of a placement, for people. */
export function sourceText({ source }: Placement): string {
  if (source.of === 'Glance') {
    return 'images as Glance has them';
  }
  return `images as the lab file wants them${source.because ? ` (${source.because})` : ''}`;
}

/** Nodes whose caches should hold an image. */
export function cachesOf(plan: LabPlan, { caches = [] }: ImagePlan): string[] {
  return plan.sites.flatMap(({ name, cache }) => (cache && caches.includes(name) ? cache.nodes : []));
}

interface Entry {
  location: string;
  name: string;
  state: PlacedImage['state'];
}

function entries(locations: string[], name: string, state: PlacedImage['state']): Entry[] {
  return locations.map((location) => ({ location, name, state }));
}

/** Of several entries of an image at one store or cache, the last of these counts: `missing` only if Glance has no entry. */
const ranks: PlacedImage['state'][] = ['wanted', 'missing', 'on its way', 'failed', 'present'];

function byLocation(all: Entry[]): Record<string, PlacedImage[]> {
  const locations = new Map<string, Map<string, PlacedImage['state']>>();
  for (const { location, name, state } of all.toSorted(
    (a, b) => ranks.indexOf(a.state) - ranks.indexOf(b.state),
  )) {
    const images = locations.get(location) ?? new Map<string, PlacedImage['state']>();
    images.set(name, state);
    locations.set(location, images);
  }
  return Object.fromEntries(
    [...locations].map(([location, images]) => [
      location,
      [...images].map(([name, state]) => ({ name, state })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ]),
  );
}
