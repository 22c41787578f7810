import * as fs from 'node:fs';
import type { FakeGlance } from './fakeGlance';
import { lab } from './imageLab';
import { writeInventory } from './storeLab';
import type { TestUndercloud } from './undercloud';

/** A lab whose clusters and Controllers the direct way can use. */
export const direct = (
  work: (here: TestUndercloud, glance: FakeGlance) => Promise<void>,
): (() => Promise<void>) =>
  lab(async (here, glance) => {
    writeInventory(here, 'control-plane', { 'node-0': '10.0.0.30' });
    glance.stores.forEach((store) => here.write(`ceph/${store}/fsid`, `fsid-of-${store}\n`));
    here.write('container-glance_api', '');
    here.write('counts-bytes', '');
    here.write('welcome', 'Welcome to a node.\n');
    await work(here, glance);
  });

/** Adds stores of sites until there are this many, dcn0, dcn1 and so on; gives them. */
export function sites(here: TestUndercloud, glance: FakeGlance, count: number): string[] {
  const stores = Array.from({ length: count }, (_, index) => `dcn${index}`);
  for (const [index, store] of stores.entries()) {
    if (glance.stores.includes(store)) {
      continue;
    }
    const record = JSON.parse(here.read('dcn/dev/stores/dcn1.json')) as object;
    const node = { name: `node-${index + 1}`, address: `10.0.0.${31 + index}` };
    here.write(
      `dcn/dev/stores/${store}.json`,
      JSON.stringify({ ...record, store, site: store, cluster: store, stack: store, node }),
    );
    here.write(`dcn/dev/${store}/known_hosts`, `${node.address} ssh-ed25519 AAAA\n`);
    here.write(`ceph/${store}/fsid`, `fsid-of-${store}`);
    glance.stores.push(store);
  }
  return stores;
}

/** Bytes that were sent to the node of a store. */
export const sent = (here: TestUndercloud, node: number): number => {
  const file = here.path(`sent-to-10.0.0.3${node}`);
  return fs.existsSync(file) ? fs.statSync(file).size : 0;
};

/** How often images were read in the cluster of a store. */
export const exportsAt = (here: TestUndercloud, store: string): number =>
  here
    .read('rbd-calls')
    .split('\n')
    .filter((line) => line.startsWith(`${store} export `)).length;

/** Ids of images with an unfinished copy in a store's pool. */
export const partsAt = (here: TestUndercloud, store: string): string[] =>
  fs
    .readdirSync(here.path(`ceph/${store}/images`))
    .flatMap((name) => /^(.*)\.glance-dcn-part$/.exec(name)?.[1] ?? [])
    .sort();
