import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Lab } from '../model';
import { writeAtomic } from '../lib/atomicFile';
import { projectRoot } from '../lib/paths';
import { ensureSystemPackages } from '../lib/debianPackages';
import { ensureForward, forwarder } from './network/forward';
import {
  type HostIdentity,
  addNames,
  commonFiles,
  copyFiles,
  createHost,
  destroyHost,
  hostNames,
  recordOf,
  startAgain,
} from './hosts/hosts';
import { type Images, ensureImages } from './image/image';
import { raiseLimits } from './hosts/limits';
import {
  type SiteNetwork,
  ensureRouter,
  ensureSite,
  removeOtherSites,
  wanLink,
  wanState,
} from './network/network';
import { type SandboxPaths, namespaceFile, pathsOf, routerNamespace } from './paths';
import { type SandboxPlan, planSandbox, undercloudName } from './plan';
import { inHost, isRunning } from './hosts/podman';
import { withLock } from '../lib/lock';
import { type Report, run } from './run';
import { sweep } from './sweep';

export { packImages } from './image/image';
export { wanBytes } from './network/network';
export type { HostIdentity } from './hosts/hosts';

/** How the undercloud is reached over SSH. */
export interface Endpoint {
  host: string;
  port: number;
  user: string;
  /** Public host key, `ssh-ed25519 AAAA…`; absent as long as there is no undercloud. */
  hostKey?: string;
  privateKeyFile: string;
}

/** A sandbox as it is now. */
export interface SandboxStatus {
  lab: string;
  undercloud: Endpoint & { reachable: boolean };
  hosts: { name: string; site: string; address: string; running: boolean; instanceId: string }[];
  /** Rate as `tc` counts it; absent: not limited. */
  sites: { name: string; rate?: string; cut: boolean }[];
}

/** Debian's packages of what the sandbox runs on the machine itself. */
const packages = [
  ...['mmdebstrap', 'zstd', 'podman', 'conmon', 'runc'],
  ...['iproute2', 'procps', 'util-linux', 'mount', 'openssh-client', 'python3'],
];

const undercloudFiles = path.join(projectRoot, 'sandbox', 'undercloud', 'files');
const undercloudStart = '/opt/dcn/undercloud-start';

/**
 * Brings up what a lab stands on: network, undercloud with its services, and hosts that were there before the machine was
 * restarted. What is there already is left as it is.
 */
export async function sandboxUp(lab: Lab, report: Report): Promise<void> {
  const paths = pathsOf(lab.name);
  const plan = planSandbox(lab);
  refuseForeign(paths);
  refuseOthersThanRoot();
  refuseOtherMode(paths, lab);
  await ensureSystemPackages(packages, report);
  const images = await ensureImages(report, lab.sandbox.tripleo);
  await withLab(paths, report, async () => {
    claim(paths);
    raiseLimits(paths);
    await ensureKeys(paths);
    report(`network: ${plan.sites.length} sites`);
    await ensureRouter(lab.name);
    for (const site of plan.sites) {
      await ensureSite(lab.name, site);
    }
    await removeOtherSites(
      lab.name,
      plan.sites.map(({ name }) => name),
    );
    await ensureForward(paths, plan.undercloud.port, plan.undercloud.address);
    report('undercloud: host');
    await ensureUndercloud(paths, plan, images);
    await startServices(paths, lab, plan, report);
    const others = hostNames(paths).filter((name) => name !== undercloudName);
    if (others.length > 0) {
      report(`hosts: ${others.length} nodes run, or are powered on again`);
    }
    await Promise.all(others.map((name) => startAgain(paths, name)));
  });
}

/** Takes away everything of a lab's sandbox, whatever state it is in; fine when there is nothing. */
export async function sandboxDown(lab: Lab, report: Report): Promise<void> {
  const paths = pathsOf(lab.name);
  refuseForeign(paths);
  if (!fs.existsSync(paths.state) && !fs.existsSync(paths.run)) {
    return;
  }
  await withLab(paths, report, async () => {
    report('sandbox: removing hosts, disks and network');
    await sweep(paths);
  });
}

/** What of a lab's sandbox is there; undefined when nothing is. */
export async function sandboxStatus(lab: Lab): Promise<SandboxStatus | undefined> {
  const paths = pathsOf(lab.name);
  if (!isUp(paths)) {
    return undefined;
  }
  const plan = planSandbox(lab);
  const hosts = hostNames(paths).flatMap((name) => recordOf(paths, name) ?? []);
  return {
    lab: lab.name,
    undercloud: { ...endpoint(lab), reachable: forwarder(paths) !== undefined },
    hosts: await Promise.all(
      hosts.map(async ({ name, site, addresses, instanceId }) => ({
        name,
        site: site.name,
        address: addresses[0],
        running: await isRunning(paths, name),
        instanceId,
      })),
    ),
    sites: await Promise.all(
      plan.sites.map(async ({ name }) => ({ name, ...(await wanState(lab.name, name)) })),
    ),
  };
}

