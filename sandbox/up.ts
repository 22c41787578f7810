import { ensureSystemPackages } from '../lib/debianPackages';
import { UserError } from '../lib/userError';
import type { Lab } from '../model';
import { runningHosts } from './hosts/container';
import { startAgain } from './hosts/hosts';
import { raiseLimits } from './hosts/limits';
import { hostNames } from './hosts/record';
import { ensureImages } from './image/images';
import { ensureKeys } from './keys';
import { withLabLock } from './labLock';
import { ensureForward } from './network/forward';
import { ensureRouter, ensureSite, removeOtherSites } from './network/site';
import { claimLab, refuseForeign } from './ownership';
import { type SandboxPaths, pathsOf } from './paths';
import { planSandbox, undercloudName } from './plan';
import type { Report } from '../lib/report';
import { SandboxError } from './sandboxError';
import { ensureUndercloud, lastSettings, startServices } from './undercloudHost';

/** Debian packages that the sandbox needs on the machine itself. */
const packages = [
  ...['mmdebstrap', 'zstd', 'podman', 'conmon', 'runc'],
  ...['iproute2', 'procps', 'util-linux', 'mount', 'openssh-client', 'python3'],
];

/**
 * Brings up a lab's sandbox: the network, the undercloud with its services, and the nodes that existed before the
 * machine was restarted. Whatever is up already stays as it is.
 * @throws UserError if this machine cannot run the sandbox
 */
export async function sandboxUp(lab: Lab, report: Report): Promise<void> {
  const paths = pathsOf(lab.name);
  const plan = planSandbox(lab);
  refuseForeign(paths);
  refuseUnlessRoot();
  refuseOtherMode(paths, lab);
  await ensureSystemPackages(packages, report);
  const images = await ensureImages(report, lab.sandbox.tripleo);
  await withLabLock(paths, report, async () => {
    claimLab(paths);
    raiseLimits(paths);
    await ensureKeys(paths);
    report(`network: ${plan.sites.length} sites`);
    await ensureRouter(lab.name);
    for (const site of plan.sites) {
      await ensureSite(lab.name, site);
    }
    await removeOtherSites(lab.name, plan.sites);
    await ensureForward(paths, plan.undercloud.port, plan.undercloud.address);
    report('undercloud: host');
    await ensureUndercloud(paths, plan, images);
    await startServices(paths, lab, plan, report);
    const running = await runningHosts(paths);
    const off = nodesOf(paths).filter((name) => !running.has(name));
    if (off.length > 0) {
      report(`hosts: powering on ${off.length} nodes`);
    }
    await Promise.all(off.map((name) => startAgain(paths, name)));
  });
}

/** Names of the existing nodes: all hosts but the undercloud. */
function nodesOf(paths: SandboxPaths): string[] {
  return hostNames(paths).filter((name) => name !== undercloudName);
}

function refuseUnlessRoot(): void {
  if (process.getuid?.() === 0) {
    return;
  }
  throw new UserError(
    'the sandbox makes hosts and networks on this machine, which only root may: run it as root',
  );
}

/** Nodes are created for one mode: `ceph deploy` and services of the other mode do not know the daemons on the nodes. */
function refuseOtherMode(paths: SandboxPaths, { name, sandbox }: Lab): void {
  const last = lastSettings(paths);
  const nodes = nodesOf(paths);
  if (!last || last.tripleo === sandbox.tripleo || nodes.length === 0) {
    return;
  }
  throw new SandboxError(
    (dcn) =>
      `glance-dcn:sandbox.tripleo: ${sandbox.tripleo}: nodes of lab ${name} were made with ${last.tripleo} (${nodes.join(', ')}); ` +
      `write ${last.tripleo}, or remove the lab first: \`${dcn} destroy\``,
  );
}
