import * as fs from 'node:fs';
import { besideLabFile } from '../lib/paths';
import { UserError } from '../lib/userError';
import { type UndercloudAccess, type UndercloudEndpoint, undercloudEndpoint } from '../model';
import type { LabContext } from './context';
import { type Remedies, provisionerOf } from './provisioners';

/** An endpoint as this machine uses it. */
export interface ReachableEndpoint extends Omit<UndercloudEndpoint, 'privateKeyFile'> {
  /** Absolute path on this machine. */
  privateKeyFile: string;
  remedies: Remedies;
}

/**
 * How a lab's undercloud is reached from this machine.
 *
 * @param known as for `connectUndercloud`
 * @throws UserError if the undercloud or the private key does not exist yet
 */
export async function reachableEndpoint(
  context: LabContext,
  known?: UndercloudAccess,
): Promise<ReachableEndpoint> {
  const { name, file, plan } = context;
  const provisioner = await provisionerOf(context);
  const endpoint = undercloudEndpoint(plan.undercloud, known ?? (await provisioner.undercloudAccess()));
  const privateKeyFile = endpoint.privateKeyFile && besideLabFile(file, endpoint.privateKeyFile);
  if (!privateKeyFile || !fs.existsSync(privateKeyFile)) {
    throw new UserError(
      `undercloud of lab ${name}: there is no private key ${privateKeyFile ?? 'named'}. ${provisioner.remedies.missingKey}`,
    );
  }
  return { ...endpoint, privateKeyFile, remedies: provisioner.remedies };
}
