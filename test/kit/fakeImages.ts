import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Patch, type Properties, Refusal, checkValue, fields, patched } from './imageFields';
import { pageOf, project } from './imagePages';

/** An image as the API shows it, and its data. */
export interface Image {
  properties: Properties & { id: string; name: string; status: string };
  stores: string[];
  tags: string[];
  /** Projects with which it is shared. */
  members: Set<string>;
  data?: Buffer;
  tasks: Task[];
}

/** A task of an import. */
export interface Task {
  id: string;
  status: string;
  message: string;
  updated_at: string;
}

/** A time as Glance writes it. */
export const ago = (seconds: number): string =>
  new Date(Date.now() - seconds * 1000).toISOString().replace('Z', '');

/** A location of an image's data. */
interface Location {
  url: string;
  metadata: { store: string };
}

/**
 * Images in memory, with the rules of the Image API v2.12 for images and stores that the kit relies on. Their data is also in
 * the directories that the fake `rbd` reads; a store's Ceph cluster has the name of the store.
 */
export class FakeImages {
  stores = ['central'];
  /** Most images in a page of their list (glance's api_limit_max). */
  mostInPage = 1000;
  /** Most locations of an image that requests may add (image_location_quota); imports do not look at it. */
  locationQuota = 10;
  /** Whether it shows and takes locations (show_multiple_locations). */
  showsLocations = true;
  private readonly images = new Map<string, Image>();

  /** @param home directory with the fake Ceph clusters */
  constructor(protected readonly home: string) {}

  /** Creates an active image that is listed in `stores`, none of which has its data. */
  addListed(name: string, stores: string[], more: Properties = {}): void {
    (this.images.get(this.add(name, [], more)) as Image).stores = stores;
  }

  /** Creates an active image with copies in `stores`; returns its id. */
  add(name: string, stores: string[], more: Properties = {}): string {
    const id = randomUUID();
    const image: Image = {
      properties: {
        id,
        name,
        status: 'active',
        disk_format: 'raw',
        owner: project,
        ...fields,
        ...more,
      },
      stores: [],
      tags: [],
      members: new Set<string>(),
      tasks: [],
    };
    this.images.set(id, image);
    this.fill(image, Buffer.from(`data of ${name}`));
    stores.forEach((store) => this.put(image, store));
    return id;
  }

  /** Stores with copies of an image, by its name; undefined if there is no such image. */
  where(name: string): string[] | undefined {
    return this.named(name)?.stores;
  }

  /** A property of an image, by its name. */
  property(name: string, key: string): unknown {
    return this.named(name)?.properties[key];
  }

  /** All images of a name as the API shows them, the oldest first. */
  versions(name: string): Properties[] {
    const images = [...this.images.values()].filter(({ properties }) => properties.name === name);
    return images.map((image) => this.view(image) as Properties);
  }

  /** Sets properties of an image, by its name. */
  change(name: string, properties: Properties): void {
    Object.assign(this.named(name)?.properties as Properties, properties);
  }

  /** An image as the API shows it, by its name. */
  shown(name: string): object {
    return this.view(this.named(name) as Image);
  }

  /** Tags of an image, by its name. */
  tags(name: string): string[] {
    return [...(this.named(name) as Image).tags].sort();
  }

  /** Members of an image, by its name, also while it is not shared. */
  members(name: string): string[] {
    return [...(this.named(name) as Image).members].sort();
  }

  /** Shares an image, by its name, with a project. */
  share(name: string, member: string): void {
    this.named(name)?.members.add(member);
  }

  /** Gives an image, by its name, a tag. */
  tag(name: string, tag: string): void {
    this.named(name)?.tags.push(tag);
  }

  /** Data of an image, by its name. */
  data(name: string): Buffer {
    return this.named(name)?.data as Buffer;
  }

  /** Id of an image, by its name. */
  id(name: string): string {
    return this.named(name)?.properties.id as string;
  }

  /** Deletes an image, by its name, as another client of Glance does. */
  forget(name: string): void {
    this.delete(this.named(name) ?? (this.images.get(name) as Image));
  }

  /** Gives an image, by its name, other data at all its stores. */
  refill(name: string, data: Buffer): void {
    const image = this.named(name) as Image;
    this.fill(image, data);
    image.stores.forEach((store) => fs.writeFileSync(this.file(image, store), data));
  }

  /** The names of all images. */
  names(): string[] {
    return [...this.images.values()].map(({ properties }) => properties.name);
  }

  /** Stores that list an image but lack its data, by its name. */
  lacking(name: string): string[] {
    const image = this.named(name) as Image;
    return image.stores.filter((store) => !fs.existsSync(this.file(image, store)));
  }

  /** Forgets all images, whose control plane is gone. */
  clear(): void {
    this.images.clear();
  }

  /** An image by its id. */
  protected find(id: string): Image {
    const image = this.images.get(id);
    if (!image) {
      throw new Refusal(404, `Failed to find image ${id}`);
    }
    return image;
  }

  /** Every image with its locations, as in Glance's database; a location's id is its store. */
  protected locations(): object[] {
    return [...this.images.values()].map(({ properties, stores }) => ({
      id: properties.id,
      locations: stores.map((store) => ({ id: store, metadata: { store } })),
    }));
  }

  /** Marks a location as deleted; the data stays. */
  forgetLocation(id: string, store: string): object {
    const image = this.find(id);
    image.stores = image.stores.filter((one) => one !== store);
    return {};
  }

  /** A page of the list of images. */
  protected list(query: URLSearchParams): object {
    const { page, next } = pageOf([...this.images.values()], query, this.mostInPage);
    return {
      images: page.map((image) => this.view(image)),
      ...(next && { next: `/v2/images?${next.toString()}` }),
    };
  }

