import { endpoint, sandboxDown, sandboxUp, wanBytes } from '../../sandbox';
import { type LabContext, dcnCommand } from '../context';
import { type Provisioner, remediesByUp } from './provisioner';

/** Hosts of the sandbox, which the command line brings up on this machine. */
export function sandbox(context: LabContext): Provisioner {
  const { lab } = context;
  const up = `${dcnCommand(context)} up`;
  return {
    infrastructure: {
      title: 'sandbox',
      up: (report) => sandboxUp(lab, report),
      down: (report) => sandboxDown(lab, report),
    },
    makesHosts: true,
    undercloudAccess: async () => {
      const { hostKey, privateKeyFile } = endpoint(lab);
      return { ...(hostKey && { hostKey }), privateKeyFile };
    },
    remedies: remediesByUp(up, `Bring the lab up: ${up}`),
    wanCounter: (site) => wanBytes(lab.name, site),
  };
}
