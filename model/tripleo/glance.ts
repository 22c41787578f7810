import type { CopyOnDemand, Lab, LabSite, RbdLabStore } from '../lab';
import { heatBoolean } from './heatBoolean';
import { isMap } from './parameters';
import { descriptionOf, multistoreEntry } from './stores';

/** Puppet's data of options of glance-api that its classes do not know (puppet-glance config.pp). */
const apiConfig = 'glance::config::api_config';
/** Locations of an image, one for each store, that glance-api allows by default (glance common/config.py). */
const defaultQuota = 10;

/** Parameters of glance.yaml. The store's id is also nova-compute's (images_rbd_glance_store_name), and the same everywhere. */
export function glanceParameters(lab: Lab, site: LabSite): Record<string, unknown> {
  return {
    GlanceBackend: site.store.kind,
    GlanceBackendID: site.store.id,
    GlanceStoreDescription: descriptionOf(site.store),
    ...(site.store.kind === 'rbd' ? rbdParameters(lab, site, site.store) : swiftParameters(site)),
  };
}

/** Rules of Glance's policy `copy_image`; Glance's own is that of `none` (glance policies/image.py). */
export const copyRules: Record<CopyOnDemand, string> = {
  public: "role:admin or 'public':%(visibility)s",
  all: '@',
  none: 'role:admin',
};

/**
 * Glance's parameters for RBD stores. A site knows its own store and, at the edge, the control plane's: never another
 * edge site's, which it could not reach.
 */
function rbdParameters(
  lab: Lab,
  site: LabSite,
  { central, pool, user }: RbdLabStore,
): Record<string, unknown> {
  const { copyOnDemand } = lab;
  return {
    ...(site.kind === 'control-plane' && locationQuota(lab, site)),
    // Computes alone have no glance-api.
    ...(site.kind !== 'central' && {
      // environments/dcn-storage.yaml sets the same at the edge.
      GlanceEnabledImportMethods: 'web-download,copy-image',
      // glance_store then writes no chunk of 8 MiB that is zero: such chunks do not cross the WAN, and take no space.
      GlanceSparseUploadEnabled: true,
      ...(!hasCopyRule(site) && {
        GlanceApiPolicies: { 'glance-copy_image': { key: 'copy_image', value: copyRules[copyOnDemand] } },
      }),
    }),
    ...(site.kind === 'edge' && {
      ...(!downloadsImages(site) && { ExtraConfig: { 'nova::glance::endpoint_override': serviceDefault } }),
      GlanceMultistoreConfig: {
        [central.id]: multistoreEntry(
          { ...central, description: descriptionOf({ kind: 'rbd', id: central.id }) },
          { pool, user },
        ),
      },
    }),
  };
}

/**
 * Puppet's data with which the control plane's glance-api takes a location for each store of the lab: otherwise it refuses those
 * of the direct way beyond ten. puppet-glance has no parameter for it in Wallaby, and api_config is one map: Puppet takes that of a role
 * and not that of all roles (THT overcloud.j2.yaml hieradata_files). So the option is also in the map of each role for which the site's
 * own parameters have that map, and hides no map of an operator.
 */
function locationQuota({ sites }: Lab, { parameters }: LabSite): Record<string, unknown> {
  const stores = Object.values<LabSite>(sites).filter(({ kind }) => kind !== 'central');
  if (stores.length <= defaultQuota) {
    return {};
  }
  const ofRoles = Object.entries(parameters).filter(
    ([name, map]) => name.endsWith('ExtraConfig') && isMap(map) && apiConfig in map,
  );
  const data = { [apiConfig]: { 'DEFAULT/image_location_quota': { value: -1 } } };
  return Object.fromEntries(['ExtraConfig', ...ofRoles.map(([name]) => name)].map((name) => [name, data]));
}

/**
 * Puppet's word for an option that is not to be set (puppet-openstacklib). GlanceApiEdge gives nova-compute the site's own glance-api
 * (THT glance-api-edge-container-puppet.yaml), which cannot copy an image that lies in a store of another edge site (LP#2073945).
 * Without the option Nova asks the glance-api in the catalog: the control plane's, which knows all stores.
 */
const serviceDefault = '<SERVICE DEFAULT>';

/**
 * Whether nova-compute downloads images there: from a glance-api of its own site, which reads them in the site's store. Both
 * parameters may be those of one role.
 */
function downloadsImages({ parameters, nodes }: LabSite): boolean {
  const ofRoles = nodes.map(({ role }) => parameters[`${role}Parameters`]);
  return [parameters, ...ofRoles].some(
    (set) =>
      isMap(set) &&
      [set.NovaEnableRbdBackend, set.NovaDisableImageDownloadToRbd].some(
        (value) => heatBoolean(value) === false,
      ),
  );
}

/** Whether the site's own parameters have the rule under a name of their own: Puppet accepts each rule once. */
function hasCopyRule({ parameters }: LabSite): boolean {
  const { GlanceApiPolicies: policies } = parameters;
  return isMap(policies) && Object.values(policies).some((rule) => isMap(rule) && rule.key === 'copy_image');
}

/**
 * Glance's parameters for the one store in Swift, which the edge's glance-apis reach by the control plane's internal end
 * points. They follow cephadm-rbd-only.yaml, which sets GlanceBackend rbd, and dcn*.yaml, with whose
 * NovaDisableImageDownloadToRbd no server would boot at a site with Ceph: nothing there can be cloned from Swift.
 */
function swiftParameters(site: LabSite): Record<string, unknown> {
  return {
    // There is no other store to copy to; dcn-storage.yaml adds copy-image.
    GlanceEnabledImportMethods: 'web-download',
    ...(site.cache && {
      GlanceCacheEnabled: true,
      GlanceImageCacheMaxSize: site.cache.limitBytes,
      // Seconds until a glance-api starts to fetch a queued image; TripleO's default is 300.
      GlanceImagePrefetcherInterval: 60,
      NovaDisableImageDownloadToRbd: false,
    }),
  };
}
