import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { FakeGlance } from './fakeGlance';
import { type Ended, type TestUndercloud, within } from './undercloud';

/** A test's body with a control plane whose stores central, dcn0 and dcn1 are on record at the kit. */
export function lab(work: (here: TestUndercloud, glance: FakeGlance) => Promise<void>): () => Promise<void> {
  return within(async (here) => {
    const glance = new FakeGlance(here.home);
    await glance.open();
    glance.stores = ['central', 'dcn0', 'dcn1'];
    for (const [index, store] of glance.stores.entries()) {
      const site = store === 'central' ? 'control-plane' : store;
      const node = { name: `node-${index}`, address: `10.0.0.3${index}` };
      const record = {
        site,
        store,
        description: store,
        cluster: store,
        stack: site,
        node,
        pools: [],
        digest: 'x',
      };
      here.write(`dcn/dev/stores/${store === 'central' ? 'own/' : ''}${store}.json`, JSON.stringify(record));
      here.write(`dcn/dev/${site}/known_hosts`, `10.0.0.3${index} ssh-ed25519 AAAA\n`);
    }
    try {
      await work(here, glance);
    } finally {
      await glance.close();
    }
  });
}

/** The document of a generated image for all stores. */
export const generated = (name: string, more: object = {}): object => ({
  name,
  source: { made: { sizeMiB: 5, seed: 'one' } },
  diskFormat: 'raw',
  stores: ['central', 'dcn0', 'dcn1'],
  ...more,
});
export const ensure = (here: TestUndercloud, document: object): Promise<Ended> =>
  here.kit(['images', 'ensure'], stringify(document));
/** Puts the control plane on record: it counts as standing when its stack phase has run here. */
export async function deployedOnRecord(here: TestUndercloud): Promise<void> {
  await here.run(here.job('control-plane/overcloud-stack', { commands: ['openstack overcloud deploy'] }));
}
export const sha512 = (data: Buffer): string => createHash('sha512').update(data).digest('hex');
/** Makes the fake `rbd` list clones of an image in a store. */
export const addClone = (here: TestUndercloud, store: string, id: string, names = ['server-1_disk']): void =>
  here.write(
    `ceph/${store}/children/${id}`,
    JSON.stringify(names.map((image) => ({ id: '1', pool: 'vms', pool_namespace: '', image, trash: false }))),
  );
