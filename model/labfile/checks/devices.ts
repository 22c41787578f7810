import { countOf, osdsOf, selectionsOf } from '../../driveGroups';
import type { DriveGroup, OsdDevices } from '../../types';
import type { ResolvedDevices } from '../devices';
import { explain } from '../explain';
import { type Finding, labPath } from '../findings';
import type { ResolvedLab, ResolvedSite } from '../resolve';
import type { WrittenDriveGroup } from '../schema/devices';

/** A finding about a key of a drive group, or about the group as a whole if `keys` is empty. */
type GroupFinding = { keys: string[]; value?: unknown; message: string; remedy: string };

/** Checks the disks that become OSDs at a site with a cluster of its own. */
export function checkDevices({ provisioner }: ResolvedLab, site: ResolvedSite): Finding[] {
  // In a cloud all of them are refused, or are volumes.
  const checked = provisioner === 'openstack' ? [] : site.devices;
  return checked.flatMap((devices) => [
    ...checkUsed(site, devices),
    ...checkContent(site, devices),
    ...(provisioner === 'sandbox' ? checkSandbox(site, devices) : []),
    ...checkMemory(site, devices),
  ]);
}

/** The greatest number of OSDs on the only host of a site; Infinity: nothing says the number. */
export function osdsOfOnlyHost({ devices }: ResolvedSite): number {
  const content = devices.find(({ nodes }) => nodes.length > 0)?.content;
  return (content?.kind === 'valid' ? osdsOf(content.devices) : undefined) ?? Infinity;
}

/** Finds disks and places in the CRUSH hierarchy of nodes that have no OSD. */
export function checkNodesWithoutOsd({ name, nodes }: ResolvedSite): Finding[] {
  return nodes
    .filter(({ role }) => !role.osd)
    .flatMap((node) =>
      (['devices', 'location'] as const)
        .filter((key) => node.written[key] !== undefined)
        .map((key) => ({
          at: labPath('sites', name, 'nodes', node.name, key),
          message: `is for nodes with OSDs, and a ${node.role.name} has none`,
          remedy: 'Take it out',
        })),
    );
}

/** Finds disks that are written for a site or a role, and that no node has. */
function checkUsed(
  { name, nodes, written }: ResolvedSite,
  { keys, nodes: users }: ResolvedDevices,
): Finding[] {
  const ofRole = keys.includes('devicesByRole');
  // A site without OSDs has another fault.
  const isWritten = ofRole || (written.ceph.devices !== undefined && nodes.some(({ role }) => role.osd));
  return isWritten && users.length === 0
    ? [
        {
          at: labPath('sites', name, ...keys),
          message: ofRole
            ? 'is for a role that no node with OSDs has, or only nodes with devices of their own'
            : 'is for no node: all nodes with OSDs have the devices of their roles or their own',
          remedy: 'Take it out',
        },
      ]
    : [];
}

function checkContent(site: ResolvedSite, { keys, content }: ResolvedDevices): Finding[] {
  const place = labPath('sites', site.name, ...keys);
  switch (content.kind) {
    case 'unreadable':
      return [
        {
          at: [...place, 'file'],
          value: content.file,
          message: `cannot be read: ${content.reason}`,
          remedy: 'Put a YAML file with a drive group there, or write where it is, relative to the lab file',
        },
      ];
    case 'invalid': {
      const path = ['sites', site.name, ...keys];
      const around = [...path].reverse().reduce((value, key) => ({ [key]: value }), content.value);
      return content.issues
        .flatMap((issue) => explain({ ...issue, path: [...path, ...issue.path] }, around))
        .map(({ at, value, message, remedy }) =>
          inFile([...place, 'file'], content.file, {
            keys: at.slice(place.length).map(String),
            value,
            message,
            remedy,
          }),
        );
    }
    case 'valid':
      return faultsOf(content.devices, content.group).map((finding) =>
        located(site, { keys, content }, finding),
      );
  }
}

/** The finding at its place in the lab file: the key, or the file that has the key. */
function located(
  site: ResolvedSite,
  { keys, content }: Pick<ResolvedDevices, 'keys' | 'content'>,
  { keys: below, ...finding }: GroupFinding,
): Finding {
  const place = labPath('sites', site.name, ...keys);
  const { file } = content;
  return file === undefined
    ? { at: [...place, ...below], ...finding }
    : inFile([...place, 'file'], file, { keys: below, ...finding });
}

