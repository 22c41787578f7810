import * as fc from 'fast-check';
import { IPv4 } from 'ipaddr.js';
import { parse } from 'yaml';
import { type SitePlan, type SubnetPlan } from '../../model';
import { labs, plan, runs, step } from './anyLab';

function isIn(address: string, cidr: string): boolean {
  return IPv4.parse(address).match(IPv4.parseCIDR(cidr));
}

test('no address is given twice, and each node’s is in its site’s subnet, outside the pool', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      const taken = new Set<string>();
      const take = (address: string) => {
        if (taken.has(address)) {
          throw new Error(`${address} is given twice`);
        }
        taken.add(address);
      };
      for (const site of plan(sites)) {
        for (const subnet of site.subnets) {
          take(subnet.gateway!);
          expect(subnet.routes.every(({ nexthop }) => nexthop === subnet.gateway)).toBe(true);
          expect(isIn(subnet.cidr.split('/')[0]!, subnet.routes[0]!.destination)).toBe(true);
        }
        for (const vip of vips(site)) {
          take(vip);
        }
        for (const node of site.nodes) {
          for (const [network, address] of Object.entries(node.addresses)) {
            take(address);
            const subnet = site.subnets.find((candidate) => candidate.network === network) as SubnetPlan;
            expect(isIn(address, subnet.cidr)).toBe(true);
            const last = (text: string) => Number(text.split('.')[3]);
            for (const { start, end } of subnet.pools) {
              expect(last(address) < last(start) || last(address) > last(end)).toBe(true);
            }
          }
        }
      }
    }),
    runs,
  );
});

function vips(site: SitePlan): string[] {
  if (site.kind === 'external-ceph') {
    return [];
  }
  const text = step(site, 'vip-provision').files[`${site.name}/vip_data.yaml`];
  return (parse(text!) as { ip_address: string }[]).map((vip) => vip.ip_address);
}

test('no two subnets of a network overlap', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      const cidrs = plan(sites).flatMap((site) => site.subnets.map((subnet) => subnet.cidr));
      expect(new Set(cidrs).size).toBe(cidrs.length);
    }),
    runs,
  );
});
