import * as fc from 'fast-check';
import { IPv4 } from 'ipaddr.js';
import { parse } from 'yaml';
import { type NodePlan, type SitePlan, type SubnetPlan } from '../../model';
import { effective, labs, names, overclouds, plan, runs, step } from './anyLab';

function isIn(address: string, cidr: string): boolean {
  return IPv4.parse(address).match(IPv4.parseCIDR(cidr));
}

/** The subnets of a site, and those of its racks. */
function subnetsOf({ subnets, racks = [] }: SitePlan): SubnetPlan[] {
  return [...subnets, ...racks.flatMap((rack) => rack.subnets)];
}

/** The subnet of a network that a node is in: that of its rack, or the site's own. */
function subnetOf(site: SitePlan, { rack }: NodePlan, network: string): SubnetPlan {
  const subnets = rack === undefined ? site.subnets : site.racks?.find(({ name }) => name === rack)?.subnets;
  return subnets?.find((candidate) => candidate.network === network) as SubnetPlan;
}

test('no address is given twice, and each node’s is in its site’s or rack’s subnet, outside the pool', () => {
  fc.assert(
    fc.property(labs, names, (sites, named) => {
      const taken = new Set<string>();
      const take = (address: string) => {
        if (taken.has(address)) {
          throw new Error(`${address} is given twice`);
        }
        taken.add(address);
      };
      for (const site of plan(sites, named)) {
        for (const subnet of subnetsOf(site)) {
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
            const subnet = subnetOf(site, node, network);
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
    fc.property(labs, names, (sites, named) => {
      const cidrs = plan(sites, named).flatMap((site) => subnetsOf(site).map((subnet) => subnet.cidr));
      expect(new Set(cidrs).size).toBe(cidrs.length);
    }),
    runs,
  );
});

test('TripleO takes the networks of a role from the subnets that all its nodes are in', () => {
  fc.assert(
    fc.property(labs, names, (sites, named) => {
      for (const site of overclouds(plan(sites, named))) {
        const parameters = effective(site);
        const words = step(site, 'roles-generate').commands[1] ?? [];
        const data = parse(step(site, 'network-provision').files[`${site.name}/network_data.yaml`]!) as {
          name: string;
          name_lower: string;
          service_net_map_replace?: string;
          subnets: Record<string, { ip_subnet: string }>;
        }[];
        for (const node of site.nodes) {
          const ctlplane = parameters[`${node.role}ControlPlaneSubnet`] ?? 'ctlplane-subnet';
          expect(ctlplane).toBe(subnetOf(site, node, 'ctlplane').name);
          for (const { name, name_lower, service_net_map_replace: network = name_lower, subnets } of data) {
            const given = [`${node.role}/${name}`, name].map((key) =>
              words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1),
            );
            const subnet = given.find((value) => value !== undefined) ?? `${network}_subnet`;
            const own = subnetOf(site, node, network);
            if (node.addresses[own?.network] !== undefined) {
              expect({ subnet, cidr: subnets[subnet]?.ip_subnet }).toEqual({
                subnet: own.name,
                cidr: own.cidr,
              });
            }
          }
        }
      }
    }),
    runs,
  );
});
