import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { sleep } from './undercloud';

type Properties = Record<string, string | number | boolean | null>;

/** An image of the fake, as the API shows it, and its data. */
interface Image {
  properties: Properties & { id: string; name: string; status: string };
  stores: string[];
  data?: Buffer;
  tasks: { id: string; status: string; message: string; updated_at: string }[];
}

/** The cache of one edge node's glance-api. */
export class FakeCache {
  /** Image id -> how often it was given. */
  readonly cached = new Map<string, number>();
  readonly queued = new Set<string>();
  /** What it gives instead of the data of an image, by its id. */
  readonly spoilt = new Map<string, Buffer>();
  /** Fetches fail: a queued image leaves the queue and is not cached. */
  broken = false;
  /** Queued images are cached as soon as one of the two lists has been read, instead of after `fetchSeconds`. */
  fetchesAfterList = false;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Stands in for the control plane's Keystone and Glance: the rules of the Image API v2.12 for imports and stores that
 * the kit relies on, on images in memory; and for glance-apis of edge nodes with caches. Data is also laid into the directories that the fake `rbd` reads, where a
 * store's Ceph cluster is called as the store.
 */
export class FakeGlance {
  /** Every request but those for tokens, as `METHOD path`, with its JSON. */
  readonly requests: { call: string; body: unknown }[] = [];
  readonly password = `pw-${randomUUID()}`;
  readonly token = `gAAAAA${randomUUID().replaceAll('-', '')}`;
  /** URLs of other services that the catalog has, by their type. */
  services: Record<string, string> = {};
  stores = ['central'];
  /** Stores in which every copy fails. */
  failing = new Set<string>();
  /** Seconds that a copy takes at each store. */
  copySeconds = 0.2;
  /** Tokens stop to be valid: the next request with one gets 401. */
  expired = false;
  /** Seconds until an edge node's glance-api has fetched what was queued. */
  fetchSeconds = 0.2;
  private readonly images = new Map<string, Image>();
  private readonly server = http.createServer((request, response) => void this.serve(request, response));
  private readonly edges: http.Server[] = [];

  /** @param home where the rc file and the fake Ceph clusters lie */
  constructor(private readonly home: string) {}

  /** Starts to listen, and writes the control plane's rc file as TripleO does. */
  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    fs.writeFileSync(
      path.join(this.home, 'control-planerc'),
      [
        '# Clear any old environment that may conflict.',
        `for key in $( set | awk -F= '/^OS_/ {print $1}' ); do unset "\${key}" ; done`,
        'export OS_AUTH_TYPE=password',
        `export OS_PASSWORD=${this.password}`,
        `export OS_AUTH_URL=${this.url}`,
        'export OS_USERNAME=admin',
        'export OS_PROJECT_NAME=admin',
        "export COMPUTE_API_VERSION=1.1 OS_NO_CACHE=True # not the kit's",
        'export OS_REGION_NAME="regionOne"',
      ].join('\n'),
    );
  }

