import type { ListedImage } from '../kit/answers';
import type { ImageFilters } from '../kit/verbs';
import { type Cell, table } from '../lib/table';
import type { ImagePlan, LabPlan } from '../model';
import { cachesOf } from './pictures/placement';

/** An image as `dcn images` lists it. One of the lab file that Glance does not have has no id, and the status `absent`. */
export type ImageRow = Omit<ListedImage, 'id'> & {
  id: string | null;
  /** Stores, in a lab with caches also nodes, where the lab file wants the image, and where it is not, nor on its way. */
  missing: string[];
};

/** Which images `dcn images` lists. */
export interface ImageChoice {
  /** A name, or a pattern with `*` and `?`. */
  name?: string;
  /** Of Glance. */
  status?: string;
  /** Store ids, or nodes with caches, one of which holds the image; with `missing`: one of which lacks the image. */
  at?: string[];
  inLabFile?: boolean;
  missing?: boolean;
}

/** What Glance can choose by itself; `isChosen` then chooses by all. */
export function kitFilters({ name, status, inLabFile, missing }: ImageChoice): ImageFilters {
  // An image of the lab file is absent only if no image of any status has its name.
  if (inLabFile || missing) {
    return { ofLab: true };
  }
  return { status, name: name === undefined || /[*?]/.test(name) ? undefined : name };
}

/** Whether an image is one of those to list. */
export function isChosen(plan: LabPlan, image: ImageRow, choice: ImageChoice): boolean {
  const { name, status, at, inLabFile, missing } = choice;
  const places = missing ? image.missing : [...image.stores, ...(image.cached ?? [])];
  return (
    (name === undefined || pattern(name).test(image.name)) &&
    (status === undefined || image.status === status) &&
    (!inLabFile || planned(plan, image) !== undefined) &&
    (!(missing || at) || places.some((place) => !at || at.includes(place)))
  );
}

function pattern(name: string): RegExp {
  const parts = name.split(/([*?])/).map((part) => {
    const any: Record<string, string> = { '*': '.*', '?': '.' };
    return any[part] ?? part.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 'su');
}

/** An image of Glance, compared with the lab file. */
export function imageRow(plan: LabPlan, image: ListedImage): ImageRow {
  const wanted = image.version ? undefined : planned(plan, image);
  const has = [...image.stores, ...image.importing, ...(image.cached ?? []), ...(image.queued ?? [])];
  return { ...image, missing: wanted ? placesOf(plan, wanted).filter((place) => !has.includes(place)) : [] };
}

/** The images of the lab file that Glance does not have. @param present names of those that it has */
export function absentRows(plan: LabPlan, present: Set<string>): ImageRow[] {
  return plan.images
    .filter(({ name }) => !present.has(name))
    .map((image) => ({
      diskFormat: image.diskFormat,
      failed: [],
      id: null,
      importing: [],
      lab: true,
      missing: placesOf(plan, image),
      name: image.name,
      sha512: null,
      size: 0,
      status: 'absent',
      stores: [],
    }));
}

function planned(plan: LabPlan, { name, lab }: Pick<ImageRow, 'name' | 'lab'>): ImagePlan | undefined {
  return lab ? plan.images.find((image) => image.name === name) : undefined;
}

function placesOf(plan: LabPlan, image: ImagePlan): string[] {
  return [...image.stores, ...cachesOf(plan, image)];
}

/** Most names of places in a cell of the table: a lab may have hundreds of sites. */
const placesShown = 8;

/** What the table has of an image, however many places the image is at. */
export interface TableRow extends Pick<
  ImageRow,
  'name' | 'id' | 'status' | 'diskFormat' | 'size' | 'version'
> {
  /** Visibility of the image, and whether the image is protected, hidden or another version. */
  uses: string[];
  /** Whether it is like other images of a lab: public, neither protected nor hidden. Images of others count as such. */
  isPlain: boolean;
  /** By the head of their column. */
  places: Record<string, string[]>;
}

export function tableRow(plan: LabPlan, image: ImageRow): TableRow {
  const { name, id, status, diskFormat, size, version } = image;
  const stores = plan.sites.flatMap((site) => site.store?.id ?? []);
  const nodes = plan.sites.flatMap((site) => site.cache?.nodes ?? []);
  const uses = [
    image.visibility ?? 'public',
    ...(image.protected ? ['protected'] : []),
    ...(image.os_hidden ? ['hidden'] : []),
    ...(version ? [version === 'next' ? 'next version' : 'earlier version'] : []),
  ];
  return {
    ...{ name, id, status, diskFormat, size, version, uses },
    isPlain: !image.lab || uses.join() === 'public',
    places: {
      stores: shortened(image.stores, stores),
      'in the caches of': shortened(image.cached ?? [], nodes),
      'queued at': shortened(image.queued ?? [], nodes),
      'on its way to': shortened(image.importing, stores),
      'directly, unfinished at': shortened(image.unfinished ?? [], stores),
      'failed at': shortened(image.failed, stores),
      'missing at': shortened(image.missing, [...stores, ...nodes]),
    },
  };
}

/** The names of a few places; of many the number, and the few places that are not among them. @param all places of the lab */
function shortened(places: string[], all: string[]): string[] {
  if (places.length <= placesShown) {
    return places;
  }
  const has = new Set(places);
  const [first, ...others] = all.filter((place) => !has.has(place));
  if (first === undefined) {
    return [`all ${places.length}`];
  }
  const count = `${places.length} of ${places.length + 1 + others.length}`;
  return others.length < placesShown ? [`${count}: not ${first}`, ...others] : [count];
}

/** The images with their places, for a terminal. */
export function imageTable(rows: TableRow[]): string {
  const { head, cells } = imageCells(rows);
  return table(head, cells, { compact: true });
}

/**
 * The heads of columns, and the cells of each image. A column of places that no image has is left out, and so are visibility and
 * protection while all images are plain, and ids while names tell the images apart.
 */
export function imageCells(rows: TableRow[]): { head: string[]; cells: Cell[][] } {
  const counts = new Map<string, number>();
  rows.forEach(({ name }) => counts.set(name, (counts.get(name) ?? 0) + 1));
  const columns: Column[] = [
    { head: 'image', cell: ({ name }) => name },
    { head: 'status', cell: ({ status }) => status },
    { head: 'visibility', cell: ({ uses }) => uses, isLeftOut: rows.every(({ isPlain }) => isPlain) },
    { head: 'format', cell: ({ diskFormat }) => diskFormat },
    { head: 'MiB', cell: ({ size }) => (size / 2 ** 20).toFixed(0) },
    ...Object.keys(rows[0]?.places ?? {}).map((head): Column => {
      const cell = ({ places }: TableRow): string[] => places[head] as string[];
      return { head, cell, isLeftOut: rows.every((row) => cell(row).length === 0) };
    }),
    {
      head: 'id',
      cell: ({ id }) => id ?? '-',
      isLeftOut: rows.every(
        ({ name, version }) => name !== '' && counts.get(name) === 1 && version === undefined,
      ),
    },
  ];
  const shown = columns.filter(({ isLeftOut }) => !isLeftOut);
  return {
    head: shown.map(({ head }) => head),
    cells: rows.map((row) => shown.map(({ cell }) => cell(row))),
  };
}

interface Column {
  head: string;
  cell: (row: TableRow) => Cell;
  isLeftOut?: boolean;
}
