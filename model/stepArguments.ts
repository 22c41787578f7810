import type { VerbName } from './types';

/** Value of an option of TripleO's client; a switch has none. */
export type ArgumentKind = 'switch' | 'number' | 'text' | 'path';

/**
 * Options of TripleO's client that a lab file may add to the command of a step, without `--`: those that change how the step works, and
 * neither what it makes nor on which hosts (tripleoclient v1/overcloud_deploy.py, v2/overcloud_ceph.py, v2/overcloud_node.py).
 */
export const stepArguments: Partial<Record<VerbName, Record<string, ArgumentKind>>> = {
  'node-provision': { concurrency: 'number' },
  'ceph-deploy': { 'skip-hosts-config': 'switch', 'skip-container-registry-config': 'switch' },
  'overcloud-stack': {
    'heat-container-api-image': 'text',
    'heat-container-engine-image': 'text',
    'skip-heat-pull': 'switch',
    'no-proxy': 'text',
  },
  'overcloud-config': {
    'ansible-forks': 'number',
    'override-ansible-cfg': 'path',
    'overcloud-ssh-port-timeout': 'number',
    'deployment-python-interpreter': 'path',
    'inflight-validations': 'switch',
    'no-proxy': 'text',
  },
};

/** Words of the command line for some options of TripleO's client. */
export function argumentWords(options: Record<string, true | number | string>): string[] {
  return Object.entries(options).flatMap(([name, value]) => [
    `--${name}`,
    ...(value === true ? [] : [String(value)]),
  ]);
}
