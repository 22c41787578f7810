import type * as pulumi from '@pulumi/pulumi';
import type { SitePlan } from '../../model';
import type { Component } from '../component';

/** A host that stands, as its provisioner knows it. */
export interface Host {
  /** Another value means another host, whatever it is called. */
  instanceId: string;
  /** Public SSH host key, `ssh-ed25519 AAAA…`. */
  hostKey: string;
}

/** The hosts of one site, by node name. */
export type Nodes = Component<Record<string, pulumi.Output<Host>>>;

/** Where the hosts of a lab come from. A site does not know which one it has. */
export interface Provisioner {
  /** Makes the hosts of a site, each with the addresses and devices of its plan. */
  provision(site: SitePlan, options: pulumi.ComponentResourceOptions): Nodes;
  /** What the lab file leaves to the provisioner of how the undercloud is reached. */
  undercloudAccess(): { hostKey?: string; privateKeyFile?: string };
}
