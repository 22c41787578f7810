import * as fc from 'fast-check';
import { parse } from 'yaml';
import { composeStores, planLab, rbdStoresOf, roleAt, storeDefaults } from '../../model';
import {
  cachingLabs,
  environments,
  lab,
  labs,
  names,
  nodes,
  overclouds,
  plan,
  runs,
  type Sites,
  step,
} from './anyLab';

test('clients of the external cluster get its parameters, and none of a cluster of their own', () => {
  fc.assert(
    fc.property(labs, names, (sites, named) => {
      for (const site of overclouds(plan(sites, named))) {
        const { commands, files, inputs } = step(site, 'overcloud-stack');
        const order = environments(commands[0]!).join(' ');
        const client = !site.cluster;
        expect(client).toBe('external-ceph' in sites && site.kind !== 'edge');
        expect(order.includes(`/${site.name}/external-ceph.yaml`)).toBe(client);
        expect(order).not.toContain('/environments/external-ceph.yaml');
        expect(order.includes('cephadm')).toBe(!client);
        expect(order.includes('deployed-ceph')).toBe(!client);
        expect(site.steps.some(({ name }) => name === 'ceph-deploy')).toBe(!client);
        if (!client) {
          continue;
        }
        const text = files[`${site.name}/external-ceph.yaml`]!;
        const { parameter_defaults: parameters } = parse(text) as {
          parameter_defaults: Record<string, string>;
        };
        expect(parameters.CephClusterName).toBe('central');
        expect(inputs.map((file) => `/home/stack/dcn/dev/${file}`)).toContain(
          parameters.CephClientConfigVars,
        );
      }
    }),
    runs,
  );
});

test('the control plane has all stores, an edge site its own and the control plane’s', () => {
  type Glance = {
    parameter_defaults: {
      GlanceBackendID?: string;
      GlanceMultistoreConfig?: Record<string, { CephClusterName: string }>;
    };
  };
  fc.assert(
    fc.property(labs, names, (sites, named) => {
      const plans = plan(sites, named);
      const edgePlans = plans.filter((site) => site.kind === 'edge');
      const stores = rbdStoresOf(edgePlans);
      for (const site of overclouds(plans)) {
        const text = step(site, 'overcloud-stack').files[`${site.name}/glance.yaml`]!;
        const { GlanceBackendID, GlanceMultistoreConfig } = (parse(text) as Glance).parameter_defaults;
        expect(GlanceBackendID).toBe(site.store?.id ?? 'central');
        expect(Object.keys(GlanceMultistoreConfig ?? {})).toEqual(site.kind === 'edge' ? ['central'] : []);
      }
      const composed = (parse(composeStores(stores, storeDefaults)) as Glance).parameter_defaults
        .GlanceMultistoreConfig!;
      expect(Object.keys(composed).sort()).toEqual(edgePlans.map((site) => site.store!.id).sort());
      for (const site of edgePlans) {
        expect(composed[site.store!.id]!.CephClusterName).toBe(site.cluster!.name);
      }
      expect(composeStores([...stores].reverse(), storeDefaults)).toBe(composeStores(stores, storeDefaults));
    }),
    runs,
  );
});

test('in the topology cache Glance uses Swift everywhere, and our parameters come after TripleO’s that contradict them', () => {
  type Parameters = { parameter_defaults: Record<string, unknown> };
  // Every second site other than the control plane is without Ceph.
  const withoutCeph = (site: Sites[string], name: string) => ({
    ...site,
    racks: {},
    nodes: nodes(name, [['DistributedCompute', Object.keys(site.nodes ?? {}).length]]),
  });
  fc.assert(
    fc.property(cachingLabs, names, fc.boolean(), (sites, named, storage) => {
      const mixed = Object.fromEntries(
        Object.entries(sites).map(([name, site], position) => {
          if (name === 'control-plane') {
            const withCeph = { ...site, ceph: { cluster: 'control' } };
            return [name, storage ? withCeph : { nodes: { 'c-0': 'Controller' } }];
          }
          return [name, position % 2 === 0 ? withoutCeph(site, name) : site];
        }),
      );
      for (const site of planLab(lab(mixed, named, 'cache')).sites) {
        const edge = site.kind === 'edge';
        const { files, commands, inputs, fragments } = step(site, 'overcloud-stack');
        const order = environments(commands[0]!);
        const at = (file: string) => order.findIndex((path) => path.endsWith(file));
        const glance = (parse(files[`${site.name}/glance.yaml`]!) as Parameters).parameter_defaults;
        expect(glance).toMatchObject({ GlanceBackend: 'swift', GlanceBackendID: 'swift' });
        expect(glance.GlanceMultistoreConfig).toBeUndefined();
        expect([glance.GlanceCacheEnabled, glance.NovaDisableImageDownloadToRbd]).toEqual(
          edge ? [true, false] : [undefined, undefined],
        );
        expect(at('disable-swift.yaml')).toBe(-1);
        expect(at('glance.yaml')).toBeGreaterThan(
          Math.max(at('cephadm-rbd-only.yaml'), at('dcn-storage.yaml'), at('dcn.yaml')),
        );
        const ceph = site.nodes.some(({ role }) => roleAt(site, role).osd);
        expect([site.cluster !== undefined, at('cephadm-rbd-only.yaml') >= 0]).toEqual([ceph, ceph]);
        expect(at('dcn-storage.yaml') >= 0).toBe(edge && ceph);
        expect(at('dcn.yaml') >= 0).toBe(edge && !ceph);
        expect(site.cluster?.pools ?? []).not.toContain('images');
        expect([fragments, inputs.length]).toEqual([undefined, edge ? 1 : 0]);
        expect([site.store !== undefined, site.cache !== undefined]).toEqual([!edge, edge]);
      }
    }),
    runs,
  );
});
