import type { DeviceSelection, DriveGroup, OsdDevices } from './types';

/** Name of the drive group of a site's nodes that have no other (tripleo-ansible ceph_spec_bootstrap.py get_specs). */
export const defaultDriveGroup = 'default_drive_group';

/** Disks of a host that become OSDs, as cephadm's drive group. */
export function driveGroupOf(devices: OsdDevices): DriveGroup {
  if (devices === 'all') {
    return { data_devices: { all: true } };
  }
  return Array.isArray(devices) ? { data_devices: { paths: devices } } : devices;
}

/** The selections of a drive group, in the order in which cephadm makes them: each takes of the disks that those before it leave. */
export function selectionsOf(group: DriveGroup): [string, DriveGroup['data_devices']][] {
  const { data_devices, wal_devices, db_devices } = group;
  return Object.entries({ data_devices, wal_devices, db_devices }).flatMap(([key, selection]) =>
    selection ? [[key, selection] as [string, DriveGroup['data_devices']]] : [],
  );
}

/** The greatest number of disks that a selection takes of a host; undefined: nothing says it. */
export function countOf(selection: DriveGroup['data_devices'] | DeviceSelection): number | undefined {
  return 'paths' in selection ? selection.paths.length : selection.limit;
}

/** The greatest number of OSDs that a host gets; undefined: nothing says it. */
export function osdsOf(devices: OsdDevices): number | undefined {
  const { data_devices, osds_per_device = 1 } = driveGroupOf(devices);
  const disks = countOf(data_devices);
  return disks === undefined ? undefined : disks * osds_per_device;
}
