import * as fs from 'node:fs';
import { withLock } from '../lib/lock';
import { UserError } from '../lib/userError';
import type { Lab } from '../model';
import { commonFiles } from './hosts/files';
import { createHost, destroyHost } from './hosts/hosts';
import type { HostIdentity } from './hosts/record';
import { ensureImages } from './image/images';
import { publicKey } from './keys';
import { withSharedLabLock } from './labLock';
import { ensureSite } from './network/site';
import { nodeDisks } from './nodeDisks';
import type { SiteNetwork } from './network/siteNetwork';
import { refuseForeign } from './ownership';
import { type SandboxPaths, pathsOf } from './paths';
import { type SandboxPlan, planSandbox, undercloudName } from './plan';
import type { Report } from '../lib/report';
import { SandboxError } from './sandboxError';
import { lastSettings, startServices } from './undercloudHost';

/**
 * Creates a node of the lab file: a host with the node's addresses and blank disks, to which the undercloud can log in.
 * An existing node stays as it is.
 * @throws UserError if the lab has no such node, or its sandbox is not up
 */
export async function nodeCreate(lab: Lab, name: string, report: Report): Promise<HostIdentity> {
  const paths = pathsOf(lab.name);
  const plan = planSandbox(lab);
  const { node, site } = nodeNamed(plan, lab, name);
  refuseForeign(paths);
  return withSharedLabLock(paths, report, async () => {
    const images = await ensureImages(report, lab.sandbox.tripleo);
    await joinSite(paths, lab, plan, site, report);
    report(`host ${name}`);
    const { ctlplane, ...others } = node.addresses;
    return createHost(paths, {
      name,
      site,
      rack: node.rack,
      addresses: [ctlplane, ...Object.values(others)],
      ...nodeDisks(node.osdDevices),
      account: 'tripleo-admin',
      authorized: [publicKey(paths.undercloudKey)],
      hostsLines: plan.hostsLines,
      image: images.node,
      containers: images.containers,
      files: [commonFiles],
    });
  });
}

/** Removes a node with its disks; no error if it does not exist. */
export async function nodeDestroy(lab: Lab, name: string, report: Report): Promise<void> {
  const paths = pathsOf(lab.name);
  if (name === undercloudName) {
    throw new SandboxError(
      (dcn) =>
        `node destroy undercloud: the undercloud is removed together with the sandbox: \`${dcn} sandbox down\``,
    );
  }
  refuseForeign(paths);
  if (!fs.existsSync(paths.host(name).directory)) {
    return;
  }
  await withSharedLabLock(paths, report, async () => {
    report(`removing host ${name}`);
    await destroyHost(paths, name);
  });
}

/** Connects a site or rack that was added to the lab file after the sandbox came up, and gives its subnet to the undercloud. */
async function joinSite(
  paths: SandboxPaths,
  lab: Lab,
  plan: SandboxPlan,
  site: SiteNetwork,
  report: Report,
): Promise<void> {
  await withLock(
    paths.siteLock,
    () => undefined,
    async () => {
      await ensureSite(lab.name, site);
      const knownSubnets = new Set(lastSettings(paths)?.subnets.map((subnet) => JSON.stringify(subnet)));
      if (!plan.ctlplane.every((subnet) => knownSubnets.has(JSON.stringify(subnet)))) {
        await startServices(paths, lab, plan, report);
      }
    },
  );
}

function nodeNamed(plan: SandboxPlan, lab: Lab, name: string): SandboxPlan['nodes'][number] {
  const found = plan.nodes.find(({ node }) => node.name === name);
  if (found) {
    return found;
  }
  const names = plan.nodes.map(({ node }) => node.name).join(', ');
  throw new UserError(`node ${name}: not in lab ${lab.name}. Its nodes: ${names}.`);
}
