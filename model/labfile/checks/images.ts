import { nearest } from '../faults';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import { kindOf, type ResolvedLab } from '../resolve';

/** Checks the sources of images, and the sites that images name. */
export function checkImages({ topology, images }: ResolvedLab, { named, invalid }: SitesSeen): Finding[] {
  const edges = [...named].filter((name) => kindOf(topology, name) === 'edge');
  const found = Object.entries(images).flatMap(([image, { sites }]) =>
    sites.flatMap((site, position): Finding[] => {
      const located = { at: labPath('images', image, 'sites', position), value: site };
      if (kindOf(topology, site) !== 'edge') {
        return [
          { ...located, message: 'has every image anyway', remedy: 'Take it out: name edge sites only' },
        ];
      }
      if (named.has(site)) {
        return [];
      }
      const meant = nearest(site, edges);
      const remedy = meant
        ? `Did you mean ${meant}?`
        : `Edge sites of this lab: ${edges.join(', ') || 'none'}`;
      return [{ ...located, message: 'is not a site of this lab', remedy }];
    }),
  );
  return [
    ...checkSources(images),
    ...checkFormats(images),
    ...checkMinDisk(images),
    ...checkMembers(images, invalid),
    ...checkCopy(topology, images),
    ...found,
  ];
}

/** Refuses http without sha256. Data of the undercloud's own servers crosses no network. */
function checkSources(images: ResolvedLab['images']): Finding[] {
  return Object.entries(images).flatMap(([image, { source }]): Finding[] => {
    if (!('url' in source) || source.sha256 !== undefined) {
      return [];
    }
    const { protocol, host, hostname, pathname } = new URL(source.url);
    if (protocol === 'https:' || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) {
      return [];
    }
    return [
      {
        at: labPath('images', image, 'source', 'url'),
        // A query may hold a signature.
        value: `${protocol}//${host}${pathname}`,
        message: 'is http without sha256: hosts between could change the data',
        remedy:
          'Write sha256 beside it, or an https:// URL; only http://localhost, the undercloud itself, needs neither',
      },
    ];
  });
}

/** Refuses a source that is qcow2 by its name, and raw by its format: the default is raw. */
function checkFormats(images: ResolvedLab['images']): Finding[] {
  return Object.entries(images).flatMap(([image, { source, format }]): Finding[] => {
    const key = 'file' in source ? 'file' : 'url';
    const name = 'file' in source ? source.file : 'url' in source ? new URL(source.url).pathname : '';
    return format === 'raw' && /\.qcow2(\.(gz|xz|zst))?$/i.test(name)
      ? [
          {
            at: labPath('images', image, 'source', key),
            value: name.split('/').at(-1),
            message: 'is qcow2 by its name, and the format of the image is raw',
            remedy: 'Write format: qcow2 beside source; if its content is raw, rename it',
          },
        ]
      : [];
  });
}

/** Refuses a min_disk below the size of a generated image; the size of others is not known here. */
function checkMinDisk(images: ResolvedLab['images']): Finding[] {
  return Object.entries(images).flatMap(([image, { source, min_disk: gib }]): Finding[] => {
    if (gib === undefined || !('generated' in source) || source.generated.sizeMiB <= gib * 1024) {
      return [];
    }
    const { sizeMiB } = source.generated;
    return [
      {
        at: labPath('images', image, 'min_disk'),
        value: gib,
        message: `is less than the image's own size, ${sizeMiB} MiB`,
        remedy: `Write at least ${Math.ceil(sizeMiB / 1024)}, or leave the key out`,
      },
    ];
  });
}

/** Refuses ways of copies where sites have no stores. */
function checkCopy(topology: ResolvedLab['topology'], images: ResolvedLab['images']): Finding[] {
  return Object.entries(images).flatMap(([image, { copy }]): Finding[] =>
    topology === 'multistore' || copy === undefined
      ? []
      : [
          {
            at: labPath('images', image, 'copy'),
            value: typeof copy === 'string' ? copy : Object.keys(copy).join(),
            message:
              'is for the topology multistore: here sites have no stores, and their caches fetch images themselves',
            remedy: 'Take it out, or write topology: multistore',
          },
        ],
  );
}

/** Refuses members of an image that is not shared: Glance has none (api/v2/image_members.py _check_visibility_and_ownership). */
function checkMembers(images: ResolvedLab['images'], invalid: Set<string>): Finding[] {
  return Object.entries(images).flatMap(([image, { visibility, members }]): Finding[] =>
    members === undefined || visibility === 'shared' || invalid.has(`images.${image}.visibility`)
      ? []
      : [
          {
            at: labPath('images', image, 'members'),
            message: `has no effect: the image is ${visibility ?? 'public'}, and only shared images have members`,
            remedy: 'Write visibility: shared beside it, or take it out',
          },
        ],
  );
}
