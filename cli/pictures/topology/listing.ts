import { type LabPlan, type SitePlan, type UndercloudPlan, segmentsOf } from '../../../model';
import type { PlacedImage, Placement, PlacementSource } from '../placement';

/** A lab's topology for programs. */
export interface ListedTopology {
  lab: string;
  undercloud: Pick<UndercloudPlan, 'user' | 'host' | 'port'>;
  /** Who says where the images are. */
  images: PlacementSource;
  sites: ListedSite[];
}

/** A site with its networks, nodes, cluster, store and caches. `rack` is absent outside of racks. */
export interface ListedSite {
  name: string;
  kind: SitePlan['kind'];
  networks: { network: string; cidr: string; rack?: string }[];
  nodes: { name: string; role: string; rack?: string }[];
  cluster?: { name: string; pools: string[] };
  store?: { id: string; images: PlacedImage[] };
  caches?: { limitBytes: number; nodes: { name: string; images: PlacedImage[] }[] };
}

/** What `./dcn topology` draws, as values. */
export function listedTopology(
  { lab, undercloud: { user, host, port }, sites }: LabPlan,
  placement: Placement,
): ListedTopology {
  return {
    lab,
    undercloud: { user, host, port },
    images: placement.source,
    sites: sites.map((site) => listedSite(site, placement)),
  };
}

function listedSite(site: SitePlan, { at, cached }: Placement): ListedSite {
  const { name, kind, cluster, store, cache } = site;
  return {
    name,
    kind,
    networks: segmentsOf(site).flatMap(({ rack, subnets }) =>
      subnets.map(({ network, cidr }) => ({ network, cidr, ...(rack !== undefined && { rack }) })),
    ),
    nodes: site.nodes.map(({ name: node, role, rack }) => ({
      name: node,
      role,
      ...(rack !== undefined && { rack }),
    })),
    ...(cluster && { cluster: { name: cluster.name, pools: cluster.pools } }),
    ...(store && { store: { id: store.id, images: at[store.id] ?? [] } }),
    ...(cache && {
      caches: {
        limitBytes: cache.limitBytes,
        nodes: cache.nodes.map((node) => ({ name: node, images: cached[node] ?? [] })),
      },
    }),
  };
}
