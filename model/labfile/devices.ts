import { parse } from 'yaml';
import type * as z from 'zod';
import { defaultDriveGroup } from '../driveGroups';
import type { Role } from '../roles';
import type { DeviceSelection, DriveGroup, OsdDevices } from '../types';
import { isCircular } from './aliases';
import type { Value } from './explain';
import type { FileReader } from './files';
import type { LabFileSite } from './schema';
import { driveGroup, type WrittenDevices, type WrittenDriveGroup } from './schema/devices';

/** Disks that become OSDs, at one place of the lab file, and the nodes that they are for. */
export interface ResolvedDevices {
  /** Name of the service in Ceph, after `osd.`. */
  id: string;
  /** Their place below the site. */
  keys: string[];
  /** Names of the nodes with OSDs that have these devices. */
  nodes: string[];
  content: DevicesContent;
}

interface NodeWithDevices {
  name: string;
  role: Role;
  /** The node as the file has it. */
  written: { devices?: WrittenDevices };
}

/** The disks; absent `file`: the lab file has them itself. */
type DevicesContent =
  | { kind: 'valid'; devices: OsdDevices; group?: WrittenDriveGroup; file?: string }
  /** A file that cannot be read, and why. */
  | { kind: 'unreadable'; file: string; reason: string }
  /** A file whose content is no drive group. */
  | { kind: 'invalid'; file: string; value: Value; issues: z.core.$ZodIssue[] };

/**
 * The disks of a site's OSD nodes: those of the node, or else of its role, or else of the site.
 * @param standard the site's disks where the lab file names none
 */
export function resolveDevices(
  { ceph }: LabFileSite,
  nodes: NodeWithDevices[],
  standard: OsdDevices,
  read: FileReader,
): ResolvedDevices[] {
  const withOsds = nodes.filter(({ role }) => role.osd);
  const byNode = withOsds.flatMap(({ name, written: { devices } }) =>
    devices
      ? [{ id: name, keys: ['nodes', name, 'devices'], nodes: [name], content: contentOf(devices, read) }]
      : [],
  );
  const others = withOsds.filter(({ written }) => !written.devices);
  const namesOf = (wanted: (role: string) => boolean) =>
    others.filter(({ role }) => wanted(role.name)).map(({ name }) => name);
  const byRole = Object.entries(ceph.devicesByRole ?? {}).flatMap(([role, devices]) =>
    devices
      ? [
          {
            id: role,
            keys: ['ceph', 'devicesByRole', role],
            nodes: namesOf((name) => name === role),
            content: contentOf(devices, read),
          },
        ]
      : [],
  );
  const ofSite = {
    id: defaultDriveGroup,
    keys: ['ceph', 'devices'],
    nodes: namesOf((role) => !byRole.some(({ id }) => id === role)),
    content: ceph.devices ? contentOf(ceph.devices, read) : { kind: 'valid' as const, devices: standard },
  };
  return [ofSite, ...byRole, ...byNode];
}

function contentOf(written: WrittenDevices, read: FileReader): DevicesContent {
  if (written === 'all' || Array.isArray(written)) {
    return { kind: 'valid', devices: written };
  }
  if (!('file' in written)) {
    return { kind: 'valid', devices: devicesOf(written), group: written };
  }
  const { file } = written;
  let value: Value;
  try {
    value = parse(read(file)) as Value;
  } catch (error) {
    // A fault of YAML has the text around it in the lines that follow.
    return { kind: 'unreadable', file, reason: (error as Error).message.replace(/:?\n.*$/s, '') };
  }
  if (isCircular(value)) {
    return {
      kind: 'unreadable',
      file,
      reason: 'an alias (*…) is inside of the value that the alias stands for',
    };
  }
  const result = driveGroup.safeParse(value);
  return result.success
    ? { kind: 'valid', devices: devicesOf(result.data), group: result.data, file }
    : { kind: 'invalid', file, value, issues: result.error.issues };
}

/** A drive group; in the short form if that says the same. */
function devicesOf({ data_devices, db_devices, wal_devices, ...rest }: WrittenDriveGroup): OsdDevices {
  const group: DriveGroup = {
    data_devices: data_devices.all
      ? { all: true, ...(data_devices.limit && { limit: data_devices.limit }) }
      : selectionOf(data_devices),
    ...(db_devices && { db_devices: selectionOf(db_devices) }),
    ...(wal_devices && { wal_devices: selectionOf(wal_devices) }),
    ...rest,
  };
  const only = Object.keys(group).length === 1 && Object.keys(group.data_devices).length === 1;
  if (only && 'paths' in group.data_devices) {
    return group.data_devices.paths;
  }
  return only && 'all' in group.data_devices ? 'all' : group;
}

function selectionOf({
  paths,
  rotational,
  ...filters
}: NonNullable<WrittenDriveGroup['db_devices']>): DeviceSelection {
  return paths
    ? { paths }
    : { ...(rotational !== undefined && { rotational: Boolean(rotational) }), ...filters };
}
