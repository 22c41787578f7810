import type { Lab } from '../model';
import { type Endpoint, endpoint } from './endpoint';
import { runningHosts } from './hosts/container';
import { hostNames, recordOf } from './hosts/record';
import { isUp } from './labLock';
import { forwarder } from './network/forward';
import { wanState } from './network/wan';
import { pathsOf } from './paths';
import { planSandbox } from './plan';

/** Present state of a sandbox. */
export interface SandboxStatus {
  lab: string;
  undercloud: Endpoint & { reachable: boolean };
  hosts: { name: string; site: string; address: string; running: boolean; instanceId: string }[];
  /** `rate` of the WAN link as `tc` writes it; absent: not limited. */
  sites: { name: string; rate?: string; cut: boolean }[];
}

/** State of a lab's sandbox; undefined if it is not up. */
export async function sandboxStatus(lab: Lab): Promise<SandboxStatus | undefined> {
  const paths = pathsOf(lab.name);
  if (!isUp(paths)) {
    return undefined;
  }
  const plan = planSandbox(lab);
  const hosts = hostNames(paths).flatMap((name) => recordOf(paths, name) ?? []);
  const running = await runningHosts(paths);
  return {
    lab: lab.name,
    undercloud: { ...endpoint(lab), reachable: forwarder(paths) !== undefined },
    hosts: hosts.map(({ name, site, addresses, instanceId }) => ({
      name,
      site: site.name,
      address: addresses[0],
      running: running.has(name),
      instanceId,
    })),
    sites: await Promise.all(
      plan.sites.map(async ({ name }) => ({ name, ...(await wanState(lab.name, name)) })),
    ),
  };
}