  async close(): Promise<void> {
    for (const server of [this.server, ...this.edges]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** A glance-api of an edge node at an address of this machine: at the port of the internal end point, as in life. */
  async edge(address: string): Promise<FakeCache> {
    const cache = new FakeCache();
    const server = http.createServer((request, response) => void this.serve(request, response, cache));
    const { port } = this.server.address() as AddressInfo;
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    this.edges.push(server);
    return cache;
  }

  /** Makes an active image that lies in `stores`. */
  add(name: string, stores: string[], more: Properties = {}): string {
    const id = randomUUID();
    const image: Image = {
      properties: { id, name, status: 'active', disk_format: 'raw', os_hidden: false, size: null, ...more },
      stores: [],
      tasks: [],
    };
    this.images.set(id, image);
    this.fill(image, Buffer.from(`data of ${name}`));
    stores.forEach((store) => this.put(image, store));
    return id;
  }

  /** Stores that hold an image, by its name; undefined if there is no such image. */
  where(name: string): string[] | undefined {
    return this.named(name)?.stores;
  }

  /** A property of an image, by its name. */
  property(name: string, key: string): unknown {
    return this.named(name)?.properties[key];
  }

  /** Sets properties of an image, by its name. */
  change(name: string, properties: Properties): void {
    Object.assign(this.named(name)?.properties as Properties, properties);
  }

  /** Data of an image, by its name. */
  data(name: string): Buffer {
    return this.named(name)?.data as Buffer;
  }

  /** Adds a task to an image that holds its lock, last heard of `secondsAgo`. */
  hold(name: string, secondsAgo: number): void {
    const id = randomUUID();
    const updated = new Date(Date.now() - secondsAgo * 1000).toISOString().replace('Z', '');
    this.named(name)?.tasks.push({ id, status: 'processing', message: '', updated_at: updated });
    this.change(name, { os_glance_import_task: id });
  }

  /** Calls whose `METHOD path` matches. */
  calls(pattern: RegExp): { call: string; body: unknown }[] {
    return this.requests.filter(({ call }) => pattern.test(call));
  }

  private get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private named(name: string): Image | undefined {
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

  private put(image: Image, store: string): void {
    image.stores.push(store);
    const file = this.file(image, store);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, image.data as Buffer);
  }

  private file(image: Image, store: string): string {
    return path.join(this.home, 'ceph', store, 'images', image.properties.id);
  }

  private async serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    cache?: FakeCache,
  ): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const call = `${request.method} ${url.pathname}`;
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    const data = Buffer.concat(chunks);
    const json =
      request.headers['content-type'] === 'application/json'
        ? (JSON.parse(String(data)) as unknown)
        : undefined;
    try {
      const [status, body] = this.answer(call, url, request.headers, json, data, cache);
      const headers = call === 'POST /v3/auth/tokens' ? { 'X-Subject-Token': this.token } : {};
      const text = body === undefined ? '' : Buffer.isBuffer(body) ? body : JSON.stringify(body);
      response.writeHead(status, headers).end(text);
    } catch (error) {
      const { status, message } = error as Refusal;
      const title = `${status} ${http.STATUS_CODES[status]}`;
      response
        .writeHead(status ?? 500)
        .end(
          `<html><head><title>${title}</title></head><body><h1>${title}</h1>${message}<br /></body></html>`,
        );
    }
  }

  private answer(
    call: string,
    url: URL,
    headers: http.IncomingHttpHeaders,
    json: unknown,
    data: Buffer,
    cache?: FakeCache,
  ): [number, object?] {
    if (call === 'POST /v3/auth/tokens') {
      return this.authenticate(json as Record<string, never>);
    }
    if (headers['x-auth-token'] !== this.token || this.expired) {
      throw new Refusal(401, 'This server could not verify that you are authorized');
    }
    this.requests.push({ call, body: json });
    if (cache) {
      return this.answerFromCache(call, cache);
    }
    if (call === 'GET /v2/info/stores') {
      return [200, { stores: this.stores.map((id) => ({ id, description: '' })) }];
    }
    if (call === 'GET /v2/images') {
      const hidden = url.searchParams.get('os_hidden') === 'true';
      const images = [...this.images.values()].filter(({ properties }) => properties.os_hidden === hidden);
      return [200, { images: images.map((image) => this.view(image)) }];
    }
    if (call === 'POST /v2/images') {
      const id = randomUUID();
      const properties = {
        id,
        status: 'queued',
        os_hidden: false,
        size: null,
        ...(json as Properties & { name: string }),
      };
      this.images.set(id, { properties, stores: [], tasks: [] });
      return [201, properties];
    }
    const [, , kind, first = '', second] = url.pathname.split('/');
    const id = kind === 'stores' ? (second ?? '') : first;
    const image = this.images.get(id);
    if (!image) {
      throw new Refusal(404, `Failed to find image ${id}`);
    }
    switch (call.replace(id, 'ID')) {
      case 'GET /v2/images/ID':
        return [200, this.view(image)];
      case 'GET /v2/images/ID/tasks':
        return [200, { tasks: image.tasks }];
      case 'PUT /v2/images/ID/file':
        this.fill(image, data);
        this.put(image, String(headers['x-image-meta-store']));
        image.properties.status = 'active';
        return [204];
      case 'POST /v2/images/ID/import':
        return this.copy(image, json as { stores: string[]; all_stores_must_succeed?: boolean });
      case 'DELETE /v2/images/ID':
        image.stores.forEach((store) => fs.rmSync(this.file(image, store)));
        this.images.delete(id);
        return [204];
      default:
        return this.deleteCopy(image, first);
    }
  }

  private authenticate(body: {
    auth?: { identity: { password: { user: { password: string } } } };
  }): [number, object] {
    if (body.auth?.identity.password.user.password !== this.password) {
      throw new Refusal(401, 'The request you have made requires authentication.');
    }
    this.expired = false;
    const catalog = Object.entries({ image: this.url, ...this.services }).map(([type, url]) => ({
      type,
      endpoints: ['admin', 'public', 'internal'].map((name) => ({
        interface: name,
        region: 'regionOne',
        url: name === 'admin' ? 'http://127.0.0.1:9' : url,
      })),
    }));
    return [201, { token: { catalog } }];
  }

