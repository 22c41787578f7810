import * as z from 'zod';
import { text } from './text';

const devicePath = text(
  /^\/dev\/[a-zA-Z0-9/_.:-]+$/,
  'is not the path of a device',
  'Write a path below /dev, such as /dev/vdb',
);

const partOfName = (what: string) =>
  text(
    /^[A-Za-z0-9][A-Za-z0-9 ._+/()-]*$/,
    `is not part of the name of a disk's ${what}`,
    `Write a part of what /sys/block/DISK/device/${what} has on the host`,
  );

const rotational = z
  .union([z.boolean(), z.literal(0), z.literal(1)])
  .optional()
  .describe('Whether the disks rotate, as the kernel says in `/sys/block/DISK/queue/rotational`.');

const diskSize = text(
  /^(\d+[KMGT]B?:(\d+[KMGT]B?)?|:\d+[KMGT]B?|\d+(\.\d+)?[KMGT]B?)$/,
  'is not a size of disks',
  "Write LOW:HIGH, LOW:, :HIGH or one size, each a number with K, M, G or T, such as '1T:2T'",
)
  .optional()
  .describe(
    'Size of the disks: `LOW:HIGH`, `LOW:`, `:HIGH` or one size, such as `1T:`. Ceph compares the number that `ceph-volume inventory` ' +
      'prints, 1.82 TB for a disk of 2 TB.',
  );

const limit = z
  .int()
  .min(1)
  .max(1000)
  .optional()
  .describe('Greatest number of disks that are taken on each host.');

const filters = {
  rotational,
  size: diskSize,
  model: partOfName('model').optional().describe('Part of the name of the disks’ model.'),
  vendor: partOfName('vendor').optional().describe('Part of the name of the disks’ vendor.'),
  limit,
};

const paths = z.array(devicePath).min(1).optional().describe('Paths of the disks. Excludes the other keys.');

/** Which disks of a host are taken; checks/devices.ts has cephadm's rules for its keys. */
const selection = z.strictObject({ paths, ...filters });

const sizeOfPart = z
  .union([
    z
      .int()
      .min(1)
      .max(2 ** 50),
    text(
      /^\d+[KMGT]B?$/,
      'is not a size',
      'Write a number with K, M, G or T, such as 60G, or a number of bytes',
    ),
  ])
  .optional();

/** A drive group: the specification of OSDs that cephadm has (ceph python-common drive_group.py), without placement. */
export const driveGroup = z.strictObject({
  data_devices: z
    .strictObject({
      all: z
        .literal(true)
        .optional()
        .describe('Every blank disk, now and later. Excludes all other keys but `limit`.'),
      ...selection.shape,
    })
    .describe('The disks that become OSDs.'),
  db_devices: selection
    .optional()
    .describe('The disks that hold the databases of the OSDs, of those that `data_devices` leaves.'),
  wal_devices: selection
    .optional()
    .describe('The disks that hold the write-ahead logs of the OSDs, of those that `data_devices` leaves.'),
  block_db_size: sizeOfPart.describe(
    'Size of each OSD’s part of a disk of `db_devices`; default: equal parts.',
  ),
  block_wal_size: sizeOfPart.describe(
    'Size of each OSD’s part of a disk of `wal_devices`; default: equal parts.',
  ),
  osds_per_device: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('Number of OSDs on each disk of `data_devices`; default: 1.'),
  encrypted: z
    .boolean()
    .optional()
    .describe('Whether the disks are encrypted by dm-crypt; the monitors keep the keys.'),
  crush_device_class: text(
    /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
    'is not the name of a device class',
    'Use letters, digits, dots, hyphens and underscores only',
  )
    .optional()
    .describe('Device class of the OSDs; default: `hdd`, `ssd` or `nvme`, as Ceph finds it.'),
  filter_logic: z
    .enum(['AND', 'OR'])
    .optional()
    .describe('Whether a disk must match all of `rotational`, `size`, `model`, `vendor`, or one; default: `AND`.'),
});

/** A file of the operator with a drive group. */
const file = z.strictObject({
  file: text(
    /[^/]\.ya?ml$/,
    'is not a YAML file',
    'Write the path of a file that ends in .yaml, relative to the lab file',
  ).describe('Instead of all other keys: a YAML file with them, relative to the lab file.'),
});

/** The disks of a host that become OSDs. */
export const devices = z.union([z.literal('all'), z.array(devicePath).min(1), driveGroup, file]).meta({ id: 'devices', description: '`all`, a list of paths, or a drive group' });

/** Those disks as the lab file has them. */
export type WrittenDevices = z.output<typeof devices>;
/** A drive group as the lab file has it. */
export type WrittenDriveGroup = z.output<typeof driveGroup>;
