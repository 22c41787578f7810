import type { ListedImage } from '../../kit/verbs';
import type { ImagePlan, LabPlan } from '../../model';

/** An image at a store or in a cache. `missing`: the plan wants it there, and Glance does not have it there. */
export interface PlacedImage {
  name: string;
  state: 'wanted' | 'there' | 'on its way' | 'failed' | 'missing';
}

/** Which images are at which store and in which cache, and who says so. */
export interface Placement {
  /** `images as … `, one sentence for people. */
  source: string;
  /** By store id; sorted by name. */
  at: Record<string, PlacedImage[]>;
  /** By the name of the node in whose glance-api's cache they are; sorted by name. */
  cached: Record<string, PlacedImage[]>;
}

/** What a placement needs of an image as Glance has it. */
type PlacedListing = Pick<ListedImage, 'name' | 'stores' | 'importing' | 'failed' | 'cached' | 'queued'>;

/** The images as the plan wants them; `because` says why it is not Glance that was asked. */
export function wantedPlacement(plan: LabPlan, because?: string): Placement {
  return {
    source: `images as the lab file wants them${because ? ` (${because})` : ''}`,
    at: byPlace(plan.images.flatMap(({ name, stores }) => entries(stores, name, 'wanted'))),
    cached: byPlace(plan.images.flatMap((image) => entries(cachesOf(plan, image), image.name, 'wanted'))),
  };
}

/** The images as Glance has them, and those that it should have. */
export function glancePlacement(plan: LabPlan, images: PlacedListing[]): Placement {
  return {
    source: 'images as Glance has them',
    at: byPlace([
      ...plan.images.flatMap(({ name, stores }) => entries(stores, name, 'missing')),
      ...images.flatMap(({ name, stores, importing, failed }) => [
        ...entries(stores, name, 'there'),
        ...entries(importing, name, 'on its way'),
        ...entries(failed, name, 'failed'),
      ]),
    ]),
    cached: byPlace([
      ...plan.images.flatMap((image) => entries(cachesOf(plan, image), image.name, 'missing')),
      ...images.flatMap(({ name, cached = [], queued = [] }) => [
        ...entries(cached, name, 'there'),
        ...entries(queued, name, 'on its way'),
      ]),
    ]),
  };
}

/** Nodes whose caches are to hold an image. */
function cachesOf(plan: LabPlan, { caches = [] }: ImagePlan): string[] {
  return plan.sites.flatMap(({ name, cache }) => (cache && caches.includes(name) ? cache.nodes : []));
}

interface Entry {
  place: string;
  name: string;
  state: PlacedImage['state'];
}

function entries(places: string[], name: string, state: PlacedImage['state']): Entry[] {
  return places.map((place) => ({ place, name, state }));
}

/** Of several entries of an image at a place, the one that says most: `missing` only where Glance says nothing. */
const ranks: PlacedImage['state'][] = ['wanted', 'missing', 'on its way', 'failed', 'there'];

function byPlace(all: Entry[]): Record<string, PlacedImage[]> {
  const places = new Map<string, Map<string, PlacedImage['state']>>();
  for (const { place, name, state } of all.toSorted(
    (a, b) => ranks.indexOf(a.state) - ranks.indexOf(b.state),
  )) {
    const images = places.get(place) ?? new Map<string, PlacedImage['state']>();
    images.set(name, state);
    places.set(place, images);
  }
  return Object.fromEntries(
    [...places].map(([place, images]) => [
      place,
      [...images].map(([name, state]) => ({ name, state })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ]),
  );
}
