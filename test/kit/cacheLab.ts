import { stringify } from 'yaml';
import type { FakeCache } from './fakeCache';
import { FakeGlance } from './fakeGlance';
import { type TestUndercloud, within } from './undercloud';

/** What a test has: the kit, the control plane's Glance, and the caches of nodes a, b (site dcn0) and c (site dcn1). */
export interface Here {
  here: TestUndercloud;
  glance: FakeGlance;
  caches: { a: FakeCache; b: FakeCache; c: FakeCache };
}

const sites: Record<string, string[]> = { dcn0: ['a', 'b'], dcn1: ['c'] };
const api: Record<string, string> = { a: '127.0.0.2', b: '127.0.0.3', c: '127.0.0.4' };
const node = (name: string): object => ({
  name,
  address: `10.0.0.${name}`.replace(name, api[name]!.slice(-1)),
  api: api[name],
});
/** Document of `caches keep` of a site. */
export const cacheDocument = (site: string, limitBytes = 64 << 20): string =>
  stringify({
    site,
    limitBytes,
    nodes: (sites[site] as string[]).map(node),
    after: { 'overcloud-config': 'x' },
    hosts: { a: 'id' },
  });

/** A test's body with a control plane on Swift and two sites whose nodes are reached, but have no caches on record yet. */
export function bare(work: (at: Here) => Promise<void>): () => Promise<void> {
  return within(async (here) => {
    const glance = new FakeGlance(here.home);
    await glance.open();
    glance.stores = ['swift'];
    const store = {
      site: 'control-plane',
      store: 'swift',
      description: 'x',
      stack: 'control-plane',
      control: 'control-plane',
    };
    expect((await here.kit(['stores', 'record'], stringify(store))).code).toBe(0);
    for (const [site, names] of Object.entries(sites)) {
      const keys = names.map((name) => `10.0.0.${api[name]!.slice(-1)} ssh-ed25519 AAAA\n`);
      here.write(`dcn/dev/${site}/known_hosts`, keys.join(''));
    }
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => glance.edge(api[name] as string)));
    try {
      await work({ here, glance, caches: { a, b, c } as Here['caches'] });
    } finally {
      await glance.close();
    }
  });
}

/** The same with their caches on record. */
export function lab(work: (at: Here) => Promise<void>): () => Promise<void> {
  return bare(async (at) => {
    for (const site of Object.keys(sites)) {
      expect(await at.here.kit(['caches', 'keep'], cacheDocument(site))).toMatchObject({ code: 0 });
    }
    await work(at);
  });
}
