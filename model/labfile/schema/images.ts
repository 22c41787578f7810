import * as z from 'zod';
import { anyText, siteName, text } from './text';

/** Property names that begin so are Glance's own (glance api/v2/images.py _reserved_namespaces), or the kit's. */
const reservedPrefixes = ['os_glance', 'glance_dcn_'];

/** Names in an image that are no properties of a user (glance api/v2/images.py, domain/__init__.py). */
const ownNames = [
  ...['checksum', 'container_format', 'created_at', 'deleted', 'deleted_at', 'direct_url', 'disk_format', 'file', 'id'],
  ...['image_id', 'location', 'locations', 'member', 'members', 'min_disk', 'min_ram', 'name', 'os_hash_algo'],
  ...['os_hash_value', 'os_hidden', 'owner', 'protected', 'schema', 'self', 'size', 'status', 'stores', 'tags'],
  ...['updated_at', 'virtual_size', 'visibility'],
];

const propertyName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_:.-]{0,254}$/, 'is not the name of a property')
  .refine((name) => !reservedPrefixes.some((prefix) => name.startsWith(prefix)), 'is reserved for Glance and the kit')
  .refine((name) => !ownNames.includes(name), 'is a field of Glance, not a property')
  .meta({
    patternErrorMessage:
      'Write a name such as hw_disk_bus; fields of Glance that can be set have keys of their own: visibility, protected',
  });

/** Glance's text of a property: a number without quotes would lose digits, such as the zero of 22.10. */
const propertyValue = z.union([
  text(/\S/, 'is empty', 'Write a value, with quotes if it is a number with a point: "22.10"'),
  z.int(),
  z.boolean(),
]);

const project = (): z.ZodString =>
  text(/^\S(.{0,62}\S)?$/, 'is not a project', 'Write the name or the id of a project, as `openstack project list` prints it');

/** What Glance keeps about an image beside its data, under Glance's own names (Image API v2.12). */
const imageSettings = {
  visibility: z
    .enum(['public', 'private', 'shared', 'community'])
    .optional()
    .describe('Who may use the image; default: public (servers of all projects may use it).'),
  members: z
    .array(project())
    .optional()
    .describe(
      'Only with `visibility: shared`: projects of the control plane, by name or id, that may use the image; others that it has stay. ' +
        'A member accepts an image to see it in lists (`openstack image set --accept ID`).',
    ),
  owner: project()
    .optional()
    .describe('Project of the control plane, by name or id, whose users may change the image; default: admin.'),
  protected: z
    .boolean()
    .optional()
    .describe('Glance refuses to delete the image. The lab takes this protection off when the lab itself deletes the image.'),
  os_hidden: z.boolean().optional().describe('Lists of images leave the image out, unless one asks for hidden images.'),
  min_disk: z
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .optional()
    .describe('GiB that the disk of a flavor must have for a server of the image.'),
  min_ram: z
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .optional()
    .describe('MiB of memory that a flavor must have for a server of the image.'),
  tags: z
    .array(text(/^\S(.{0,253}\S)?$/, 'is not a tag', 'Write at most 255 characters, without blanks around them'))
    .optional()
    .describe('Tags of the image; others that it has stay.'),
  properties: z
    .record(propertyName, propertyValue)
    .optional()
    .describe(
      'Properties for Nova, Cinder and users, such as `hw_disk_bus` and `os_distro`; others that it has stay.',
    ),
};

/** A rate in Mbit/s. */
const mbit = () => z.int().min(1).max(1_000_000).optional();

/** How an image comes from the control plane's store into the stores of its sites. */
const copy = z
  .union([
    z.enum(['glance', 'direct']),
    z.strictObject({
      direct: z
        .strictObject({
          rateMbit: mbit().describe('Mbit/s at most to each site, for this image alone; default: no limit.'),
          rateInAllMbit: mbit().describe('Mbit/s at most to all sites together, for this image alone; default: no limit.'),
        })
        .meta({ patternErrorMessage: 'Write { rateMbit: 50 } for a limit, or copy: direct without one' })
        .describe('The direct way, within limits.'),
    }),
  ])
  .optional()
  .describe(
    'Only with `topology: multistore`: how the image comes into the stores of its sites. `glance` (the default): by Glance’s own copy-image. ' +
      '`direct`: from Ceph cluster to Ceph cluster, past Glance, to all sites at once, only the blocks that a site lacks. ' +
      'Another way copies nothing again.',
  );

export const image = z.strictObject({
  source: z
    .union([
      z.strictObject({ file: anyText().describe('File on this machine, relative to the lab file.') }),
      z.strictObject({
        url: z
          .url({ protocol: /^https?$/, error: 'is not a URL that can be fetched' })
          .meta({ patternErrorMessage: 'Write a URL that begins with http:// or https://' })
          .describe(
            'URL from which the undercloud fetches it. http needs `sha256`, except from `localhost`, the undercloud itself.',
          ),
        sha256: text(/^[0-9a-f]{64}$/, 'is not a SHA-256', 'Write 64 lower-case hexadecimal digits')
          .optional()
          .describe('SHA-256 of the file at the URL, before it is unpacked.'),
      }),
      z.strictObject({
        generated: z
          .strictObject({
            sizeMiB: z
              .int()
              .min(1)
              .max(1024 * 1024)
              .describe('Size in MiB.'),
            seed: anyText().describe('The same seed gives the same bytes.'),
          })
          .describe('Generated bytes, without an operating system.'),
      }),
    ])
    .describe('Source of the image: one of file, url, generated.'),
  format: z
    .enum(['raw', 'qcow2'])
    .default('raw')
    .describe(
      'Format of the source, which may be packed by gzip, xz or zstd; ISO 9660 is raw. Stores hold raw data; with `topology: cache` the image keeps this format.',
    ),
  sites: z
    .array(siteName())
    .default([])
    .describe(
      'Edge sites with a copy of the image, or with `topology: cache` sites whose caches fetch it; the control plane always has one.',
    ),
  copy,
  ...imageSettings,
});

/** The settings of an image as the lab file has them. */
export type WrittenImageSettings = Pick<z.output<typeof image>, keyof typeof imageSettings>;