/**
 * Makes a node of the lab file: a host with its addresses and blank disks, which the undercloud can log in to. One that is
 * there is left as it is.
 * @throws Error when the lab has no such node, or its sandbox is not up.
 */
export async function nodeCreate(lab: Lab, name: string, report: Report): Promise<HostIdentity> {
  const paths = pathsOf(lab.name);
  const plan = planSandbox(lab);
  const { node, site } = nodeNamed(plan, lab, name);
  refuseForeign(paths);
  return withStanding(paths, report, async () => {
    const images = await ensureImages(report, lab.sandbox.tripleo);
    await joinSite(paths, lab, plan, site, report);
    report(`host ${name}`);
    const { ctlplane, ...others } = node.addresses;
    return createHost(paths, {
      name,
      site,
      addresses: [ctlplane, ...Object.values(others)],
      disks: node.osdDevices,
      account: 'tripleo-admin',
      authorized: [publicKey(paths.undercloudKey)],
      names: plan.names,
      image: images.node,
      containers: images.containers,
      files: [commonFiles],
    });
  });
}

/** Removes a node with its disks; fine when there is none of this name. */
export async function nodeDestroy(lab: Lab, name: string, report: Report): Promise<void> {
  const paths = pathsOf(lab.name);
  if (name === undercloudName) {
    throw new Error('node destroy undercloud: the undercloud goes with the sandbox: dcn sandbox down');
  }
  refuseForeign(paths);
  if (!fs.existsSync(paths.host(name).directory)) {
    return;
  }
  await withStanding(paths, report, async () => {
    report(`removing host ${name}`);
    await destroyHost(paths, name);
  });
}

/** Limits, cuts or mends the WAN link of a site. */
export async function wan(lab: Lab, site: string, order: string): Promise<void> {
  refuseForeign(pathsOf(lab.name));
  await wanLink(lab.name, site, order);
}

/** How the lab's undercloud is reached; its host key is known once it was made. */
export function endpoint(lab: Lab): Endpoint {
  const paths = pathsOf(lab.name);
  const { port, user } = planSandbox(lab).undercloud;
  const made = fs.existsSync(paths.undercloudHostKey);
  return {
    host: '127.0.0.1',
    port,
    user,
    ...(made && { hostKey: fs.readFileSync(paths.undercloudHostKey, 'utf8').trim() }),
    privateKeyFile: paths.operatorKey,
  };
}

async function ensureUndercloud(paths: SandboxPaths, plan: SandboxPlan, images: Images): Promise<void> {
  const { address, user, site } = plan.undercloud;
  const { hostKey } = await createHost(paths, {
    name: undercloudName,
    site,
    addresses: [address],
    disks: [],
    account: user,
    authorized: [publicKey(paths.operatorKey)],
    keyPair: paths.undercloudKey,
    names: plan.names,
    image: images.undercloud,
    files: [commonFiles, undercloudFiles],
  });
  writeAtomic(paths.undercloudHostKey, `${hostKey}\n`);
}

/** Starts the undercloud's services, or tells the running ones of the lab's present subnets and names. */
async function startServices(
  paths: SandboxPaths,
  lab: Lab,
  plan: SandboxPlan,
  report: Report,
): Promise<void> {
  report('undercloud: Neutron and Ironic');
  copyFiles([undercloudFiles], paths.host(undercloudName).root);
  addNames(paths, undercloudName, plan.names);
  const { tripleo, servers } = lab.sandbox;
  const wanted = JSON.stringify({
    lab: lab.name,
    tripleo,
    servers,
    address: plan.undercloud.address,
    subnets: plan.ctlplane,
  });
  await inHost(paths, undercloudName, [undercloudStart], {
    input: wanted,
    onLine: (line) => report(`undercloud: ${line}`),
  });
  writeAtomic(knownSubnets(paths), wanted);
}

/** Makes a site known that was added to the lab file after the sandbox came up. */
async function joinSite(
  paths: SandboxPaths,
  lab: Lab,
  plan: SandboxPlan,
  site: SiteNetwork,
  report: Report,
): Promise<void> {
  await withLock(
    path.join(paths.state, 'locks', '.site'),
    () => undefined,
    async () => {
      await ensureSite(lab.name, site);
      const known = fs.readFileSync(knownSubnets(paths), 'utf8');
      const isKnown = plan.ctlplane.every((subnet) => known.includes(JSON.stringify(subnet)));
      if (!isKnown) {
        await startServices(paths, lab, plan, report);
      }
    },
  );
}

