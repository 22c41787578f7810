import * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import { Refusal } from '../components/refusal';
import { Undercloud } from '../components/remote';
import { planUndercloud } from '../model';
import { kitFolder } from './kit';
import type { LabContext } from './labFile';
import { type LabOutputs, type Pending, labOutputs, outputsBefore, schemaVersion } from './outputs';

/**
 * What the sites of a lab share: what they build on in a cloud, if they do; an undercloud that is ready for them, and the
 * kit on it.
 */
export async function labStack({
  lab,
  file,
  provisioner,
  privateKeyFile,
}: LabContext): Promise<Pending<LabOutputs>> {
  const { host, port, user, bastion, directory, ...plan } = planUndercloud(lab);
  if (provisioner.refuseMissing && !(await outputsBefore(labOutputs))) {
    await provisioner.refuseMissing();
  }
  const foundation = provisioner.layFoundation?.();
  const made = foundation?.undercloud;
  const hostKey = made?.hostKey ?? plan.hostKey ?? provisioner.undercloudAccess().hostKey;
  if (!hostKey) {
    throw new Refusal(
      `${file}: the host key of the undercloud ${host} is not known: bring up what it stands on, or write it under ` +
        'glance-dcn:undercloud.hostKey.',
    );
  }
  const endpoint = {
    host: made?.host ?? host,
    port,
    user,
    hostKey,
    ...(bastion && { bastion }),
    directory,
  };
  const undercloud = new Undercloud(endpoint, privateKeyFile, made && { patient: true });
  const kit = undercloud.upload('kit', new pulumi.asset.FileArchive(await kitFolder()), `${directory}/kit`, {
    dependsOn: made?.ready,
  });
  const answer = z.object({ publicKey: z.string() });
  const check = undercloud.run(
    'undercloud-check',
    // A lab that was brought up by an older kit has no such answer, and needs none where nothing is to know the key.
    { run: ['check'], limitMinutes: 5, result: foundation ? answer : answer.partial() },
    { dependsOn: kit },
  );
  return {
    schemaVersion,
    lab: lab.name,
    // Sites must not find an undercloud that is not ready.
    undercloud: pulumi.output(endpoint).apply((known) => check.result.apply(() => known)),
    ...(foundation && {
      cloud: foundation.share(check.result.apply(({ publicKey }) => publicKey as string)),
    }),
  };
}
