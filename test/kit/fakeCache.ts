import type { Image } from './fakeImages';

/** The cache of one edge node's glance-api. */
export class FakeCache {
  /** Image id -> hits. */
  readonly cached = new Map<string, number>();
  readonly queued = new Set<string>();
  /** Seconds until a queued image has been fetched. */
  fetchSeconds = 0.2;
  /** Image id -> data that the cache has instead of the image's. */
  readonly spoilt = new Map<string, Buffer>();
  /** Fetches fail: a queued image leaves the queue and is not cached. */
  broken = false;
  /** Connections end after half of an image's data. */
  cutsData = false;
  /** Queued images are cached as soon as one of the two lists has been read, instead of after `fetchSeconds`. */
  fetchesAfterList = false;

  /** Answers a request as the cache's middleware of Wallaby's glance-api (glance api/middleware/cache.py, cache_manage.py). */
  answer(call: string, find: (id: string) => Image): [number, object?] {
    const { cached, queued } = this;
    if (call === 'GET /v2/cached_images') {
      const shown = [...cached].map(([name, hits]) => ({ image_id: name, hits, size: 1 }));
      this.listed();
      return [200, { cached_images: shown }];
    }
    if (call === 'GET /v2/queued_images') {
      const shown = [...queued];
      this.listed();
      return [200, { queued_images: shown }];
    }
    const [verb, id = ''] = call.split(/ \/v2\/(?:cached_images|queued_images|images)\/?/);
    const image = find(id.replace('/file', ''));
    if (verb === 'PUT') {
      queued.add(id);
      if (!this.fetchesAfterList) {
        setTimeout(() => this.fetched(id), this.fetchSeconds * 1000);
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
    return [200, (hits !== undefined && this.spoilt.get(key)) || image.data];
  }

  private listed(): void {
    if (this.fetchesAfterList) {
      [...this.queued].forEach((id) => this.fetched(id));
    }
  }

  private fetched(id: string): void {
    if (this.queued.delete(id) && !this.broken) {
      this.cached.set(id, 0);
    }
  }
}
