import * as fc from 'fast-check';
import { planLab, planSite, type SitePlan } from '../../model';
import { edge, lab, labs, plan, runs } from './anyLab';

test('removing, changing or adding a site changes no byte of the other sites', () => {
  fc.assert(
    fc.property(labs, fc.nat(), edge('dcn950'), (sites, pick, other) => {
      const names = Object.keys(sites).filter((name) => name.startsWith('dcn'));
      const chosen = names[pick % names.length]!;
      const without = Object.fromEntries(Object.entries(sites).filter(([name]) => name !== chosen));
      const changed = { ...sites, [chosen]: other };
      const more = { ...sites, dcn951: { nodes: { 'x-0': 'DistributedComputeHCI' } } };
      const text = (from: SitePlan[]) =>
        from
          .filter((site) => site.name !== chosen && site.name !== 'dcn951')
          .map((site) => JSON.stringify(site));
      expect(text(plan(without))).toEqual(text(plan(sites)));
      expect(text(plan(changed))).toEqual(text(plan(sites)));
      expect(text(plan(more))).toEqual(text(plan(sites)));
    }),
    runs,
  );
});

test('the order of sites in the file does not matter: the sites that others build on come first', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      const reversed = Object.fromEntries(Object.entries(sites).reverse());
      const sorted = (from: SitePlan[]) => [...from].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(sorted(plan(reversed))).toEqual(sorted(plan(sites)));
      const first = plan(reversed).map(({ name }) => name);
      expect(first[0]).toBe('external-ceph' in sites ? 'external-ceph' : 'control-plane');
      expect(first.indexOf('control-plane')).toBe('external-ceph' in sites ? 1 : 0);
    }),
    runs,
  );
});

test('the plan of one site is the same as in the plan of the lab', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      const whole = lab(sites);
      for (const site of planLab(whole).sites) {
        expect(planSite(whole, site.name)).toEqual(site);
      }
    }),
    runs,
  );
});
