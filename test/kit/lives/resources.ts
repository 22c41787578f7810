import { stringify } from 'yaml';
import { again, verbs } from '../../../kit/verbs';
import { ownAddress } from '../sshPort';
import { fragments, storeDocument } from '../storeLab';
import type { TestUndercloud } from '../undercloud';

/** A resource of Pulumi: a verb of the kit with its document, and the verb that undoes it. */
export interface Resource {
  name: string;
  words: readonly string[];
  /** The verb in place of `words` where the state has the resource already. */
  update?: readonly string[];
  undo?: readonly string[];
  document?: string;
}

/** The site of the control plane, and its stack. */
export const control = 'control-plane';
/** Seconds for which an update of the control plane waits for a silent site; kit time (pace.py). */
export const grace = ['--grace', '5'];

/** Name of the node of a site. */
export const hostOf = (site: string): string => `${site}-0`;
/** All sites that a life may have. */
export const sites = ['dcn0', 'dcn1', 'dcn2'];
/** Address of the node of a site, at which port 22 is open (lives.test.ts). */
export const addressOf = (site: string): string => ownAddress(2 + sites.indexOf(site));
const nodeOf = (site: string): { name: string; address: string } => ({
  name: hostOf(site),
  address: addressOf(site),
});

/** The control plane. */
export function controlPlaneResources(here: TestUndercloud): Resource[] {
  const deploy = `openstack overcloud deploy -y --stack ${control}`;
  return [
    checked(control),
    ready(control, 1),
    job(here, control, 'network-provision', { commands: ['openstack overcloud network provision'] }),
    job(here, control, 'overcloud-stack', {
      commands: [`${deploy} --stack-only`],
      fragments,
      lock: 'heat',
      teardown: [`openstack overcloud delete -y ${control}`],
      after: { 'network-provision': '1' },
    }),
    job(here, control, 'overcloud-config', {
      commands: [`${deploy} --config-download-only`],
      after: { 'overcloud-stack': '1' },
    }),
    {
      name: 'store',
      words: verbs.stores.record.words,
      undo: verbs.stores.withdraw.words,
      document: storeDocument(here, control, { store: 'central', cluster: 'central', node: nodeOf(control) }),
    },
    restored(control, ['network-provision', 'overcloud-stack', 'overcloud-config']),
  ];
}

/** A site. `change`: number of its latest change in the lab file. */
export function siteResources(here: TestUndercloud, site: string, change: number): Resource[] {
  const deploy = `openstack overcloud deploy -y --stack ${site}`;
  return [
    checked(site),
    { name: 'announcement', words: verbs.stores.announce(site).words },
    ready(site, change),
    job(here, site, 'ceph-deploy', { commands: [`openstack overcloud ceph deploy --stack ${site}`] }),
    job(here, site, 'overcloud-stack', {
      commands: [`${deploy} --stack-only`],
      files: { [`${site}/parameters.yaml`]: `change: ${change}\n` },
      lock: 'heat',
      results: [`${site}/export.yaml`],
      teardown: [`openstack overcloud delete -y ${site}`],
      after: { 'ceph-deploy': '1' },
    }),
    job(here, site, 'overcloud-config', {
      commands: [`${deploy} --config-download-only`],
      after: { 'overcloud-stack': String(change) },
    }),
    {
      name: 'store',
      words: [...verbs.stores.register.words, ...grace],
      undo: [...verbs.stores.withdraw.words, ...grace],
      document: storeDocument(here, site, {
        node: nodeOf(site),
        after: { 'overcloud-config': String(change) },
      }),
    },
    restored(site, ['ceph-deploy', 'overcloud-stack', 'overcloud-config']),
  ];
}

/** The undercloud before a site. As in components/site.ts, its undo ends a site whose hosts never became ready. */
function checked(site: string): Resource {
  return {
    name: 'undercloud',
    words: verbs.site.check.words,
    undo: verbs.site.close(site).words,
    document: stringify({ site, stack: site, subnets: [] }),
  };
}

/** The hosts of a site: one, with a disk for an OSD. As in components/site.ts, its undo ends the site. */
function ready(site: string, change: number): Resource {
  const node = { ...nodeOf(site), addresses: {}, osdDevices: ['/dev/vdb'] };
  const ntpServers = [`10.0.0.${change}`];
  return {
    name: 'ready',
    words: verbs.nodes.wait.words,
    update: again(verbs.nodes.wait).words,
    undo: verbs.site.close(site).words,
    document: stringify({ site, nodes: [node], ntpServers, limitMinutes: 0.5 }),
  };
}

/** Without undo, as in components/site.ts. */
function restored(site: string, steps: string[]): Resource {
  const words = [...verbs.site.restore(site).words, ...grace];
  return { name: 'restored', words, document: stringify({ steps }) };
}

/**
 * An image of the lab file.
 *
 * @param hosts by store: a text that names its hosts, as for stacks/images.ts; other hosts have an empty store
 */
export function imageResource(here: TestUndercloud, name: string, hosts: Record<string, string>): Resource {
  const source = { file: here.path(`sources/${name}`) };
  return {
    name,
    words: verbs.images.ensure(name).words,
    undo: verbs.images.removeAll.words,
    document: stringify({
      images: [{ name, source, diskFormat: 'raw', stores: Object.keys(hosts) }],
      after: hosts,
    }),
  };
}

/** Takes deletions of images back; without undo, as in components/imageSet.ts. */
export function restoredImages(names: string[]): Resource {
  return {
    name: 'restored images',
    words: verbs.images.restore.words,
    document: stringify({ images: names.sort() }),
  };
}

function job(
  here: TestUndercloud,
  site: string,
  step: string,
  fields: Parameters<TestUndercloud['job']>[1],
): Resource {
  // Minutes of kit time (pace.py) that a machine with much other work keeps.
  const limitMinutes = 60;
  return {
    name: step,
    words: verbs.job.run.words,
    undo: verbs.job.undo.words,
    document: here.job(`${site}/${step}`, { limitMinutes, ...fields }),
  };
}
