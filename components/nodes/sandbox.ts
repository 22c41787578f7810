import * as fs from 'node:fs';
import type * as pulumi from '@pulumi/pulumi';
import type { NodePlan, SitePlan } from '../../model';
import { pathsOf } from '../../sandbox/paths';
import { Component } from '../component';
import { commandHere } from '../remote';
import { type Host, host, type Provisioner } from './nodes';

/** Hosts of the sandbox on this machine. */
export class SandboxNodes extends Component<Record<string, pulumi.Output<Host>>> {
  /** @param labFile path as commands on this machine find it, which run in the project's folder */
  constructor(site: SitePlan, labFile: string, options: pulumi.ComponentResourceOptions) {
    super('nodes:Sandbox', `${site.name}-nodes`, options, (under) => {
      const make = (node: NodePlan): pulumi.Output<Host> => {
        const verb = (what: string): string[] => [
          './dcn',
          '--lab',
          labFile,
          'sandbox',
          'node',
          what,
          node.name,
        ];
        return commandHere(
          node.name,
          {
            create: verb('create'),
            delete: verb('destroy'),
            // `node create` leaves a host that stands as it is, and a host that had another role is never used again.
            triggers: [node.role, node.addresses, node.osdDevices],
            result: host,
          },
          under(),
        ).result;
      };
      return Object.fromEntries(site.nodes.map((node) => [node.name, make(node)]));
    });
  }
}

/** The sandbox as a provisioner of the lab `lab`. */
export function sandbox(lab: string, labFile: string): Provisioner {
  const { operatorKey, undercloudHostKey } = pathsOf(lab);
  return {
    provision: (site, _undercloud, options) => new SandboxNodes(site, labFile, options),
    undercloudAccess: () => ({
      privateKeyFile: operatorKey,
      hostKey: fs.existsSync(undercloudHostKey)
        ? fs.readFileSync(undercloudHostKey, 'utf8').trim()
        : undefined,
    }),
  };
}
