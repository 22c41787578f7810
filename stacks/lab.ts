import * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import { Refusal } from '../components/refusal';
import { Undercloud } from '../components/remote';
import { planUndercloud } from '../model';
import { kitFolder } from './kit';
import type { LabContext } from './labFile';
import { type LabOutputs, type Pending, schemaVersion } from './outputs';

/** What the sites of a lab share: an undercloud that is ready for them, and the kit on it. */
export function labStack({ lab, file, provisioner, privateKeyFile }: LabContext): Pending<LabOutputs> {
  const { host, port, user, bastion, directory, ...plan } = planUndercloud(lab);
  const hostKey = plan.hostKey ?? provisioner.undercloudAccess().hostKey;
  if (!hostKey) {
    throw new Refusal(
      `${file}: the host key of the undercloud ${host} is not known: bring up what it stands on, or write it under ` +
        'glance-dcn:undercloud.hostKey.',
    );
  }
  const endpoint = { host, port, user, hostKey, ...(bastion && { bastion }), directory };
  const undercloud = new Undercloud(endpoint, privateKeyFile);
  const kit = undercloud.upload('kit', new pulumi.asset.FileArchive(kitFolder()), `${directory}/kit`, {});
  const check = undercloud.run(
    'undercloud-check',
    { run: ['check'], limitMinutes: 5, result: z.unknown() },
    { dependsOn: kit },
  );
  return {
    schemaVersion,
    lab: lab.name,
    // Sites must not find an undercloud that is not ready.
    undercloud: check.result.apply(() => endpoint),
  };
}
