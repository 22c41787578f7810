import type * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import type { Host, SiteHosts } from '../../kit/answers';
import type { ExpectedNode, NodesDocument, OsdSelection } from '../../kit/documents';
import { type NodePlan, type OsdDevices, type SitePlan, roleAt, selectionsOf } from '../../model';
import type { Component } from '../component';
import type { Undercloud } from '../remote';

/** The hosts of one site, by node name. */
export type Nodes = Component<Record<string, pulumi.Output<Host>>>;

/** Names and ids of the resources in a cloud that the lab's own stack made for the stacks of its sites. */
export const sharedCloud = z.object({
  /** Key pair of the servers, with which the undercloud logs in to the account of their image. */
  keyPair: z.string(),
  /** Security groups of all ports of the nodes. */
  securityGroups: z.array(z.string()),
  /** By site and by TripleO's name of the network. */
  networks: z.record(z.string(), z.record(z.string(), z.object({ network: z.string(), subnet: z.string() }))),
});
export type SharedCloud = z.infer<typeof sharedCloud>;

/** The resources that a lab's own stack makes for all sites. */
export interface Foundation {
  /** The undercloud, where the stack makes it. */
  undercloud?: {
    host: pulumi.Output<string>;
    hostKey: pulumi.Output<string>;
    /** The resources without which it cannot be reached. */
    ready: pulumi.Resource[];
  };
  /** Makes the resources that need the undercloud's public SSH key. @returns the names and ids for the sites' stacks */
  share(undercloudKey: pulumi.Output<string>): pulumi.Output<SharedCloud>;
}

/** The source of a lab's hosts. A site does not know which provisioner it has. */
export interface Provisioner {
  /** Makes the common resources of all sites; undefined if there are none. */
  foundation(): Foundation | undefined;
  /**
   * Asks a cloud for the images and flavors of servers before any resource is made; absent: there is no cloud to ask.
   *
   * @param servers new nodes, or the servers of the foundation
   * @throws PulumiUserError that names everything that is missing
   */
  checkAvailable?(servers: NodePlan[] | 'foundation'): Promise<void>;
  /**
   * Makes or finds the hosts of a site, each with the addresses and devices of its plan.
   *
   * @param shared resources that the lab's own stack made, if it makes any
   */
  provision(
    site: SitePlan,
    undercloud: Undercloud,
    options: pulumi.ComponentResourceOptions,
    shared?: SharedCloud,
  ): Nodes;
  /** Whether it makes the ctlplane subnet of a new site with the first host of the site, on an undercloud of its own. */
  makesSubnets: boolean;
  /** How the undercloud is reached, as far as the provisioner knows it and the lab file does not say. */
  undercloudAccess(): { hostKey?: string; privateKeyFile?: string };
}

/** The expected state of the hosts of a site. */
export function expectedHosts(site: SitePlan): Omit<NodesDocument, 'hosts'> {
  const { name, nodes, cluster, hostDomain, ntpServers } = site;
  const expected = nodes.map((node): ExpectedNode => {
    const { mon, osd } = roleAt(site, node.role);
    return {
      ...expectedNode(node),
      ...(hostDomain !== undefined && { fqdn: `${node.name}.${hostDomain}` }),
      ...(cluster && (mon || osd) && { ceph: true }),
    };
  });
  return { site: name, nodes: expected, ...(ntpServers && { ntpServers }) };
}

/**
 * The expected state of a node, which the kit checks: its name, the planned addresses, blank disks. `node provision` sets
 * the addresses of a node with a NIC template; before, the node must have the ctlplane address, to which TripleO logs in.
 */
function expectedNode({ name, addresses, nicTemplate, osdDevices }: NodePlan): ExpectedNode {
  const { ctlplane } = addresses;
  return {
    name,
    address: ctlplane,
    addresses: nicTemplate === undefined ? addresses : { ctlplane },
    ...expectedDisks(osdDevices),
  };
}

function expectedDisks(devices: OsdDevices): Pick<ExpectedNode, 'osdDevices' | 'osdSelections'> {
  if (devices === 'all' || Array.isArray(devices)) {
    return { osdDevices: devices };
  }
  const selections = selectionsOf(devices);
  const found = selections.flatMap(([of, selection]): OsdSelection[] => {
    if ('paths' in selection) {
      return [];
    }
    const { limit } = selection;
    // `all: true` has no filter, so each disk passes.
    const filters = 'all' in selection ? { ...(limit && { limit }) } : selection;
    return [{ of, ...(devices.filter_logic && { logic: devices.filter_logic }), ...filters }];
  });
  return {
    osdDevices: selections.flatMap(([, selection]) => ('paths' in selection ? selection.paths : [])),
    ...(found.length > 0 && { osdSelections: found }),
  };
}

/** The answer of the kit about the hosts of a site as one output for each node. */
export function hostOutputs(
  { nodes }: SitePlan,
  answer: pulumi.Output<SiteHosts>,
): Record<string, pulumi.Output<Host>> {
  return Object.fromEntries(nodes.map(({ name }) => [name, answer.apply(({ hosts }) => hosts[name]!)]));
}
