import type { UndercloudAccess } from '../../model';
import { UserError } from '../../lib/userError';
import { type LabContext, dcnCommand, toStderr } from '../context';
import { pulumi } from '../run/pulumi';
import { openState } from '../run/stackList';
import { remediesInLabFile } from './existing';
import { type Provisioner, remediesByUp } from './provisioner';

/** Servers of an OpenStack cloud; the undercloud may be one of them. */
export function openstack(context: LabContext): Provisioner {
  if (!context.lab.openstack?.undercloud) {
    return { makesHosts: true, undercloudAccess: async () => ({}), remedies: remediesInLabFile };
  }
  return {
    makesHosts: true,
    undercloudAccess: () => serverAccess(context),
    remedies: remediesByUp(`${dcnCommand(context)} up`, remediesInLabFile.missingKey),
  };
}

/** The undercloud server, as the outputs of the lab's own stack have it. */
async function serverAccess(context: LabContext): Promise<UndercloudAccess> {
  const { lab } = context;
  const state = await openState(lab, toStderr);
  const outputs = state?.names.includes(lab.name)
    ? (JSON.parse(await pulumi(state.env, 'stack output', lab.name, ['--json', '-s', lab.name])) as {
        undercloud?: { host: string; hostKey: string };
      })
    : {};
  if (!outputs.undercloud) {
    throw new UserError(
      `undercloud of lab ${lab.name}: its server does not exist yet. Bring the lab up: ${dcnCommand(context)} up`,
    );
  }
  const { host, hostKey } = outputs.undercloud;
  return { host, hostKey };
}
