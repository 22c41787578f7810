import type { Lab } from '../../model';
import { endpoint, sandboxDown, sandboxUp, wanBytes } from '../../sandbox';
import type { Provisioner } from './provisioner';

/** Hosts of the sandbox, which the command line brings up on this machine. */
export function sandbox(lab: Lab): Provisioner {
  return {
    infrastructure: {
      title: 'sandbox',
      up: (report) => sandboxUp(lab, report),
      down: (report) => sandboxDown(lab, report),
    },
    undercloudAccess: async () => {
      const { hostKey, privateKeyFile } = endpoint(lab);
      return { ...(hostKey && { hostKey }), privateKeyFile };
    },
    privateKeyRemedy: 'Bring the lab up: ./dcn up',
    wanCounter: (site) => wanBytes(lab.name, site),
  };
}
