import * as fs from 'node:fs';
import type { Lab } from '../model';
import { pathsOf } from './paths';
import { planSandbox } from './plan';

/** Address and keys for an SSH connection to the undercloud. */
export interface Endpoint {
  host: string;
  port: number;
  user: string;
  /** Public host key, `ssh-ed25519 AAAA…`; absent before the undercloud is created. */
  hostKey?: string;
  privateKeyFile: string;
}

/** The endpoint of the lab's undercloud. */
export function endpoint(lab: Lab): Endpoint {
  const { operatorKey, undercloudHostKey } = pathsOf(lab.name);
  const { port, user } = planSandbox(lab).undercloud;
  return {
    host: '127.0.0.1',
    port,
    user,
    ...(fs.existsSync(undercloudHostKey) && { hostKey: fs.readFileSync(undercloudHostKey, 'utf8').trim() }),
    privateKeyFile: operatorKey,
  };
}
