import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { FakeCache } from './fakeCache';
import { FakeImports } from './fakeImports';
import { FakeKeystone } from './fakeKeystone';
import { answerMembers } from './imageMembers';
import { type Patch, type Properties, Refusal } from './imageFields';

/** Stands in for the control plane's Keystone and Glance, and for glance-apis of edge nodes with caches. */
export class FakeGlance extends FakeImports {
  /** Every request but those for tokens, as `METHOD path`, with its JSON. */
  readonly requests: { call: string; body: unknown }[] = [];
  /** How often it was asked for all images that are not hidden. */
  listsOfAll = 0;
  readonly keystone = new FakeKeystone();
  /** URLs of other services that the catalog has, by their type. */
  services: Record<string, string> = {};
  /**
   * Statuses that the next requests whose `METHOD path` matches get instead of an answer; 0: the connection breaks; -1: there is no
   * answer. done: the requests are carried out, and only their answers are lost. says: the text of the answers.
   */
  outages: { call: RegExp; statuses: number[]; done?: boolean; says?: string }[] = [];
  /** Called with `METHOD path` and the body of a request before the fake carries out the request. */
  before: (call: string, body: Buffer) => Promise<void> | void = () => undefined;
  /** Whether it refuses all connections. */
  down = false;
  /** Gets the words of requests by fake programs that act on the control plane, `/notice/WORD/…`. */
  notice: (words: string[]) => void = () => undefined;
  /** Largest image that may be uploaded, in bytes; Glance refuses larger ones before it has read them. */
  quota = Infinity;
  private readonly server = http.createServer((request, response) => void this.serve(request, response));
  private readonly edges: http.Server[] = [];

