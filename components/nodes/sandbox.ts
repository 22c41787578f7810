import * as fs from 'node:fs';
import type * as pulumi from '@pulumi/pulumi';
import { type Host, host } from '../../kit/answers';
import type { NodePlan, SitePlan } from '../../model';
import { pathsOf } from '../../sandbox/paths';
import { Component } from '../component';
import { localCommand } from '../remote';
import type { Provisioner } from './nodes';

/** Hosts of the sandbox on this machine. */
export class SandboxNodes extends Component<Record<string, pulumi.Output<Host>>> {
  /** @param labFile path of the lab file for commands on this machine, which run in the project's folder */
  constructor(site: SitePlan, labFile: string, options: pulumi.ComponentResourceOptions) {
    super('nodes:Sandbox', `${site.name}-nodes`, options, (under) => {
      const make = (node: NodePlan): pulumi.Output<Host> => {
        const command = (verb: string): string[] => [
          './dcn',
          '--lab',
          labFile,
          'sandbox',
          'node',
          verb,
          node.name,
        ];
        return localCommand(
          node.name,
          {
            create: command('create'),
            delete: command('destroy'),
            // `node create` does not change a host that exists, and a host that had another role is never used again.
            triggers: [node.role, node.addresses, node.osdDevices],
            answer: host,
          },
          under(),
        ).answer;
      };
      return Object.fromEntries(site.nodes.map((node) => [node.name, make(node)]));
    });
  }
}

/** The sandbox of the lab `lab` as a provisioner. */
export function sandbox(lab: string, labFile: string): Provisioner {
  const { operatorKey, undercloudHostKey } = pathsOf(lab);
  return {
    foundation: () => undefined,
    provision: (site, _undercloud, options) => new SandboxNodes(site, labFile, options),
    makesSubnets: true,
    undercloudAccess: () => ({
      privateKeyFile: operatorKey,
      hostKey: fs.existsSync(undercloudHostKey)
        ? fs.readFileSync(undercloudHostKey, 'utf8').trim()
        : undefined,
    }),
  };
}
