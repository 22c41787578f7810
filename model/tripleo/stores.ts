import type { LabStore } from '../lab';
import { defaultUser } from '../labfile/schema/site';
import { controlPlane } from '../names';
import type { RbdStorePlan, SitePlan } from '../types';
import { environment } from './yaml';

/** The data of an RBD store that other sites need. */
export interface Store extends Pick<RbdStorePlan, 'id' | 'description' | 'cluster'> {
  /** Name of the pool. */
  pool: string;
  /** User of the cluster's clients, without `client.`. */
  user: string;
}

/** The values of a site's own store, which are the defaults of all its stores. */
export type StoreDefaults = Pick<Store, 'pool' | 'user'>;

/** TripleO's own defaults. */
export const storeDefaults: StoreDefaults = { pool: 'images', user: defaultUser };

/** A store's description in Glance. */
export function descriptionOf({ kind, id }: Pick<LabStore, 'kind' | 'id'>): string {
  return kind === 'rbd' ? `${id} rbd glance store` : `${controlPlane} swift glance store`;
}

/** Those of the sites' stores that are in Ceph. */
export function rbdStoresOf(sites: SitePlan[]): Store[] {
  return sites.flatMap(({ store }) =>
    store?.cluster === undefined
      ? []
      : [
          {
            ...store,
            pool: store.poolNames?.images ?? storeDefaults.pool,
            user: store.clientUser ?? storeDefaults.user,
          },
        ],
  );
}

/**
 * An RBD store's entry in GlanceMultistoreConfig (THT deployment/glance/glance-api-container-puppet.yaml).
 * @param own those of the site that reads the entry
 */
export function multistoreEntry(store: Store, own: StoreDefaults): Record<string, string> {
  return {
    GlanceBackend: 'rbd',
    GlanceStoreDescription: store.description,
    CephClusterName: store.cluster,
    ...(store.pool !== own.pool && { GlanceRbdPoolName: store.pool }),
    ...(store.user !== own.user && { CephClientUserName: store.user }),
  };
}

/**
 * glance-dcn-stores.yaml: all additional stores of the control plane. If two files set GlanceMultistoreConfig, Heat takes the
 * last one only. The kit composes the same text from the registered stores.
 * @param stores those of the edge sites, in any order
 * @param own those of the control plane
 */
export function composeStores(stores: Store[], own: StoreDefaults): string {
  const sorted = [...stores].sort((a, b) => (a.id < b.id ? -1 : 1));
  return environment({
    GlanceMultistoreConfig: Object.fromEntries(
      sorted.map((store) => [store.id, multistoreEntry(store, own)]),
    ),
  });
}
