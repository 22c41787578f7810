import { quote } from '../../lib/quote';
import type { ListedImage } from '../../kit/answers';
import { type CopyWay, verbs } from '../../kit/verbs';
import { UserError } from '../../lib/userError';
import {
  JsonList,
  type LabContext,
  dcnCommand,
  imageLocations,
  isImageLocation,
  openLab,
  printJson,
  toStderr,
} from '../context';
import {
  type ImageRow,
  type TableRow,
  absentRows,
  imageRow,
  imageTable,
  isChosen,
  kitFilters,
  tableRow,
} from '../imageRows';
import { printPaged } from '../pager';
import { withKit } from '../undercloud';

/** Options of `dcn images`. */
export interface ListOptions {
  name?: string;
  at?: string[];
  status?: string;
  inLabFile?: boolean;
  missing?: boolean;
  json?: boolean;
}

/**
 * `dcn images [--name NAME] [--at SITE…] [--status STATUS] [--in-lab-file] [--missing] [--json]`: prints images of Glance with the
 * stores, or the nodes' caches, that hold each; with `--in-lab-file` or `--missing` also images of the lab file that Glance lacks.
 */
export async function listImages(option: string, { json, at, ...options }: ListOptions): Promise<void> {
  const context = openLab(option);
  const { plan } = context;
  const choice = { ...options, at: at && holders(context, at) };
  const printed = new JsonList();
  const rows: TableRow[] = [];
  const list = (image: ImageRow): void => {
    if (!isChosen(plan, image, choice)) {
      return;
    }
    if (json) {
      printed.add(image);
    } else {
      rows.push(tableRow(plan, image));
    }
  };
  const present = new Set<string>();
  const onImage = (image: ListedImage): void => {
    if (!image.version) {
      present.add(image.name);
    }
    list(imageRow(plan, image));
  };
  await withKit(context, (kit) =>
    kit.each(verbs.images.list(kitFilters(choice)), onImage, { onLine: toStderr }),
  );
  if (choice.inLabFile || choice.missing) {
    absentRows(plan, present).forEach(list);
  }
  if (json) {
    printed.end();
  } else {
    await printPaged(imageTable(rows));
  }
}

/** The stores of sites, or the nodes with their caches. @throws UserError as `imageLocations` */
function holders(context: LabContext, words: string[]): string[] {
  const locations = imageLocations(context, words);
  const nodes = context.plan.sites.flatMap(({ name, cache }) =>
    cache && locations.includes(name) ? cache.nodes : [],
  );
  return context.lab.topology === 'cache' ? nodes : locations;
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

/** `dcn images delete IMAGE…`. */
export async function deleteImages(option: string, names: string[]): Promise<void> {
  const context = openLab(option);
  await withKit(context, (kit) => kit.text(verbs.images.delete(names), { onLine: toStderr }));
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
