import type { StorePlan } from '../types';
import { environment } from './yaml';

/** What of a store other sites must know; without a cluster it is the control plane's Swift. */
export type Store = Pick<StorePlan, 'id' | 'description' | 'cluster'>;

/** An RBD store's entry in GlanceMultistoreConfig (THT deployment/glance/glance-api-container-puppet.yaml). */
export function multistoreEntry(store: Store): Record<string, string | undefined> {
  return { GlanceBackend: 'rbd', GlanceStoreDescription: store.description, CephClusterName: store.cluster };
}

/**
 * glance-dcn-stores.yaml: the control plane's additional stores, complete, because of two files that set
 * GlanceMultistoreConfig Heat takes the last. The kit composes the same text from the registered stores.
 * @param stores those of the edge sites, in any order
 */
export function composeStores(stores: Store[]): string {
  const sorted = [...stores].sort((a, b) => (a.id < b.id ? -1 : 1));
  return environment({
    GlanceMultistoreConfig: Object.fromEntries(sorted.map((store) => [store.id, multistoreEntry(store)])),
  });
}