  /** The cache's middleware of Wallaby's glance-api (glance api/middleware/cache.py, cache_manage.py). */
  private answerFromCache(call: string, cache: FakeCache): [number, object?] {
    const { cached, queued } = cache;
    const [verb, id = ''] = call.split(/ \/v2\/(?:cached_images|queued_images|images)\/?/);
    const image = this.images.get(id.replace('/file', ''));
    if (call === 'GET /v2/cached_images') {
      const shown = [...cached].map(([name, hits]) => ({ image_id: name, hits, size: 1 }));
      this.listed(cache);
      return [200, { cached_images: shown }];
    }
    if (call === 'GET /v2/queued_images') {
      const shown = [...queued];
      this.listed(cache);
      return [200, { queued_images: shown }];
    }
    if (!image) {
      throw new Refusal(404, `Failed to find image ${id}`);
    }
    if (verb === 'PUT') {
      queued.add(id);
      if (!cache.fetchesAfterList) {
        setTimeout(() => this.fetched(id, cache), this.fetchSeconds * 1000);
      }
      return [200];
    }
    if (verb === 'DELETE') {
      (call.includes('cached') ? cached : queued).delete(id);
      return [200];
    }
    const key = image.properties.id;
    const hits = cached.get(key);
    cached.set(key, hits === undefined ? 0 : hits + 1);
    return [200, (hits !== undefined && cache.spoilt.get(key)) || image.data];
  }

  private listed(cache: FakeCache): void {
    if (cache.fetchesAfterList) {
      [...cache.queued].forEach((id) => this.fetched(id, cache));
    }
  }

  private fetched(id: string, cache: FakeCache): void {
    if (cache.queued.delete(id) && !cache.broken) {
      cache.cached.set(id, 0);
    }
  }

  private view({ properties, stores }: Image): object {
    return { ...properties, ...(stores.length > 0 && { stores: stores.join(',') }) };
  }

  /** The import method copy-image: its checks in Glance's order, then one store after the other. */
  private copy(image: Image, body: { stores: string[]; all_stores_must_succeed?: boolean }): [number] {
    if (image.properties.status !== 'active') {
      throw new Refusal(409, 'Only images with status active can be targeted for copying');
    }
    if (image.properties.os_glance_import_task) {
      throw new Refusal(
        409,
        'New operation on image is not permitted as prior operation is still in progress',
      );
    }
    const unknown = body.stores.find((store) => !this.stores.includes(store));
    if (unknown) {
      throw new Refusal(409, `Store for identifier ${unknown} not found`);
    }
    const present = body.stores.find((store) => image.stores.includes(store));
    if (present) {
      throw new Refusal(400, `Image is already present at store '${present}'`);
    }
    const id = randomUUID();
    image.properties.os_glance_import_task = id;
    image.tasks.push({
      id,
      status: 'processing',
      message: '',
      updated_at: new Date().toISOString().replace('Z', ''),
    });
    void this.import(image, body.stores, body.all_stores_must_succeed ?? true);
    return [202];
  }

  private async import(image: Image, stores: string[], allMustSucceed: boolean): Promise<void> {
    const task = image.tasks.at(-1) as Image['tasks'][number];
    await sleep(0.05);
    const properties = image.properties as Properties;
    Object.assign(properties, {
      os_glance_importing_to_stores: stores.join(','),
      os_glance_failed_import: '',
    });
    const failed: string[] = [];
    for (const [index, store] of stores.entries()) {
      await sleep(this.copySeconds);
      if (this.failing.has(store)) {
        failed.push(store);
        task.message = `no route to ${store}`;
      } else {
        this.put(image, store);
      }
      properties.os_glance_importing_to_stores = stores.slice(index + 1).join(',');
      properties.os_glance_failed_import = failed.join(',');
    }
    if (allMustSucceed && failed.length > 0) {
      image.stores = image.stores.filter((store) => !stores.includes(store));
    }
    // The store list is empty some time before the lock goes, and the task says success whatever became of the stores.
    await sleep(0.1);
    task.status = 'success';
    delete properties.os_glance_import_task;
  }

  private deleteCopy(image: Image, store: string): [number] {
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
    if (fs.existsSync(path.join(this.home, 'ceph', store, 'children', image.properties.id))) {
      throw new Refusal(409, 'The data for Image could not be deleted because it is in use');
    }
    image.stores = image.stores.filter((one) => one !== store);
    fs.rmSync(this.file(image, store));
    return [204];
  }
}
