import { stringify } from 'yaml';
import { copyRules } from '../../model/tripleo/glance';
import { FakeGlance } from './fakeGlance';
import { type FakeFlavor, FakeNova } from './fakeNova';
import { type Ended, type TestUndercloud, within } from './undercloud';

/** The undercloud of a test, and its control plane with stores central, dcn0 and dcn1; sites dcn0 and dcn1 have a compute. */
export interface Here {
  here: TestUndercloud;
  glance: FakeGlance;
  nova: FakeNova;
}

export const rbd = 'nova::compute::rbd::';
const glanceApi = 'tripleo::profile::base::glance::api::';

/** Writes the puppet data of a site's computes as the stack phase does, with changes. */
export function writePuppetData(
  here: TestUndercloud,
  site: string,
  changes: Record<string, unknown> = {},
): void {
  const data = {
    [`${rbd}ephemeral_storage`]: true,
    [`${rbd}libvirt_images_rbd_glance_store_name`]: site,
    [`${rbd}libvirt_images_rbd_glance_copy_timeout`]: 600,
    [`${rbd}libvirt_rbd_secret_key`]: 'AQCsecretsecretsecretsecretsecretsecre==',
    'nova::workarounds::never_download_image_if_on_rbd': false,
    [`${glanceApi}glance_backend_id`]: site,
    [`${glanceApi}multistore_config`]: { central: { GlanceBackend: 'rbd' } },
    'glance::policy::policies': { 'glance-copy_image': { key: 'copy_image', value: copyRules.public } },
    'nova::glance::endpoint_override': "http://%{hiera('internal_api_uri')}:9292",
  };
  here.write(
    `overcloud-deploy/${site}/config-download/${site}/group_vars/DistributedComputeHCI`,
    stringify({
      service_names: ['ceph_osd', 'glance_api_edge', 'nova_compute'],
      service_configs: data,
      extraconfig: { 'nova::workarounds::never_download_image_if_on_rbd': true },
      role_extraconfig: changes,
    }),
  );
  here.write(`overcloud-deploy/${site}/config-download/${site}/group_vars/overcloud.json`, '{}');
}

/** A flavor that all projects may use. */
export const flavor = (id: string, name: string): FakeFlavor => ({
  id,
  name,
  disk: 10,
  'os-flavor-access:is_public': true,
});

/** Writes the puppet data of the control plane's glance-api as the stack phase does, with a rule of the policy copy_image. */
export function writeCopyRule(here: TestUndercloud, rule: string): void {
  here.write(
    'overcloud-deploy/control-plane/config-download/control-plane/group_vars/Controller',
    stringify({
      service_names: ['glance_api'],
      service_configs: {
        'glance::policy::policies': { 'glance-copy_image': { key: 'copy_image', value: rule } },
      },
      extraconfig: {},
      role_extraconfig: {},
    }),
  );
}

/** A test's body with the kit and a control plane as in `Here`. */
export function lab(work: (at: Here) => Promise<void>): () => Promise<void> {
  return within(async (here) => {
    const glance = new FakeGlance(here.home);
    const nova = new FakeNova(here.home);
    await Promise.all([glance.open(), nova.open()]);
    glance.services = nova.catalog;
    glance.stores = ['central', 'dcn0', 'dcn1'];
    nova.zones = { dcn0: { 'dcn0-hci-0': true }, dcn1: { 'dcn1-hci-0': true } };
    const own = { site: 'control-plane', store: 'central', cluster: 'central' };
    here.write('dcn/dev/stores/own/central.json', JSON.stringify(own));
    for (const site of ['dcn0', 'dcn1']) {
      writePuppetData(here, site);
      here.write(`dcn/dev/${site}/known_hosts`, `10.0.0.31 ssh-ed25519 AAAA\n`);
    }
    try {
      await work({ here, glance, nova });
    } finally {
      await Promise.all([glance.close(), nova.close()]);
    }
  });
}

/** The document of a server at a site. */
export const serverDocument = (site: string, more: object = {}): string =>
  stringify({
    site,
    zone: site,
    image: 'guest',
    cluster: site,
    node: { name: `${site}-hci-0`, address: '10.0.0.31' },
    ...more,
  });
export const boot = ({ here }: Here, more: object = {}): Promise<Ended> =>
  here.kit(['servers', 'boot'], serverDocument('dcn0', { name: 'vm1', ...more }));
export const prove = ({ here }: Here, more: object = {}): Promise<Ended> =>
  here.kit(['servers', 'prove'], serverDocument('dcn0', more));
/** The JSON that a call of the kit printed. */
export const answerOf = ({ stdout }: Ended): Record<string, unknown> =>
  JSON.parse(stdout) as Record<string, unknown>;
