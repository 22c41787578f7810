import { hasOwnCluster, type Lab, type LabSite } from '../lab';
import { controlPlane } from '../names';
import { rolesPresent } from './nodes';

/**
 * Parameters of az.yaml: one availability zone for servers and volumes of a site. It follows dcn-storage.yaml, which calls every
 * site's `dcn`. CinderVolumeCluster is for cinder-volume without pacemaker, at the edge only.
 *
 * Nova's scheduler has to look for new compute hosts itself (by default it does not): the task that TripleO has for it runs on a
 * Controller of the same stack, and the hosts of other stacks would never be mapped to the cell, so that no server starts there.
 */
export function zoneParameters(lab: Lab, site: LabSite): Record<string, unknown> {
  const { kind, zone } = site;
  const ownCluster = hasOwnCluster(site.ceph);
  const defaults = kind === 'control-plane' ? defaultZones(lab) : {};
  return {
    NovaComputeAvailabilityZone: zone,
    ...(kind === 'control-plane' && { NovaSchedulerDiscoverHostsInCellsInterval: 15 }),
    // Without Ceph an edge site has no cinder-volume.
    ...((kind !== 'edge' || ownCluster) && { CinderStorageAvailabilityZone: zone }),
    ...(kind === 'edge'
      ? ownCluster && { CinderVolumeCluster: site.name }
      : { NovaCrossAZAttach: hasCentralZones(lab) }),
    ...(Object.keys(defaults).length > 0 && ofSchedulers(site, defaults)),
  };
}

/** Puppet's data for the roles that choose hosts for servers and volumes, of which there are several where the control plane is split. */
function ofSchedulers(site: LabSite, data: Record<string, unknown>): Record<string, unknown> {
  const schedulers = rolesPresent(site).filter(({ schedules }) => schedules);
  return Object.fromEntries(schedulers.map(({ name }) => [`${name}ExtraConfig`, data]));
}

/**
 * Whether `central` has another zone than the control plane, in whose zone its servers have their volumes. Otherwise a server
 * has volumes of its zone only: a server booted from a volume could get a volume of another site (dcn-storage.yaml: the same).
 */
function hasCentralZones({ sites }: Lab): boolean {
  return Object.values<LabSite>(sites).some(
    ({ kind, zone }) => kind === 'central' && zone !== sites[controlPlane]?.zone,
  );
}

/**
 * Puppet's data for the zone of servers and volumes without one. Nova would put such a server at any site. Cinder has the
 * zone of the control plane's volumes by default.
 */
function defaultZones({ defaultZone, sites }: Lab): Record<string, unknown> {
  const hasVolumes = Object.values<LabSite>(sites).some(
    ({ kind, zone, ceph }) => kind === 'edge' && zone === defaultZone && hasOwnCluster(ceph),
  );
  return {
    ...(defaultZone !== undefined && { 'nova::availability_zone::default_schedule_zone': defaultZone }),
    ...(hasVolumes && { 'cinder::default_availability_zone': defaultZone }),
  };
}
