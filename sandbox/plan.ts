import { addressAt, hostNumbers } from '../model/addresses';
import { type Lab, type NodePlan, type SitePlan, type SubnetPlan, planLab } from '../model';
import { controlPlane, isRemote } from '../model/lab';
import { hostsLine } from './hosts/hosts';
import type { SiteNetwork } from './network/network';

/** A lab as the sandbox builds it. */
export interface SandboxPlan {
  sites: SiteNetwork[];
  nodes: { node: NodePlan; site: SiteNetwork }[];
  /** The undercloud's address in the control plane's ctlplane subnet; its SSH port on this machine's loopback. */
  undercloud: { address: string; port: number; user: string; site: SiteNetwork };
  /** Lines of /etc/hosts for all hosts of the lab. */
  names: string[];
  /** ctlplane subnets of all sites, the control plane's first. */
  ctlplane: SubnetPlan[];
}

/** Name of the host that is the undercloud. */
export const undercloudName = 'undercloud';

export function planSandbox(lab: Lab): SandboxPlan {
  const plan = planLab(lab);
  const sites = plan.sites.map((site) => siteNetwork(lab, site));
  const siteOf = new Map(sites.map((site) => [site.name, site]));
  const nodes = plan.sites.flatMap((site) =>
    site.nodes.map((node) => ({ node, site: siteOf.get(site.name) as SiteNetwork })),
  );
  const address = addressAt(lab.networks.ctlplane, 0, hostNumbers.undercloud);
  return {
    sites,
    nodes,
    undercloud: {
      address,
      port: plan.undercloud.port,
      user: plan.undercloud.user,
      site: siteOf.get(controlPlane) as SiteNetwork,
    },
    names: [
      hostsLine(address, undercloudName),
      ...nodes.map(({ node }) => hostsLine(node.addresses.ctlplane, node.name)),
    ],
    ctlplane: plan.sites
      .toSorted((a, b) => Number(b.name === controlPlane) - Number(a.name === controlPlane))
      .flatMap((site) => site.subnets.filter(({ network }) => network === 'ctlplane')),
  };
}

/** The rate is that of the links to the sites beyond the WAN: what the control plane's carries is the sum of theirs. */
function siteNetwork(lab: Lab, site: SitePlan): SiteNetwork {
  const rate = isRemote(site) ? { rate: lab.sandbox.wan.rate } : {};
  return { name: site.name, subnets: site.subnets, ...rate };
}
