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

/** Where the hosts of a lab come from. A site does not know which one it has. */
export interface Provisioner {
  /** Makes or finds the hosts of a site, each with the addresses and devices of its plan. */
  provision(site: SitePlan, undercloud: Undercloud, options: pulumi.ComponentResourceOptions): Nodes;
  /** What the lab file leaves to the provisioner of how the undercloud is reached. */
  undercloudAccess(): { hostKey?: string; privateKeyFile?: string };
}

/** What the kit looks for on a node: its name, the planned addresses, blank disks. */
export function lookedFor({ name, addresses, osdDevices }: NodePlan): object {
  return { name, address: addresses.ctlplane, addresses, osdDevices };
}