  /** Creates an image without data. */
  protected create({ tags = [], ...given }: Properties & { name: string; tags?: string[] }): object {
    const id = randomUUID();
    Object.entries(given).forEach(([key, value]) => checkValue(key, value));
    const properties = { id, status: 'queued', owner: project, ...fields, ...given };
    const image = { properties, stores: [], tags: [...new Set(tags)], members: new Set<string>(), tasks: [] };
    this.images.set(id, image);
    return this.view(image);
  }

  /**
   * Carries out all operations, or none of them. Adds a location that is as Glance's own: a protected snapshot of the image's size
   * (glance api/v2/images.py _do_add_locations, location.py StoreLocations).
   */
  protected patch(image: Image, operations: Patch[]): object {
    const isLocation = ({ op, path: pointer }: Patch): boolean => op === 'add' && pointer === '/locations/-';
    const changed = patched(
      image,
      operations.filter((one) => !isLocation(one)),
    );
    // Glance saves the image after the last operation.
    const { stores } = image;
    image.stores = [...stores];
    try {
      operations.filter(isLocation).forEach(({ value }) => this.addLocation(image, value as Location));
    } catch (error) {
      image.stores = stores;
      throw error;
    }
    Object.assign(image, changed);
    return this.view(image);
  }

  protected upload(image: Image, data: Buffer, store: string): void {
    this.fill(image, data);
    this.put(image, store);
    image.properties.status = 'active';
  }

  /** The client of an upload is gone: the image stays as an upload under way leaves it. */
  protected breakOff(id: string): void {
    const image = this.images.get(id);
    if (image?.properties.status === 'queued') {
      image.properties.status = 'saving';
    }
  }

  protected delete(image: Image): void {
    const { id } = image.properties;
    if (image.properties.protected) {
      throw new Refusal(403, `Image ${id} is protected and cannot be deleted.`);
    }
    // A copy that is in use refuses only itself: those before it are gone (glance location.py ImageProxy.delete).
    for (const store of [...image.stores]) {
      if (this.hasClones(image, store)) {
        throw new Refusal(409, `Image ${id} could not be deleted because it is in use`);
      }
      image.stores = image.stores.filter((one) => one !== store);
      this.erase(image, store);
    }
    this.images.delete(image.properties.id);
  }

  protected view({ properties, stores, tags }: Image): object {
    return {
      ...properties,
      tags,
      ...(stores.length > 0 && { stores: stores.join(',') }),
      ...(this.showsLocations && { locations: stores.map((store) => ({ metadata: { store } })) }),
    };
  }

  private addLocation(image: Image, { url, metadata: { store } }: Location): void {
    const { id, size } = image.properties;
    if (!this.showsLocations) {
      throw new Refusal(403, "It's not allowed to add locations if locations are invisible.");
    }
    const fsid = fs.readFileSync(path.join(this.home, 'ceph', store, 'fsid'), 'utf8').trim();
    const snapshot = path.join(this.home, 'ceph', store, 'snaps/images', id);
    const isWhole =
      url === `rbd://${fsid}/images/${id}/snap` &&
      fs.existsSync(path.join(snapshot, 'protected')) &&
      fs.statSync(path.join(snapshot, 'data')).size === size;
    if (!isWhole || image.stores.includes(store)) {
      throw new Refusal(400, `Invalid location ${url}`);
    }
    const attempted = image.stores.length + 1;
    if (attempted > this.locationQuota) {
      const numbers = `Attempted: ${attempted}, Maximum: ${this.locationQuota}`;
      throw new Refusal(
        413,
        `The limit has been exceeded on the number of allowed image locations. ${numbers}`,
      );
    }
    image.stores.push(store);
  }

  protected deleteCopy(image: Image, store: string): [number] {
    if (!this.stores.includes(store)) {
      throw new Refusal(409, `The selected store ${store} is not available on this node.`);
    }
    if (image.properties.status !== 'active') {
      throw new Refusal(
        409,
        "It's not allowed to remove image data from store if image status is not 'active'",
      );
    }
    if (image.stores.length === 1) {
      throw new Refusal(403, 'Cannot delete image data from the only store containing it.');
    }
    if (!image.stores.includes(store)) {
      throw new Refusal(404, `Image is not stored in store ${store}.`);
    }
    if (this.hasClones(image, store)) {
      throw new Refusal(409, 'The data for Image could not be deleted because it is in use');
    }
    image.stores = image.stores.filter((one) => one !== store);
    this.erase(image, store);
    return [204];
  }

  private hasClones(image: Image, store: string): boolean {
    return fs.existsSync(path.join(this.home, 'ceph', store, 'children', image.properties.id));
  }

  protected named(name: string): Image | undefined {
    return [...this.images.values()].find(({ properties }) => properties.name === name);
  }

  private fill(image: Image, data: Buffer): void {
    image.data = data;
    Object.assign(image.properties, {
      size: data.length,
      os_hash_algo: 'sha512',
      os_hash_value: createHash('sha512').update(data).digest('hex'),
    });
  }

  protected put(image: Image, store: string): void {
    image.stores.push(store);
    const file = this.file(image, store);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, image.data as Buffer);
  }

  private erase(image: Image, store: string): void {
    fs.rmSync(this.file(image, store), { force: true });
    const snapshot = path.join(this.home, 'ceph', store, 'snaps/images', image.properties.id);
    fs.rmSync(snapshot, { recursive: true, force: true });
  }

  private file(image: Image, store: string): string {
    return path.join(this.home, 'ceph', store, 'images', image.properties.id);
  }
}