function inFile(at: Finding['at'], file: string, { keys, value, message, remedy }: GroupFinding): Finding {
  const key = keys.join('.');
  const shown = ['string', 'number', 'boolean'].includes(typeof value) ? `${key}: ${value as string}` : key;
  return { at, value: file, message: shown ? `has ${shown}, which ${message}` : message, remedy };
}

/** The faults of disks by themselves: the rules of cephadm (ceph python-common drive_group.py, drive_selection/selector.py). */
function faultsOf(devices: OsdDevices, group: WrittenDriveGroup | undefined): GroupFinding[] {
  const named = group
    ? (['data_devices', 'wal_devices', 'db_devices'] as const).flatMap((key) =>
        (group[key]?.paths ?? []).map((path) => ({ keys: [key, 'paths'], path })),
      )
    : (Array.isArray(devices) ? devices : []).map((path) => ({ keys: [], path }));
  const twice = named.find(
    ({ path }, position) => named.findIndex((other) => other.path === path) < position,
  );
  return [
    ...(twice
      ? [
          {
            keys: twice.keys,
            value: twice.path,
            message: 'is listed twice',
            remedy: 'Take one of them out',
          },
        ]
      : []),
    ...(group ? [...faultsOfSelections(group), ...faultsOfParts(group)] : []),
  ];
}

/** Finds keys of a selection that exclude one another, and selections that select nothing. */
function faultsOfSelections(group: WrittenDriveGroup): GroupFinding[] {
  return (['data_devices', 'wal_devices', 'db_devices'] as const).flatMap((key) => {
    const selection = group[key];
    if (!selection) {
      return [];
    }
    const { paths, limit, ...rest } = selection;
    const { all, ...filters } = { all: undefined, ...rest };
    const others = Object.entries({ ...filters, ...(paths ? { all, limit } : {}) })
      .filter(([, value]) => value !== undefined)
      .map(([other]) => other);
    if (paths || all) {
      const [first, what] = paths ? ['paths', 'names the disks'] : ['all', 'takes every disk'];
      return others.map((other) => ({
        keys: [key, other],
        message: `is beside ${first}, which ${what} already`,
        remedy: `Take out ${other} or ${first}`,
      }));
    }
    if (others.length === 0) {
      const choices = `paths, or one of rotational, size, model, vendor${key === 'data_devices' ? ', or all: true' : ''}`;
      return [{ keys: [key], message: 'selects no disks', remedy: `Write ${choices}` }];
    }
    return faultsOfSize([key, 'size'], selection.size);
  });
}

