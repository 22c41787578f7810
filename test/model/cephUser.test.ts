import { parse } from 'yaml';
import {
  changedValues,
  keptValues,
  type Lab,
  parseLab,
  planFiles,
  planLab,
  planSite,
  type SitePlan,
} from '../../model';
import { labText, smallEdge } from './labs';

const labOf = (text: string): Lab => parseLab('dev', text);

/** A file of a site's step, parsed. */
function fileOf({ name, steps }: SitePlan, file: string): unknown {
  const text = steps.map(({ files }) => files[`${name}/${file}`]).find((found) => found !== undefined);
  return text && parse(text);
}

describe('the user of a cluster’s clients', () => {
  const parametersOf = (site: SitePlan, file: string) =>
    (fileOf(site, file) as { parameter_defaults: Record<string, unknown> }).parameter_defaults;
  const commandOf = (site: SitePlan, name: string) =>
    site.steps.find((step) => step.name === name)?.commands.map((argv) => argv.join(' ')) ?? [];
  const control = '{ ceph: { user: core }, nodes: { c-0: Controller, s-0: CephStorage, n-0: Compute } }';
  const edges =
    '    dcn0: { ceph: { user: edge.0 }, nodes: { h-0: DistributedComputeHCI } }\n' +
    '    dcn1: { stack: far, nodes: { h-1: DistributedComputeHCI } }\n' +
    '    dcn2: { ceph: { user: core }, nodes: { h-2: DistributedComputeHCI } }\n';
  const lab = labOf(labText({ controlPlane: control, edges }));
  const multistore = (site: string) =>
    parametersOf(planSite(lab, site), 'glance.yaml').GlanceMultistoreConfig;

  test('is that of the site’s services, of its export, and of the kit', () => {
    const site = planSite(lab, 'control-plane');
    expect(parametersOf(site, 'ceph.yaml').CephClientUserName).toBe('core');
    expect(commandOf(site, 'ceph-export')[0]).toContain(' --cephx-key-client-name core --output-file ');
    expect(site.store).toMatchObject({ clientUser: 'core' });
    expect(site.servers?.ceph).toMatchObject({ clientUser: 'core' });
  });

  test('stays TripleO’s default where the lab file has none', () => {
    const site = planSite(lab, 'dcn1');
    expect(parametersOf(site, 'ceph.yaml')).not.toHaveProperty('CephClientUserName');
    expect(site.store).not.toHaveProperty('clientUser');
  });

  test('is in the entry of a store where it differs from that of the site’s own store', () => {
    const user = (name: string) => ({
      central: expect.objectContaining({ CephClientUserName: name }) as unknown,
    });
    expect([multistore('dcn0'), multistore('dcn1')]).toEqual([user('core'), user('core')]);
    expect(multistore('dcn2')).toEqual({
      central: {
        GlanceBackend: 'rbd',
        GlanceStoreDescription: 'central rbd glance store',
        CephClusterName: 'central',
      },
    });
  });

  test('has an export of its own, because the client takes one user for all stacks', () => {
    const folder = planFiles(planLab(lab))['control-plane'] as Record<string, string>;
    const stores = parse(folder['registered/glance-dcn-stores.yaml'] as string) as {
      parameter_defaults: { GlanceMultistoreConfig: Record<string, { CephClientUserName?: string }> };
    };
    const users = Object.entries(stores.parameter_defaults.GlanceMultistoreConfig);
    expect(users.map(([id, { CephClientUserName }]) => [id, CephClientUserName])).toEqual([
      ['dcn0', 'edge.0'],
      ['dcn1', 'openstack'],
      ['dcn2', undefined],
    ]);
    const script = (folder['registered/commands.sh'] as string).replaceAll(/ \\\n +/g, ' ');
    const target = '/home/stack/dcn/dev/control-plane/dcn_ceph_external.yaml';
    const exported = 'openstack overcloud export ceph -f --stack';
    expect(script).toContain(
      [
        `${exported} dcn2 --cephx-key-client-name core --output-file ${target}.core`,
        `${exported} dcn0 --cephx-key-client-name edge.0 --output-file ${target}.edge.0`,
        `${exported} far --output-file ${target}.openstack`,
        `python3 /home/stack/dcn/dev/kit ceph combine --output ${target} ${target}.core ${target}.edge.0 ${target}.openstack`,
      ].join('\n'),
    );
  });

  test('has its key and capabilities in the variables of a cluster without an overcloud', () => {
    const external = '    external-ceph: { ceph: { user: core }, nodes: { e-0: CephAll } }\n';
    const site = planSite(
      labOf(labText({ controlPlane: '{ nodes: { c-0: Controller } }', edges: `${external}${smallEdge}` })),
      'external-ceph',
    );
    expect(fileOf(site, 'ceph_vars.yaml')).toMatchObject({ tripleo_cephadm_keys: [{ name: 'client.core' }] });
    expect(commandOf(site, 'ceph-export')[1]).toContain(' --cephx-key-client-name core ');
  });

  test('is looked for in a cluster that exists already, by its keyring', () => {
    const existing =
      'existing: { fsid: 4b5c8c0a-ff60-454b-a1b4-9747aa737d19, monitors: [192.0.2.1], keyring: /home/stack/k }';
    const external = `    external-ceph: { ceph: { user: core, ${existing} } }\n`;
    const made = labOf(
      labText({ controlPlane: '{ nodes: { c-0: Controller } }', edges: `${external}${smallEdge}` }),
    );
    expect(commandOf(planSite(made, 'external-ceph'), 'ceph-export')[0]).toMatch(
      / --user core --keyring .* --client-keyring \S*central\.client\.core\.keyring/,
    );
    expect(planSite(made, 'control-plane').store).toMatchObject({
      client: { user: 'core' },
      clientUser: 'core',
    });
  });

  test('cannot change while the site is up, also where an earlier version has brought the site up', () => {
    const was = Object.fromEntries(keptValues(lab, 'dcn0').map(({ place, value }) => [place, value]));
    expect(changedValues(lab, 'dcn0', was)).toEqual([]);
    const { 'sites.dcn0.ceph.user': user, ...earlier } = was;
    expect(user).toBe('edge.0');
    for (const before of [{ ...earlier, 'sites.dcn0.ceph.user': 'openstack' }, earlier, undefined]) {
      expect(changedValues(lab, 'dcn0', before).map(({ message }) => message)).toEqual([
        'glance-dcn:sites.dcn0.ceph.user: edge.0: the site was brought up with openstack, and libvirt opens the disks of ' +
          'servers as this user: write openstack again.',
      ]);
    }
  });
});