  /** Starts to listen, and writes the control plane's rc file as TripleO does. */
  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    fs.writeFileSync(path.join(this.home, 'glance-database'), `${this.url}/database`);
    fs.writeFileSync(
      path.join(this.home, 'control-planerc'),
      [
        '# Clear any old environment that may conflict.',
        `for key in $( set | awk -F= '/^OS_/ {print $1}' ); do unset "\${key}" ; done`,
        'export OS_AUTH_TYPE=password',
        `export OS_PASSWORD=${this.keystone.password}`,
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

  /** Starts a glance-api of an edge node at an address of this machine, at the port of the internal endpoint as in TripleO. */
  async edge(address: string): Promise<FakeCache> {
    const cache = new FakeCache();
    const server = http.createServer((request, response) => void this.serve(request, response, cache));
    const { port } = this.server.address() as AddressInfo;
    await new Promise<void>((resolve) => server.listen(port, address, resolve));
    this.edges.push(server);
    return cache;
  }

  /** Calls whose `METHOD path` matches. */
  calls(pattern: RegExp): { call: string; body: unknown }[] {
    return this.requests.filter(({ call }) => pattern.test(call));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private async serve(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    cache?: FakeCache,
  ): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const call = `${request.method} ${url.pathname}`;
    if (/^PUT .*\/file$/.test(call) && Number(request.headers['content-length']) > this.quota) {
      const text = 'Denying attempt to upload image because it exceeds the quota: The size of the data';
      response.writeHead(413, { Connection: 'close' }).end(`<html><body>${text}</body></html>`);
      return;
    }
    if (url.pathname.startsWith('/notice/')) {
      this.notice(url.pathname.split('/').slice(2));
      response.end();
      return;
    }
    if (this.down) {
      request.socket.destroy();
      return;
    }
    const data = await this.body(request, call);
    if (data === undefined) {
      return;
    }
    await this.before(call, data);
    // Programs in the container of glance-api see its database, and its options.
    if (url.pathname.startsWith('/database/')) {
      response.end(JSON.stringify(this.database(request.method ?? '', url.pathname)));
      return;
    }
    const json = /json/.test(request.headers['content-type'] ?? '')
      ? (JSON.parse(String(data)) as unknown)
      : undefined;
    const outage = this.outages.find((one) => one.statuses.length > 0 && one.call.test(call));
    const failure = outage?.statuses.shift();
    if (outage?.done) {
      this.carryOut(() => this.answer(call, url, request.headers, json, data, cache));
    }
    if (failure === -1) {
      return;
    }
    if (failure === 0) {
      request.socket.destroy();
      return;
    }
    try {
      if (failure !== undefined) {
        throw new Refusal(failure, outage?.says ?? 'No server is available to handle this request.');
      }
      if (call === 'POST /v3/auth/tokens') {
        const catalog = { image: this.url, identity: `${this.url}/v3`, ...this.services };
        const { token, body } = this.keystone.authenticate(json as object, catalog);
        response.writeHead(201, { 'X-Subject-Token': token }).end(JSON.stringify(body));
        return;
      }
      const [status, body] = this.answer(call, url, request.headers, json, data, cache);
      const text = body === undefined ? '' : Buffer.isBuffer(body) ? body : JSON.stringify(body);
      if (cache?.cutsData && Buffer.isBuffer(body)) {
        response.writeHead(status, { 'Content-Length': body.length });
        response.write(body.subarray(0, body.length / 2), () => response.destroy());
        return;
      }
      response.writeHead(status).end(text);
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

  /** Carries out a request whose answer, also a refusal, is lost. */
  private carryOut(request: () => unknown): void {
    try {
      request();
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
    }
  }

  /** The whole body of a request; undefined if the client has gone before its end. */
  private async body(request: http.IncomingMessage, call: string): Promise<Buffer | undefined> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) {
        chunks.push(chunk as Buffer);
      }
    } catch {
      const id = /^PUT \/v2\/images\/(.*)\/file$/.exec(call)?.[1];
      if (id !== undefined) {
        this.breakOff(id);
      }
      return undefined;
    }
    return Buffer.concat(chunks);
  }

  /** Glance's database, for programs that use it past the API. */
  private database(method: string, place: string): object {
    if (place === '/database/options') {
      return { image_location_quota: this.locationQuota === Infinity ? -1 : this.locationQuota };
    }
    const [, , , id = '', location = ''] = place.split('/');
    return method === 'DELETE' ? this.forgetLocation(id, location) : this.locations();
  }

  private answer(
    call: string,
    url: URL,
    headers: http.IncomingHttpHeaders,
    json: unknown,
    data: Buffer,
    cache?: FakeCache,
  ): [number, object?] {
    if (!this.keystone.knows(headers['x-auth-token'])) {
      throw new Refusal(401, 'This server could not verify that you are authorized');
    }
    this.requests.push({ call, body: json });
    if (cache) {
      return cache.answer(call, (id) => this.find(id));
    }
    const identity = this.keystone.answer(call, url, json);
    if (identity) {
      return identity;
    }
    if (call === 'GET /v2/info/stores') {
      return [200, { stores: this.stores.map((id) => ({ id, description: '' })) }];
    }
    if (call === 'GET /v2/images') {
      const isOfAll = ['name', 'marker'].every((key) => !url.searchParams.has(key));
      this.listsOfAll += isOfAll && url.searchParams.get('os_hidden') === 'false' ? 1 : 0;
      return [200, this.list(url.searchParams)];
    }
    if (call === 'POST /v2/images') {
      return [201, this.create(json as Properties & { name: string })];
    }
    const [, , kind, first = '', second, member] = url.pathname.split('/');
    const id = kind === 'stores' ? (second ?? '') : first;
    const image = this.find(id);
    if (second === 'members') {
      const given = json as { member?: string } | undefined;
      return answerMembers(image, call.split(' ')[0] as string, given?.member ?? member ?? '');
    }
    switch (call.replace(id, 'ID')) {
      case 'GET /v2/images/ID':
        return [200, this.view(image)];
      case 'PATCH /v2/images/ID':
        return [200, this.patch(image, json as Patch[])];
      case 'GET /v2/images/ID/tasks':
        return [200, { tasks: image.tasks }];
      case 'PUT /v2/images/ID/file':
        this.upload(image, data, String(headers['x-image-meta-store']));
        return [204];
      case 'POST /v2/images/ID/import':
        return this.copy(image, json as { stores: string[]; all_stores_must_succeed?: boolean });
      case 'DELETE /v2/images/ID':
        this.delete(image);
        return [204];
      default:
        return this.deleteCopy(image, first);
    }
  }
}
