import { UserError } from '../../lib/userError';
import { SandboxError, endpoint, sandboxDown, sandboxUp, wanBytes } from '../../sandbox';
import { type LabContext, dcnCommand } from '../context';
import { type Provisioner, remediesByUp } from './provisioner';

/** Hosts of the sandbox, which the command line brings up on this machine. */
export function sandbox(context: LabContext): Provisioner {
  const { lab } = context;
  const up = `${dcnCommand(context)} up`;
  return {
    infrastructure: {
      title: 'sandbox',
      up: (report) => withCommands(context, () => sandboxUp(lab, report)),
      down: (report) => withCommands(context, () => sandboxDown(lab, report)),
    },
    makesHosts: true,
    ...(!lab.sandbox.servers && {
      noServers:
        'the sandbox of this lab has no Nova, so no server can prove a site. Write `servers: true` into glance-dcn:sandbox.',
    }),
    undercloudAccess: async () => {
      const { hostKey, privateKeyFile } = endpoint(lab);
      return { ...(hostKey && { hostKey }), privateKeyFile };
    },
    remedies: remediesByUp(up, `Bring the lab up: ${up}`),
    wanCounter: (site) => wanBytes(lab.name, site),
  };
}

/** Does work in the sandbox, whose errors then name commands as the user calls them for this lab. */
export async function withCommands<T>(context: LabContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SandboxError ? new UserError(error.text(dcnCommand(context))) : error;
  }
}
