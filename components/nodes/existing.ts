import type * as pulumi from '@pulumi/pulumi';
import type { Host } from '../../kit/answers';
import { again, verbs } from '../../kit/verbs';
import type { SitePlan } from '../../model';
import { Component } from '../component';
import type { Undercloud } from '../remote';
import { expectedHosts, hostOutputs, type Provisioner } from './nodes';

/** The kit asks all hosts at once, each for at most a minute. */
const limitMinutes = 10;

/**
 * Hosts that existed before the lab. The kit examines all of them from the undercloud and lists what each lacks. Destroying
 * the site undoes nothing on the hosts, because the check made nothing on them. A host's identity is its
 * machine-id: a host that was installed anew under its name has another one, and every step that needs it runs again.
 */
export class ExistingNodes extends Component<Record<string, pulumi.Output<Host>>> {
  constructor(site: SitePlan, undercloud: Undercloud, options: pulumi.ComponentResourceOptions) {
    super('nodes:Existing', `${site.name}-nodes`, options, (under) => {
      const logins = site.nodes.flatMap(({ name, login }) => (login ? [[name, login] as const] : []));
      const { answer } = undercloud.run(
        `${site.name}-hosts`,
        {
          verb: verbs.nodes.check,
          update: again(verbs.nodes.check),
          document: { ...expectedHosts(site), hosts: Object.fromEntries(logins) },
          limitMinutes,
        },
        under(),
      );
      return hostOutputs(site, answer);
    });
  }
}

/** Hosts that the lab file lists; the lab file also says how the undercloud is reached. */
export const existing: Provisioner = {
  foundation: () => undefined,
  provision: (site, undercloud, options) => new ExistingNodes(site, undercloud, options),
  makesSubnets: false,
  undercloudAccess: () => ({}),
};