/** What the undercloud was last told. */
function knownSubnets(paths: SandboxPaths): string {
  return path.join(paths.state, 'ctlplane.json');
}

function nodeNamed(plan: SandboxPlan, lab: Lab, name: string): SandboxPlan['nodes'][number] {
  const found = plan.nodes.find(({ node }) => node.name === name);
  if (found) {
    return found;
  }
  const names = plan.nodes.map(({ node }) => node.name).join(', ');
  throw new Error(`node ${name}: not in lab ${lab.name}. Its nodes: ${names}.`);
}

/** Does what changes a lab as a whole, when nobody else changes anything in it. */
async function withLab<T>(paths: SandboxPaths, report: Report, work: () => Promise<T>): Promise<T> {
  return withLock(labLock(paths), () => report(waiting(paths)), work);
}

/** Does what changes one host of a lab that is up: hosts come and go side by side. */
async function withStanding<T>(paths: SandboxPaths, report: Report, work: () => Promise<T>): Promise<T> {
  const notUp = new Error(`the sandbox of lab ${paths.lab} is not up; bring it up with: dcn sandbox up`);
  if (!fs.existsSync(labLock(paths))) {
    throw notUp;
  }
  const ifUp = async () => {
    if (!isUp(paths)) {
      throw notUp;
    }
    return work();
  };
  return withLock(labLock(paths), () => report(waiting(paths)), ifUp, 'shared');
}

function labLock(paths: SandboxPaths): string {
  return path.join(paths.state, 'locks', '.lab');
}

function waiting(paths: SandboxPaths): string {
  return `waiting for another process that works on the sandbox of lab ${paths.lab}`;
}

function isUp(paths: SandboxPaths): boolean {
  return fs.existsSync(knownSubnets(paths)) && fs.existsSync(namespaceFile(routerNamespace(paths.lab)));
}

function refuseOthersThanRoot(): void {
  if (process.getuid?.() === 0) {
    return;
  }
  throw new Error(
    'the sandbox makes hosts and networks on this machine, which only root may: run it as root',
  );
}

/** Nodes are made for one mode: another one's `ceph deploy` and services know nothing of the daemons that run there. */
function refuseOtherMode(paths: SandboxPaths, { name, sandbox }: Lab): void {
  if (!fs.existsSync(knownSubnets(paths))) {
    return;
  }
  const { tripleo } = JSON.parse(fs.readFileSync(knownSubnets(paths), 'utf8')) as Lab['sandbox'];
  const nodes = hostNames(paths).filter((host) => host !== undercloudName);
  if (tripleo === sandbox.tripleo || nodes.length === 0) {
    return;
  }
  throw new Error(
    `glance-dcn:sandbox.tripleo: ${sandbox.tripleo}: nodes of lab ${name} were made with ${tripleo} (${nodes.join(', ')}); ` +
      `write ${tripleo}, or take the lab away first: dcn destroy`,
  );
}

/** Namespaces carry the lab's name alone: two state folders must not have a lab of one name on one machine at a time. */
function claim(paths: SandboxPaths): void {
  refuseForeign(paths);
  writeAtomic(path.join(paths.run, 'owner'), paths.state);
}

function refuseForeign(paths: SandboxPaths): void {
  const file = path.join(paths.run, 'owner');
  const owner = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : paths.state;
  if (owner === paths.state || !fs.existsSync(owner)) {
    return;
  }
  throw new Error(
    `a sandbox of lab ${paths.lab} is up on this machine from another state folder, ${owner}; ` +
      `take that one down first (GLANCE_DCN_STATE names the folder above it)`,
  );
}

async function ensureKeys(paths: SandboxPaths): Promise<void> {
  await ensureKey(paths.operatorKey, ['-t', 'ed25519', '-C', 'operator']);
  await ensureKey(paths.undercloudKey, [
    '-t',
    'rsa',
    '-b',
    '3072',
    '-m',
    'PEM',
    '-C',
    `stack@${undercloudName}`,
  ]);
}

async function ensureKey(file: string, kind: string[]): Promise<void> {
  if (fs.existsSync(file) && fs.existsSync(`${file}.pub`)) {
    return;
  }
  for (const part of [file, `${file}.pub`]) {
    fs.rmSync(part, { force: true });
  }
  await run('ssh-keygen', ['-q', ...kind, '-N', '', '-f', file]);
}

function publicKey(file: string): string {
  return fs.readFileSync(`${file}.pub`, 'utf8').trim();
}
