import type { LabPlan } from '../../model';

/** An image at a store. `missing`: the plan wants it there, and Glance does not have it there. */
export interface PlacedImage {
  name: string;
  state: 'wanted' | 'there' | 'on its way' | 'failed' | 'missing';
}

/** Which images are at which store, and who says so. */
export interface Placement {
  /** `images as … `, one sentence for people. */
  source: string;
  /** By store id; sorted by name. */
  at: Record<string, PlacedImage[]>;
}

/** What is read of an image as Glance has it. */
export interface GlanceImage {
  name: string;
  stores: string[];
  importing: string[];
  failed: string[];
}

/** The images as the plan wants them; `because` says why it is not Glance that was asked. */
export function wantedPlacement(plan: LabPlan, because?: string): Placement {
  return {
    source: `images as the lab file wants them${because ? ` (${because})` : ''}`,
    at: byStore(
      plan.images.flatMap(({ name, stores }) => stores.map((store) => [store, name, 'wanted'] as const)),
    ),
  };
}

/** The images as Glance has them, and those that it should have. */
export function glancePlacement(plan: LabPlan, images: GlanceImage[]): Placement {
  const found = images.flatMap(({ name, stores, importing, failed }) => [
    ...stores.map((store) => [store, name, 'there'] as const),
    ...importing.map((store) => [store, name, 'on its way'] as const),
    ...failed.map((store) => [store, name, 'failed'] as const),
  ]);
  const missing = plan.images.flatMap(({ name, stores }) =>
    stores.map((store) => [store, name, 'missing'] as const),
  );
  // Whichever comes later says more: `missing` only where Glance says nothing, `there` over all.
  const rank = ({ 2: state }: readonly [string, string, PlacedImage['state']]): number =>
    ['missing', 'on its way', 'failed', 'there'].indexOf(state);
  return {
    source: 'images as Glance has them',
    at: byStore([...missing, ...found].toSorted((a, b) => rank(a) - rank(b))),
  };
}

/** The last entry of an image at a store counts. */
function byStore(
  entries: (readonly [store: string, name: string, state: PlacedImage['state']])[],
): Placement['at'] {
  const stores = new Map<string, Map<string, PlacedImage['state']>>();
  for (const [store, name, state] of entries) {
    const images = stores.get(store) ?? new Map<string, PlacedImage['state']>();
    images.set(name, state);
    stores.set(store, images);
  }
  return Object.fromEntries(
    [...stores].map(([store, images]) => [
      store,
      [...images].map(([name, state]) => ({ name, state })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    ]),
  );
}
