import type { UndercloudPlan } from './types';

/** An SSH server and the account on it. */
export interface SshServer {
  host: string;
  port: number;
  user: string;
  /** Public host key, `ssh-ed25519 AAAA…`. */
  hostKey?: string;
}

/**
 * The access to the undercloud, as far as the provisioner knows it. `Text` is `string`, or Pulumi's output of one for an
 * undercloud that is a server of the lab itself.
 */
export interface UndercloudAccess<Text = string> {
  /** Address of an undercloud that is a server of the lab. */
  host?: Text;
  hostKey?: Text;
  /** Absolute path, or relative to the lab file. */
  privateKeyFile?: string;
}

/** Address, account and keys of the undercloud's SSH server. */
export interface UndercloudEndpoint<Text = string> {
  host: string | Text;
  port: number;
  user: string;
  hostKey: string | Text | undefined;
  /** Absolute path, or relative to the lab file. */
  privateKeyFile: string | undefined;
  /** Host to go through, with the same key. */
  bastion?: SshServer;
}

/** The endpoint that the lab file describes, completed by what the provisioner knows. */
export function undercloudEndpoint<Text = string>(
  plan: UndercloudPlan,
  known: UndercloudAccess<Text>,
): UndercloudEndpoint<Text> {
  return {
    host: known.host ?? plan.host,
    port: plan.port,
    user: plan.user,
    hostKey: plan.hostKey ?? known.hostKey,
    privateKeyFile: plan.privateKeyFile ?? known.privateKeyFile,
    ...(plan.bastion && { bastion: plan.bastion }),
  };
}
