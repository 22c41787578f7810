import {
  type Lab,
  type NodePlan,
  type SitePlan,
  type SubnetPlan,
  allSubnets,
  controlPlane,
  domainOf,
  isRemote,
  planLab,
  undercloudAddress,
} from '../model';
import { hostsLine } from './hosts/etcHosts';
import type { SiteNetwork } from './network/siteNetwork';

/** A lab as the sandbox builds it. */
export interface SandboxPlan {
  sites: SiteNetwork[];
  nodes: { node: NodePlan; site: SiteNetwork }[];
  /**
   * `address`: in the control plane's ctlplane subnet; `others`: further addresses; `port`: of its SSH server on this
   * machine's loopback.
   */
  undercloud: { address: string; others: string[]; port: number; user: string; site: SiteNetwork };
  /** DNS domain of the hosts. */
  domain: string;
  /** Lines of /etc/hosts for all hosts of the lab. */
  hostsLines: string[];
  /** The ctlplane subnets of all sites and racks, the control plane's own first. */
  ctlplane: SubnetPlan[];
}

/** Name of the undercloud's host. */
export const undercloudName = 'undercloud';

export function planSandbox(lab: Lab): SandboxPlan {
  const plan = planLab(lab);
  const sites = plan.sites.map((site) => siteNetwork(lab, site));
  const siteOf = new Map(sites.map((site) => [site.name, site]));
  const nodes = plan.sites.flatMap((site) =>
    site.nodes.map((node) => ({ node, site: siteOf.get(site.name) as SiteNetwork })),
  );
  const ctlplane = plan.sites
    .toSorted((a, b) => Number(b.name === controlPlane) - Number(a.name === controlPlane))
    .flatMap((site) => allSubnets(site).filter(({ network }) => network === 'ctlplane'));
  const address = undercloudAddress(ctlplane[0]!);
  // Where no router leads to the public end points, the undercloud is on their network itself.
  const others = plan.sites
    .flatMap(({ subnets }) => subnets)
    .filter(({ network, gateway }) => network === 'external' && gateway === undefined)
    .map(undercloudAddress);
  const domain = domainOf(lab.hosts);
  return {
    sites,
    nodes,
    undercloud: {
      address,
      others,
      port: plan.undercloud.port,
      user: plan.undercloud.user,
      site: siteOf.get(controlPlane) as SiteNetwork,
    },
    domain,
    hostsLines: [
      hostsLine(address, undercloudName, domain),
      ...nodes.map(({ node }) => hostsLine(node.addresses.ctlplane, node.name, domain)),
      ...plan.sites.flatMap(({ publicTls }) =>
        publicTls?.name === undefined ? [] : [`${publicTls.address} ${publicTls.name}`],
      ),
    ],
    ctlplane,
  };
}

/** Only links to remote sites have a rate: the control plane's link carries the sum of their traffic. */
function siteNetwork(lab: Lab, site: SitePlan): SiteNetwork {
  const rate = isRemote(site) ? { rate: lab.sandbox.wan.rate } : {};
  const withMtu = (subnets: SubnetPlan[]) =>
    subnets.map((subnet) => ({ ...subnet, mtu: lab.networks[subnet.network]!.mtu }));
  const racks = site.racks?.map(({ name, subnets }) => ({ name, subnets: withMtu(subnets) }));
  return { name: site.name, subnets: withMtu(site.subnets), ...(racks && { racks }), ...rate };
}
