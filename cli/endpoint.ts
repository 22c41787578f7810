import * as fs from 'node:fs';
import { besideLabFile } from '../lib/paths';
import { UserError } from '../lib/userError';
import { type UndercloudEndpoint, undercloudEndpoint } from '../model';
import type { LabContext } from './context';
import { provisionerOf } from './provisioners';

/** An endpoint, with the private key's absolute path on this machine. */
export type ReachableEndpoint = Omit<UndercloudEndpoint, 'privateKeyFile'> & { privateKeyFile: string };

/**
 * How a lab's undercloud is reached from this machine.
 *
 * @throws UserError if the undercloud or the private key does not exist yet
 */
export async function reachableEndpoint({ name, file, lab, plan }: LabContext): Promise<ReachableEndpoint> {
  const provisioner = await provisionerOf(lab);
  const endpoint = undercloudEndpoint(plan.undercloud, await provisioner.undercloudAccess());
  const privateKeyFile = endpoint.privateKeyFile && besideLabFile(file, endpoint.privateKeyFile);
  if (!privateKeyFile || !fs.existsSync(privateKeyFile)) {
    throw new UserError(
      `undercloud of lab ${name}: there is no private key ${privateKeyFile ?? 'named'}. ${provisioner.privateKeyRemedy}`,
    );
  }
  return { ...endpoint, privateKeyFile };
}
