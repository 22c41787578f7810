import * as fs from 'node:fs';
import * as path from 'node:path';
import { parse, stringify } from 'yaml';
import { FakeGlance } from './fakeGlance';
import { type Ended, type Running, type TestUndercloud, until, within } from './undercloud';

/** A test's body with its own undercloud and its own Glance of a control plane. */
export function lab(work: (here: TestUndercloud, glance: FakeGlance) => Promise<void>): () => Promise<void> {
  return within(async (here) => {
    const glance = new FakeGlance(here.home);
    await glance.open();
    try {
      await work(here, glance);
    } finally {
      await glance.close();
    }
  });
}

/** The store files of the control plane. */
export const fragments = {
  stores: 'control-plane/glance-dcn-stores.yaml',
  ceph: 'control-plane/dcn_ceph_external.yaml',
};
export const deploy = 'openstack overcloud deploy -y --stack control-plane';
export const stackRuns = (here: TestUndercloud): number => here.runs('control-plane/overcloud-stack');
export const configRuns = (here: TestUndercloud): number => here.runs('control-plane/overcloud-config');

/** Documents of the control plane's jobs. */
export const controlPlane = {
  network: (here: TestUndercloud): string =>
    here.job('control-plane/network-provision', { commands: ['openstack overcloud network provision'] }),
  stack: (here: TestUndercloud): string =>
    here.job('control-plane/overcloud-stack', {
      commands: [`${deploy} --stack-only`],
      fragments,
      lock: 'heat',
      teardown: ['openstack overcloud delete -y control-plane'],
    }),
  config: (here: TestUndercloud): string =>
    here.job('control-plane/overcloud-config', { commands: [`${deploy} --config-download-only`] }),
};

/** Deploys the control plane as its own stack does. @param more keys of its store's document */
export async function deployControlPlane(here: TestUndercloud, more: object = {}): Promise<void> {
  for (const document of [controlPlane.network(here), controlPlane.stack(here), controlPlane.config(here)]) {
    await here.json(['job', 'run'], document);
  }
  await here.json(
    ['stores', 'record'],
    storeDocument(here, 'control-plane', { store: 'central', cluster: 'central', ...more }),
  );
}

/** Writes the inventory and host keys of a site, as `nodes wait` does. `hosts`: name -> address. */
export function writeInventory(here: TestUndercloud, site: string, hosts: Record<string, string>): void {
  const record = Object.entries(hosts).map(([name, address]) => [
    name,
    { instanceId: name, devices: [], address },
  ]);
  here.write(`dcn/dev/${site}/hosts.json`, JSON.stringify(Object.fromEntries(record)));
  const keys = Object.values(hosts).map((address) => `${address} ssh-ed25519 AAAA\n`);
  here.write(`dcn/dev/${site}/known_hosts`, keys.join(''));
}

/** Deploys the control plane, registers dcn0 and dcn1, and adds both to Glance. */
export async function deployWithSites(here: TestUndercloud, glance: FakeGlance): Promise<void> {
  await deployControlPlane(here);
  await Promise.all(['dcn0', 'dcn1'].map((site) => here.json(['stores', 'announce', site])));
  // The first waits only until the second has come, however slowly the machine starts the second.
  await Promise.all(['dcn0', 'dcn1'].map((site) => register(here, site, 60).ended));
  glance.stores = ['central', 'dcn0', 'dcn1'];
}

/** A store's document. Also writes the host key of the site's node. */
export function storeDocument(here: TestUndercloud, site: string, more: object = {}): string {
  const document = {
    nodes: { node: 'instance-1' },
    site,
    store: site,
    description: `${site} rbd glance store`,
    cluster: site,
    stack: site,
    node: { name: 'oc0-ceph-4', address: '10.0.0.30' },
    pools: ['images', 'volumes', 'vms'],
    control: 'control-plane',
    after: { 'ceph-deploy': 'a1' },
    ...more,
  };
  here.write(`dcn/dev/${site}/known_hosts`, `${document.node.address} ssh-ed25519 AAAA\n`);
  return stringify(document);
}

/** Registers the store of a site. */
export const register = (here: TestUndercloud, site: string, grace = 1, more: object = {}): Running =>
  here.start(['stores', 'register', '--grace', String(grace)], storeDocument(here, site, more));

/** Marks a site as being taken down, until the input of the returned call ends. */
export async function leave(here: TestUndercloud, site: string): Promise<Running> {
  const running = here.open(['site', 'leave', site]);
  await until(() => isLeaving(here, site), `${site} to leave`);
  return running;
}
const isLeaving = (here: TestUndercloud, site: string): boolean =>
  fs.existsSync(path.join(here.lab(), 'stores', 'announced', `${site}.going`));

/** Log of the latest update of the control plane; '' between two runs. */
export const updateLog = (here: TestUndercloud): string => {
  const file = 'dcn/dev/jobs/stores/update/log';
  try {
    return here.read(file);
  } catch {
    return '';
  }
};
export const startWithdraw = (here: TestUndercloud, site: string): Running =>
  here.start(['stores', 'withdraw', '--grace', '1'], storeDocument(here, site));
export const withdraw = (here: TestUndercloud, site: string): Promise<Ended> =>
  startWithdraw(here, site).ended;

/** The content of the store files that the control plane was last deployed with. */
export const composedFiles = (here: TestUndercloud): { stores: object; clusters: string[] } => {
  const yaml = (file: string): Record<string, unknown> =>
    (parse(here.read(`dcn/dev/${file}`)) as { parameter_defaults: Record<string, unknown> })
      .parameter_defaults;
  return {
    stores: yaml(fragments.stores).GlanceMultistoreConfig as object,
    clusters: (yaml(fragments.ceph).CephExternalMultiConfig as { cluster: string }[]).map(
      ({ cluster }) => cluster,
    ),
  };
};

/** Configuration of a site's store in these files. */
export const storeConfig = (site: string): object => ({
  GlanceBackend: 'rbd',
  GlanceStoreDescription: `${site} rbd glance store`,
  CephClusterName: site,
});
