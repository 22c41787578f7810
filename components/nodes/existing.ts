import type * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import type { SitePlan } from '../../model';
import { Component } from '../component';
import type { Undercloud } from '../remote';
import { type Host, host, lookedFor, type Provisioner } from './nodes';

/** One look at all hosts: the kit asks each for at most a minute. */
const limitMinutes = 10;

/**
 * Hosts that exist already. The kit looks at all of them from the undercloud and says what each lacks; nothing is taken
 * back when they are left, because nothing of them is ours. A host's identity is its machine-id: one that was installed
 * anew under its name has another, and all that stands on it runs again.
 */
export class ExistingNodes extends Component<Record<string, pulumi.Output<Host>>> {
  constructor(site: SitePlan, undercloud: Undercloud, options: pulumi.ComponentResourceOptions) {
    super('nodes:Existing', `${site.name}-nodes`, options, (under) => {
      const logins = site.nodes.flatMap(({ name, login }) => (login ? [[name, login] as const] : []));
      const { result } = undercloud.run(
        `${site.name}-hosts`,
        {
          run: ['nodes', 'check'],
          document: {
            site: site.name,
            nodes: site.nodes.map(lookedFor),
            hosts: Object.fromEntries(logins),
          },
          limitMinutes,
          result: z.object({ hosts: z.record(z.string(), host) }),
        },
        under(),
      );
      return Object.fromEntries(
        site.nodes.map(({ name }) => [name, result.apply(({ hosts }) => hosts[name] as Host)]),
      );
    });
  }
}

/** Hosts that the lab file gives; it says itself how the undercloud is reached. */
export const existing: Provisioner = {
  provision: (site, undercloud, options) => new ExistingNodes(site, undercloud, options),
  undercloudAccess: () => ({}),
};