const units = { K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

function faultsOfSize(keys: string[], size = ''): GroupFinding[] {
  const [low, high] = size.split(':').map((bound) => {
    const [, number, unit] = /^([\d.]+)([KMGT])/.exec(bound) ?? [];
    return number && unit ? Number(number) * units[unit as keyof typeof units] : undefined;
  });
  return low !== undefined && high !== undefined && low > high
    ? [
        {
          keys,
          value: size,
          message: 'is no size of a disk: the lower bound is above the upper one',
          remedy: "Write the smaller size first, such as '1T:2T'",
        },
      ]
    : [];
}

/** Finds disks of databases and logs that other selections take first, and sizes of parts of disks that the group does not have. */
function faultsOfParts(group: WrittenDriveGroup): GroupFinding[] {
  const selections = (['data_devices', 'wal_devices', 'db_devices'] as const).flatMap((key) =>
    group[key] ? [{ key, selection: group[key] }] : [],
  );
  const shadowed = selections.flatMap(({ key, selection }, position) => {
    const taker = selections
      .slice(0, position)
      .find((earlier) => takesAll(earlier.selection, selection, group.filter_logic));
    return taker
      ? [
          {
            keys: [key],
            message: `gets no disk: ${taker.key} takes all that it selects`,
            remedy: `Write in ${taker.key} what tells its disks from the others, such as rotational: true`,
          },
        ]
      : [];
  });
  const sizes = (['db', 'wal'] as const)
    .filter((part) => group[`block_${part}_size`] !== undefined && !group[`${part}_devices`])
    .map((part) => ({
      keys: [`block_${part}_size`],
      value: group[`block_${part}_size`],
      message: `is for disks of ${part}_devices, which the drive group does not have`,
      remedy: `Write ${part}_devices, or take it out`,
    }));
  return [...shadowed, ...sizes];
}

/** Whether a selection takes every disk that a later one selects. */
function takesAll(
  { paths, limit, all, ...filters }: WrittenDriveGroup['data_devices'],
  later: WrittenDriveGroup['data_devices'],
  logic: WrittenDriveGroup['filter_logic'],
): boolean {
  if (paths || limit !== undefined) {
    return false;
  }
  if (all) {
    return true;
  }
  const same = (key: string, value: unknown) =>
    Number(later[key as 'rotational']) === Number(value) || later[key as 'size'] === value;
  const wanted = Object.entries(filters).filter(([, value]) => value !== undefined);
  // Of filters that a disk may match one by one, only the same ones select no other disk.
  const isSame = Object.keys(later).length === wanted.length;
  return (
    !later.paths &&
    wanted.length > 0 &&
    wanted.every(([key, value]) => same(key, value)) &&
    (logic !== 'OR' || isSame)
  );
}

/** Finds what the sandbox's disks, loop devices without LVM, do not have. */
function checkSandbox(site: ResolvedSite, devices: ResolvedDevices): Finding[] {
  const { content } = devices;
  if (content.kind !== 'valid' || !content.group) {
    return [];
  }
  const group = content.devices;
  return typeof group === 'object' && !Array.isArray(group)
    ? [...withoutLvm(group), ...likeEachOther(group)].map((finding) => located(site, devices, finding))
    : [];
}

const elsewhere = 'Take it out, or write another provisioner';

function withoutLvm(group: DriveGroup): GroupFinding[] {
  const { encrypted, osds_per_device = 1, block_db_size, block_wal_size } = group;
  const needed = {
    encrypted: encrypted || undefined,
    osds_per_device: osds_per_device > 1 ? osds_per_device : undefined,
    block_db_size,
    block_wal_size,
  };
  const [, ...parts] = selectionsOf(group);
  const count = countOf(group.data_devices) ?? 1;
  return [
    ...Object.entries(needed)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => ({
        keys: [key],
        value,
        message: 'needs the kernel’s device mapper, which the hosts of the sandbox do not have',
        remedy: elsewhere,
      })),
    ...parts
      .filter(([, selection]) => (countOf(selection) ?? 1) !== count)
      .map(([key, selection]) => ({
        keys: [key],
        message:
          `has ${countOf(selection) ?? 1} disks for ${count} of data_devices: without LVM, as on the sandbox, each OSD needs one of its ` +
          'own',
        remedy: `Write ${'paths' in selection ? `${count} paths` : `limit: ${count}`}`,
      })),
  ];
}

function likeEachOther(group: DriveGroup): GroupFinding[] {
  const reasons = {
    size: 'cannot be told apart: all disks of the sandbox have 20 GiB',
    model: 'cannot be told apart: the disks of the sandbox are loop devices, which have no model',
    vendor: 'cannot be told apart: the disks of the sandbox are loop devices, which have no vendor',
  };
  return selectionsOf(group).flatMap(([key, selection]) =>
    Object.entries(reasons)
      .filter(([filter]) => filter in selection)
      .map(([filter, message]) => ({ keys: [key, filter], message, remedy: elsewhere })),
  );
}

/** Finds hyperconverged roles whose hosts have an unknown number of OSDs, and so an unknown need of memory. */
function checkMemory(site: ResolvedSite, devices: ResolvedDevices): Finding[] {
  const { content, nodes: names } = devices;
  if (content.kind !== 'valid' || osdsOf(content.devices) !== undefined) {
    return [];
  }
  const { parameters } = site.written;
  const isSet = (values: unknown) =>
    typeof values === 'object' && values !== null && 'NovaReservedHostMemory' in values;
  const roles = site.nodes.filter(({ name }) => names.includes(name)).map(({ role }) => role);
  const unset = [...new Set(roles)].filter(
    (role) => role.compute && !isSet(parameters) && !isSet(parameters[`${role.name}Parameters`]),
  );
  return unset.map((role) =>
    located(site, devices, {
      keys: [],
      ...(content.devices === 'all' && { value: content.devices }),
      message: `leaves open how many OSDs a ${role.name} has, and so how much of its memory servers may not have`,
      remedy: `Write parameters: { ${role.name}Parameters: { NovaReservedHostMemory: … } } with 4096 MiB, and 5120 MiB more for each OSD, or list the devices`,
    }),
  );
}
