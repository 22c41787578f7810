import type * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import type { NodePlan, SitePlan } from '../../model';
import type { Component } from '../component';
import type { Undercloud } from '../remote';

/** A host that stands, as its provisioner knows it. */
export const host = z.object({
  /** Another value means another host, whatever it is called. */
  instanceId: z.string().min(1),
  /** Public SSH host key, `ssh-ed25519 AAAA…`. */
  hostKey: z.string().regex(/^(ssh|ecdsa)-/),
});
export type Host = z.infer<typeof host>;

/** The hosts of one site, by node name. */
export type Nodes = Component<Record<string, pulumi.Output<Host>>>;

/** What the lab's own stack made in a cloud, and the stacks of its sites build on; names and ids. */
export const sharedCloud = z.object({
  /** Opens the account of the servers' image for the undercloud. */
  keyPair: z.string(),
  /** Of all ports of the nodes. */
  securityGroups: z.array(z.string()),
  /** By site and by TripleO's name of the network. */
  networks: z.record(z.string(), z.record(z.string(), z.object({ network: z.string(), subnet: z.string() }))),
});
export type SharedCloud = z.infer<typeof sharedCloud>;

/** What a lab's own stack makes for all sites. */
export interface LabFoundation {
  /** The undercloud, where it is one of the things that are made. */
  undercloud?: {
    host: pulumi.Output<string>;
    hostKey: pulumi.Output<string>;
    /** What must be there before it can be reached. */
    ready: pulumi.Resource[];
  };
  /** Makes what has to know the undercloud's public SSH key, and tells what sites build on. */
  share(undercloudKey: pulumi.Output<string>): pulumi.Output<SharedCloud>;
}

/** Where the hosts of a lab come from. A site does not know which one it has. */
export interface Provisioner {
  /** Makes what all sites build on; absent: there is no such thing. */
  layFoundation?(): LabFoundation;
  /**
   * Asks for what servers are to be made of, so that what is missing is told before anything is made.
   *
   * @param nodes that are to come; absent: what all sites build on is
   * @throws Refusal that names all that is missing
   */
  refuseMissing?(nodes?: NodePlan[]): Promise<void>;
  /**
   * Makes or finds the hosts of a site, each with the addresses and devices of its plan.
   *
   * @param shared what the lab's own stack has made, if it makes anything
   */
  provision(
    site: SitePlan,
    undercloud: Undercloud,
    options: pulumi.ComponentResourceOptions,
    shared?: SharedCloud,
  ): Nodes;
  /** What the lab file leaves to the provisioner of how the undercloud is reached. */
  undercloudAccess(): { hostKey?: string; privateKeyFile?: string };
}

/** What the kit looks for on a node: its name, the planned addresses, blank disks. */
export function lookedFor({ name, addresses, osdDevices }: NodePlan): object {
  return { name, address: addresses.ctlplane, addresses, osdDevices };
}
