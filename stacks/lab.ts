import * as pulumi from '@pulumi/pulumi';
import { PulumiUserError } from '../components/pulumiUserError';
import { Undercloud, type UndercloudEndpoint } from '../components/remote';
import type { Foundation } from '../components/nodes';
import { verbs } from '../kit/verbs';
import { planUndercloud, undercloudEndpoint } from '../model';
import { kitFolder } from './kit';
import type { StackContext } from './labFile';
import { type LabOutputs, type Pending, labOutputs, outputsBefore, schemaVersion } from './outputs';

/** The common resources of a lab's sites: their foundation in a cloud, if they have one, and an undercloud with the kit. */
export async function labStack(context: StackContext): Promise<Pending<LabOutputs>> {
  const { lab, provisioner, privateKeyFile } = context;
  // Reading outputs adds a provider to the stack's state: only for provisioners that have to ask a cloud.
  if (provisioner.checkAvailable && !(await outputsBefore(labOutputs))) {
    await provisioner.checkAvailable('foundation');
  }
  const foundation = provisioner.foundation();
  const endpoint = endpointOf(context, foundation?.undercloud);
  const undercloud = new Undercloud(endpoint, privateKeyFile, {
    slowToBoot: Boolean(foundation?.undercloud),
  });
  const { folder, name } = await kitFolder();
  const uploaded = undercloud.upload(
    'kit',
    new pulumi.asset.FileArchive(folder),
    undercloud.kitFolder(name),
    { dependsOn: foundation?.undercloud?.ready },
  );
  const kit = undercloud.installKit('kit-link', name, { dependsOn: uploaded });
  const check = undercloud.run(
    'undercloud-check',
    { verb: verbs.check, limitMinutes: 5 },
    { dependsOn: kit },
  );
  return {
    schemaVersion,
    lab: lab.name,
    // Sites must not find an undercloud that is not ready.
    undercloud: pulumi.output(endpoint).apply((known) => check.answer.apply(() => known)),
    ...(foundation && { cloud: foundation.share(check.answer.apply(publicKeyOf)) }),
  };
}

/** @throws PulumiUserError if the host key is not known */
function endpointOf(
  { lab, file, provisioner }: StackContext,
  server: Foundation['undercloud'],
): UndercloudEndpoint {
  const plan = planUndercloud(lab);
  const known = server ?? provisioner.undercloudAccess();
  const { host, port, user, hostKey, bastion } = undercloudEndpoint<string | pulumi.Output<string>>(
    plan,
    known,
  );
  if (!hostKey) {
    throw new PulumiUserError(
      `${file}: the host key of the undercloud ${plan.host} is not known: bring up what it stands on, or write it under ` +
        'glance-dcn:undercloud.hostKey.',
    );
  }
  return { host, port, user, hostKey, ...(bastion && { bastion }), directory: plan.directory };
}

/** @throws PulumiUserError if the answer has no key, as that of an older kit */
function publicKeyOf({ publicKey }: { publicKey?: string }): string {
  if (publicKey === undefined) {
    throw new PulumiUserError(
      'undercloud-check: answered without the public key of the undercloud. ' +
        'Does the kit on the undercloud come from this checkout? `pulumi up` of the lab stack puts it there.',
    );
  }
  return publicKey;
}
