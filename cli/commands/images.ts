import { quote } from '../../lib/quote';
import { table } from '../../lib/table';
import type { ListedImage } from '../../kit/answers';
import { type CopyWay, verbs } from '../../kit/verbs';
import { UserError } from '../../lib/userError';
import {
  type LabContext,
  dcnCommand,
  imageLocations,
  isImageLocation,
  openLab,
  printJson,
  toStderr,
} from '../context';
import { withKit } from '../undercloud';

/** `dcn images [--json]`: prints every image of the lab with the stores, or the nodes' caches, that hold it. */
export async function listImages(option: string, asJson: boolean): Promise<void> {
  const images = await withKit(openLab(option), (kit) => kit.ask(verbs.images.list, { onLine: toStderr }));
  if (asJson) {
    printJson(images);
    return;
  }
  process.stdout.write(`${imageTable(images)}\n`);
}

/**
 * The images with their places; a column of places that no image has is left out, and so are visibility and protection while all
 * images of the lab are public, and none is protected or hidden.
 */
export function imageTable(images: ListedImage[]): string {
  const isPlain = images.every((image) => !image.lab || uses(image).join() === 'public');
  const places: [string, (image: ListedImage) => string[]][] = [
    ['stores', ({ stores }) => stores],
    ['in the caches of', ({ cached = [] }) => cached],
    ['queued at', ({ queued = [] }) => queued],
    ['on its way to', ({ importing }) => importing],
    ['directly, unfinished at', ({ unfinished = [] }) => unfinished],
    ['failed at', ({ failed }) => failed],
  ];
  const shown = places.filter(([, of]) => images.some((image) => of(image).length > 0));
  return table(
    [
      'image',
      'status',
      ...(isPlain ? [] : ['visibility']),
      'format',
      'MiB',
      ...shown.map(([head]) => head),
      'id',
    ],
    images.map((image) => [
      image.name,
      image.status,
      ...(isPlain ? [] : [uses(image)]),
      image.diskFormat,
      (image.size / 2 ** 20).toFixed(0),
      ...shown.map(([, of]) => of(image)),
      image.id,
    ]),
    { compact: true },
  );
}

/** Who may use an image, and what else its users meet. */
function uses(image: ListedImage): string[] {
  return [
    image.visibility ?? 'public',
    ...(image.protected ? ['protected'] : []),
    ...(image.os_hidden ? ['hidden'] : []),
  ];
}

/** `dcn images copy IMAGE… --to SITE… [--direct [--dry-run] …]`. The direct way prints what was sent, or would be. */
export async function copyImages(
  option: string,
  names: string[],
  { to, ...options }: { to: string[] } & CopyOptions,
): Promise<void> {
  const context = openLab(option);
  const { images, locations } = imagesAndLocations(context, 'copy IMAGE… --to', names, to);
  const command = verbs.images.copy(images, locations, copyWay(options));
  const text = await withKit(context, (kit) => kit.text(command, { onLine: toStderr }));
  if (options.direct) {
    process.stdout.write(text);
  }
}

/** Options of `dcn images copy` beside `--to`. */
export interface CopyOptions {
  direct?: boolean;
  dryRun?: boolean;
  rate?: string;
  rateInAll?: string;
  atOnce?: string;
}

/** @throws UserError if there are options of the direct way without `--direct` */
export function copyWay({ direct, dryRun, rate, rateInAll, atOnce }: CopyOptions): CopyWay {
  const limits = { dryRun, rate, rateInAll, atOnce };
  if (direct) {
    return { direct, ...limits };
  }
  if (Object.values(limits).some((value) => value !== undefined)) {
    throw new UserError(
      '--dry-run, --rate, --rate-in-all and --at-once are for --direct: Glance itself has no such settings',
    );
  }
  return { direct: false };
}

/** `dcn images remove IMAGE… --from SITE…`. */
export async function removeImages(option: string, names: string[], from: string[]): Promise<void> {
  const context = openLab(option);
  const { images, locations } = imagesAndLocations(context, 'remove IMAGE… --from', names, from);
  await withKit(context, (kit) => kit.text(verbs.images.remove(images, locations), { onLine: toStderr }));
}

/**
 * The images and the locations that the user names. With `--to dcn0 cirros` the option gets all words: from the second
 * word on, the first one that is neither a site nor a store starts the images.
 *
 * @param usage verb and option, for messages: `copy IMAGE… --to`
 * @param names words before the option
 * @param words words after `--to` or `--from`, at least one
 * @throws UserError if no image is named, or a location does not exist
 */
export function imagesAndLocations(
  context: LabContext,
  usage: string,
  names: string[],
  words: string[],
): { images: string[]; locations: string[] } {
  if (names.length > 0) {
    return { images: names, locations: imageLocations(context, words) };
  }
  const start = words.findIndex((word, index) => index > 0 && !isImageLocation(context, word));
  const locations = imageLocations(context, start < 0 ? words : words.slice(0, start));
  if (start < 0) {
    throw new UserError(
      `no image is named: ${dcnCommand(context)} images ${usage} ${words.map(quote).join(' ')}`,
    );
  }
  return { images: words.slice(start), locations };
}

/** `dcn images verify [IMAGE…] [--json]`: reads every copy at its site and compares its checksum with that in Glance. */
export async function verifyImages(option: string, names: string[], asJson: boolean): Promise<void> {
  const context = openLab(option);
  const wanted = names.length > 0 ? names : context.plan.images.map((image) => image.name);
  const { text, json } = verbs.images.verify(wanted);
  if (asJson) {
    printJson(await withKit(context, (kit) => kit.ask(json, { onLine: toStderr })));
    return;
  }
  process.stdout.write(await withKit(context, (kit) => kit.text(text, { onLine: toStderr })));
}
