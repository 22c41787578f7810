import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ImageSet, type WantedImage } from '../components/imageSet';
import { PulumiUserError } from '../components/pulumiUserError';
import { Undercloud } from '../components/remote';
import { type ImagePlan, centralStoreSite, planImages, stackName } from '../model';
import type { StackContext } from './labFile';
import { type SiteOutputs, allRead, labOutputs, outputsOf, schemaVersion, siteOutputs } from './outputs';

/** The images of a lab, at central and in the stores or caches of the sites that want them. */
export async function imagesStack({ lab, file, privateKeyFile }: StackContext): Promise<object> {
  const images = planImages(lab);
  const centralSite = centralStoreSite(lab.sites);
  const sites = [...new Set([centralSite, 'control-plane', ...images.flatMap((image) => image.sites)])];
  const [{ undercloud: endpoint }, ...siteStacks] = await allRead([
    outputsOf(lab.name, labOutputs),
    ...sites.map((site) => outputsOf(stackName(lab.name, site), siteOutputs)),
  ]);
  const [central] = siteStacks as [SiteOutputs];
  const wanted = await Promise.all(images.map((image) => withUpload(image, file)));
  const { outputs } = new ImageSet(lab.name, {
    images: wanted,
    undercloud: new Undercloud(endpoint, privateKeyFile),
    hostsOf: Object.fromEntries(
      siteStacks.flatMap(({ site, store, cache, nodes }) => {
        // The control plane's store may be in another site's cluster: that site's exports change with the cluster.
        const isElsewhere = site === 'control-plane' && central.site !== site;
        const hosts = isElsewhere ? JSON.stringify(central.digests) : hostsText(nodes);
        return [...(store ? [store.store] : []), ...(cache ? [site] : [])].map(
          (holder) => [holder, hosts] as const,
        );
      }),
    ),
  });
  return { schemaVersion, lab: lab.name, images: outputs.ids };
}

/** The names and instance ids of a site's hosts in one text. */
function hostsText(nodes: SiteOutputs['nodes']): string {
  return Object.entries(nodes)
    .map(([name, { instanceId }]) => `${name}=${instanceId}`)
    .sort()
    .join(' ');
}

/** @throws PulumiUserError if the image's source is a file that cannot be read */
async function withUpload(image: ImagePlan, labFile: string): Promise<WantedImage> {
  if (!('file' in image.source)) {
    return image;
  }
  const source = path.resolve(path.dirname(labFile), image.source.file);
  const digest = createHash('sha256');
  try {
    await pipeline(fs.createReadStream(source), digest);
  } catch (error) {
    throw new PulumiUserError(
      `${labFile}: glance-dcn:images.${image.name}.source.file: ${(error as Error).message}. ` +
        'Put the file there, or write where it is, relative to the lab file.',
    );
  }
  return { ...image, upload: { path: source, sha256: digest.digest('hex') } };
}
