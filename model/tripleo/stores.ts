import type { LabStore } from '../lab';
import { controlPlane } from '../names';
import type { RbdStorePlan, SitePlan } from '../types';
import { environment } from './yaml';

/** The data of an RBD store that other sites need. */
export interface Store extends Pick<RbdStorePlan, 'id' | 'description' | 'cluster'> {
  /** Name of the pool. */
  pool: string;
}

/** A store's description in Glance. */
export function descriptionOf({ kind, id }: Pick<LabStore, 'kind' | 'id'>): string {
  return kind === 'rbd' ? `${id} rbd glance store` : `${controlPlane} swift glance store`;
}

/** Those of the sites' stores that are in Ceph. */
export function rbdStoresOf(sites: SitePlan[]): Store[] {
  return sites.flatMap(({ store }) =>
    store?.cluster === undefined ? [] : [{ ...store, pool: store.poolNames?.images ?? 'images' }],
  );
}

/**
 * An RBD store's entry in GlanceMultistoreConfig (THT deployment/glance/glance-api-container-puppet.yaml).
 * @param ownPool the pool of the reading site's own store, which is the default for all its stores
 */
export function multistoreEntry(store: Store, ownPool: string): Record<string, string> {
  return {
    GlanceBackend: 'rbd',
    GlanceStoreDescription: store.description,
    CephClusterName: store.cluster,
    ...(store.pool !== ownPool && { GlanceRbdPoolName: store.pool }),
  };
}

/**
 * glance-dcn-stores.yaml: all additional stores of the control plane. If two files set GlanceMultistoreConfig, Heat takes the
 * last one only. The kit composes the same text from the registered stores.
 * @param stores those of the edge sites, in any order
 * @param ownPool the pool of the control plane's own store
 */
export function composeStores(stores: Store[], ownPool: string): string {
  const sorted = [...stores].sort((a, b) => (a.id < b.id ? -1 : 1));
  return environment({
    GlanceMultistoreConfig: Object.fromEntries(
      sorted.map((store) => [store.id, multistoreEntry(store, ownPool)]),
    ),
  });
}
