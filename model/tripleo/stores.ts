import type { LabStore } from '../lab';
import { controlPlane } from '../names';
import type { RbdStorePlan, SitePlan } from '../types';
import { environment } from './yaml';

/** The data of an RBD store that other sites need. */
export type Store = Pick<RbdStorePlan, 'id' | 'description' | 'cluster'>;

/** A store's description in Glance. */
export function descriptionOf({ kind, id }: Pick<LabStore, 'kind' | 'id'>): string {
  return kind === 'rbd' ? `${id} rbd glance store` : `${controlPlane} swift glance store`;
}

/** Those of the sites' stores that are in Ceph. */
export function rbdStoresOf(sites: SitePlan[]): RbdStorePlan[] {
  return sites.flatMap(({ store }) => (store?.cluster === undefined ? [] : [store]));
}

/** An RBD store's entry in GlanceMultistoreConfig (THT deployment/glance/glance-api-container-puppet.yaml). */
export function multistoreEntry(store: Store): Record<string, string> {
  return { GlanceBackend: 'rbd', GlanceStoreDescription: store.description, CephClusterName: store.cluster };
}

/**
 * glance-dcn-stores.yaml: all additional stores of the control plane. If two files set GlanceMultistoreConfig, Heat takes the
 * last one only. The kit composes the same text from the registered stores.
 * @param stores those of the edge sites, in any order
 */
export function composeStores(stores: Store[]): string {
  const sorted = [...stores].sort((a, b) => (a.id < b.id ? -1 : 1));
  return environment({
    GlanceMultistoreConfig: Object.fromEntries(sorted.map((store) => [store.id, multistoreEntry(store)])),
  });
}
