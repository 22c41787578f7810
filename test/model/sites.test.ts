import * as fc from 'fast-check';
import { planLab, planSite, type SitePlan } from '../../model';
import { edge, lab, labs, names, plan, runs } from './anyLab';

test('removing, changing or adding a site changes no byte of the other sites', () => {
  fc.assert(
    fc.property(labs, names, fc.nat(), edge('dcn950'), (sites, named, pick, other) => {
      const edges = Object.keys(sites).filter((name) => name.startsWith('dcn'));
      const chosen = edges[pick % edges.length]!;
      const without = Object.fromEntries(Object.entries(sites).filter(([name]) => name !== chosen));
      const changed = { ...sites, [chosen]: other };
      const more = { ...sites, dcn951: { nodes: { 'x-0': 'DistributedComputeHCI' } } };
      const text = (from: SitePlan[]) =>
        from
          .filter((site) => site.name !== chosen && site.name !== 'dcn951')
          .map((site) => JSON.stringify(site));
      expect(text(plan(without, named))).toEqual(text(plan(sites, named)));
      expect(text(plan(changed, named))).toEqual(text(plan(sites, named)));
      expect(text(plan(more, named))).toEqual(text(plan(sites, named)));
    }),
    runs,
  );
});

test('the order of sites in the file does not matter: the sites that others build on come first', () => {
  fc.assert(
    fc.property(labs, names, (sites, named) => {
      const reversed = Object.fromEntries(Object.entries(sites).reverse());
      const sorted = (from: SitePlan[]) => [...from].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(sorted(plan(reversed, named))).toEqual(sorted(plan(sites, named)));
      const first = plan(reversed, named).map(({ name }) => name);
      expect(first[0]).toBe('external-ceph' in sites ? 'external-ceph' : 'control-plane');
      expect(first.indexOf('control-plane')).toBe('external-ceph' in sites ? 1 : 0);
    }),
    runs,
  );
});

test('the plan of one site is the same as in the plan of the lab', () => {
  fc.assert(
    fc.property(labs, names, (sites, named) => {
      const whole = lab(sites, named);
      for (const site of planLab(whole).sites) {
        expect(planSite(whole, site.name)).toEqual(site);
      }
    }),
    runs,
  );
});
