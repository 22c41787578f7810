import { type SitePlan, segmentsOf } from '../../../model';
import { type Part, column, framed, labelled, row } from '../layout';
import type { PlacedImage, Placement } from '../placement';
import { detail, disc, kindOf, name, section, site, square, states } from './style';
import { cacheSize } from './text';

function nodesPart(plan: SitePlan): Part {
  return column(
    [
      labelled(['NODES', section], undefined, 16),
      ...plan.nodes.map((node) => {
        const mark = square(kindOf(plan, node));
        return framed(labelled([node.name, name], [inRack(node), detail], 16, mark), 'host', 5, 4);
      }),
    ],
    4,
  );
}

function inRack({ role, rack }: SitePlan['nodes'][number]): string {
  return rack === undefined ? role : `${role}, rack ${rack}`;
}

function networksPart(plan: SitePlan): Part {
  return column(
    segmentsOf(plan).flatMap(({ rack, subnets }) => [
      labelled([rack === undefined ? 'NETWORKS' : `NETWORKS OF RACK ${rack}`, section], undefined, 16),
      ...subnets.map(({ network, cidr }) => labelled([network, name], [cidr, detail], 17)),
    ]),
    1,
  );
}

/** A store or a cache, and the images in it. */
function imagesPart(heading: string, images: PlacedImage[] = []): Part {
  return framed(
    column(
      [
        labelled([heading, name], undefined, 16),
        ...images.map(({ name: image, state }) =>
          labelled(
            [image, name],
            state === 'present' || state === 'wanted' ? undefined : [state, detail],
            17,
            disc(states[state].style),
          ),
        ),
      ],
      2,
    ),
    'store',
    8,
    4,
  );
}

function storagePart({ cluster, store, cache }: SitePlan, placement: Placement): Part | undefined {
  const storePart = store && imagesPart(`Glance store ${store.id}`, placement.at[store.id]);
  const inner = cluster
    ? framed(
        column(
          [
            labelled([`Ceph cluster ${cluster.name}`, name], undefined, 16),
            labelled([`pools ${cluster.pools.join(', ')}`, detail], undefined, 15),
            ...(storePart ? [storePart] : []),
          ],
          4,
        ),
        'cluster',
        9,
      )
    : storePart;
  const caches = cache
    ? cache.nodes.map((node) => imagesPart(`Cache of ${node}, ${cacheSize(cache)}`, placement.cached[node]))
    : [];
  const parts = [...(inner ? [inner] : []), ...caches];
  return parts.length > 0 ? column([labelled(['STORAGE', section], undefined, 16), ...parts], 4) : undefined;
}

/** The card of a site: its nodes, networks and storage side by side (`wide`) or one below the other. */
export function siteCard(plan: SitePlan, placement: Placement, wide: boolean): Part {
  const storage = storagePart(plan, placement);
  const parts = [nodesPart(plan), networksPart(plan), ...(storage ? [storage] : [])];
  const head = labelled([plan.name, site], plan.kind === plan.name ? undefined : [plan.kind, detail], 20);
  return framed(column([head, wide ? row(parts, 28) : column(parts, 10)], 8), 'card', 14, 10);
}
