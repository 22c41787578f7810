import * as path from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { type EnsuredImages, verbs } from '../kit/verbs';
import type { ImageDocument } from '../kit/documents';
import type { ImagePlan } from '../model';
import { type ChildOptions, Component } from './component';
import type { CommandResult, Undercloud } from './remote';

/** An image of the lab, with the file that the plan cannot read. */
export interface WantedImage extends ImagePlan {
  /** Where the source is a file of this machine: its absolute path and the sha256 of its content. */
  upload?: { path: string; sha256: string };
}

export interface ImageSetArgs {
  images: WantedImage[];
  undercloud: Undercloud;
  /**
   * By store id, or by site for its caches: a text that names the hosts on which they are. On other hosts a store or a
   * cache is empty, and its images are copied to it again.
   */
  hostsOf: Record<string, string>;
}

/** A whole day: an image crosses the WAN once, and a longer transfer is a fault. */
const limitMinutes = 24 * 60;

/** The images of a lab, each at central and in the stores, or in the caches, of the sites that want it. */
export class ImageSet extends Component<{ ids: Record<string, pulumi.Output<string>> }> {
  constructor(
    lab: string,
    { images, undercloud, hostsOf }: ImageSetArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super('image:ImageSet', `${lab}-images`, options, (under) => {
      const ensured = images.map((image) => ensure(image, undercloud, hostsOf, under));
      // If the deletion of an image has failed, Pulumi keeps the image in the state and would not make the image again. This resource
      // depends on all images and lists their names: a destruction deletes this resource first, and an image that leaves or comes back
      // changes it. So the next `up` runs its verb, which makes missing images again. `<site>-restored` does so for a site (site.ts).
      // A destruction begins with this resource: its undo refuses the destruction before the first image is deleted, if one of the
      // images must stay.
      undercloud.run(
        `${lab}-images-restored`,
        {
          verb: verbs.images.restore,
          undo: verbs.images.checkRemoval,
          document: { images: images.map(({ name }) => name) },
          limitMinutes,
        },
        under({ dependsOn: ensured.map(({ resource }) => resource) }),
      );
      const ids = images.map(({ name }, index) => [
        name,
        ensured[index]!.answer.apply((answer) => answer.images[name]!.id),
      ]);
      return { ids: Object.fromEntries(ids) as Record<string, pulumi.Output<string>> };
    });
  }
}

function ensure(
  image: WantedImage,
  undercloud: Undercloud,
  hostsOf: Record<string, string>,
  under: ChildOptions,
): CommandResult<EnsuredImages> {
  const { name, diskFormat, keepFormat, stores, copy, caches, settings } = image;
  const holders = [...stores, ...(caches ?? [])];
  const { source, dependsOn } = sourceOf(image, undercloud, under);
  return undercloud.run(
    name,
    {
      verb: verbs.images.ensure(name),
      undo: verbs.images.removeAll,
      document: {
        name,
        source,
        diskFormat,
        keepFormat,
        stores,
        copy,
        caches,
        settings,
        after: Object.fromEntries(Object.entries(hostsOf).filter(([holder]) => holders.includes(holder))),
        limitMinutes,
      },
      limitMinutes,
    },
    under({ dependsOn }),
  );
}

/** The source of an image as the kit finds it: a file of this machine is uploaded first. */
function sourceOf(
  { name, source, upload }: WantedImage,
  undercloud: Undercloud,
  under: ChildOptions,
): { source: ImageDocument['source']; dependsOn: pulumi.Resource[] } {
  if (!upload) {
    // Existing labs have `made` in this document; another key would change the input of every image's Command.
    return {
      source: 'generated' in source ? { made: source.generated } : source,
      dependsOn: [],
    };
  }
  const file = `${undercloud.endpoint.directory}/uploads/${name}${path.extname(upload.path)}`;
  const uploaded = undercloud.upload(`${name}-file`, new pulumi.asset.FileAsset(upload.path), file, under());
  return { source: { file, sha256: upload.sha256 }, dependsOn: [uploaded] };
}
