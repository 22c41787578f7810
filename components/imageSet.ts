import * as path from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import type { ImagePlan } from '../model';
import { type ChildOptions, Component } from './component';
import type { Undercloud } from './remote';

/** An image to have, with what the plan cannot know. */
export interface WantedImage extends ImagePlan {
  /** Where the source is a file of this machine: its absolute path and what it holds. */
  upload?: { path: string; sha256: string };
}

export interface ImageSetArgs {
  images: WantedImage[];
  undercloud: Undercloud;
  /** What each store stands on: when that is another, it is empty, and the images go there again. */
  foundations: Record<string, string>;
}

/** Images import once over the WAN's rate: a day for what a lab has is a fault, not a wait. */
const limitMinutes = 24 * 60;

/** The images of a lab, each at central and at the stores, or in the caches, of the sites that want it. */
export class ImageSet extends Component<{ ids: Record<string, pulumi.Output<string>> }> {
  constructor(
    lab: string,
    { images, undercloud, foundations }: ImageSetArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super('image:ImageSet', `${lab}-images`, options, (under) => ({
      ids: Object.fromEntries(
        images.map((image) => [image.name, ensure(image, undercloud, foundations, under)]),
      ),
    }));
  }
}

function ensure(
  image: WantedImage,
  undercloud: Undercloud,
  foundations: Record<string, string>,
  under: ChildOptions,
): pulumi.Output<string> {
  const { name, source, diskFormat, keepFormat, stores, caches, upload } = image;
  const places = [...stores, ...(caches ?? [])];
  const remote = upload && `${undercloud.endpoint.directory}/uploads/${name}${path.extname(upload.path)}`;
  const copied =
    upload && remote
      ? [undercloud.upload(`${name}-file`, new pulumi.asset.FileAsset(upload.path), remote, under())]
      : [];
  return undercloud
    .run(
      name,
      {
        run: ['images', 'ensure'],
        undo: ['images', 'remove-all'],
        document: {
          name,
          source: upload ? { file: remote, sha256: upload.sha256 } : source,
          diskFormat,
          keepFormat,
          stores,
          caches,
          after: Object.fromEntries(Object.entries(foundations).filter(([place]) => places.includes(place))),
          limitMinutes,
        },
        limitMinutes,
        result: z.object({ images: z.object({ [name]: z.object({ id: z.guid() }) }) }),
      },
      under({ dependsOn: copied }),
    )
    .result.apply(({ images }) => images[name]!.id);
}
