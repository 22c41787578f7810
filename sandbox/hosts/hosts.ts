import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeAtomic } from '../../lib/atomicFile';
import { withLock } from '../../lib/lock';
import { UserError } from '../../lib/userError';
import { connectHost, disconnectHost } from '../network/connection';
import { routerNamespace } from '../network/names';
import { inNamespace } from '../network/namespace';
import type { SandboxPaths } from '../paths';
import { consoleOf, removeContainer, runningHosts, startContainer, stopContainer } from './container';
import { attachDisks, detachDisks } from './disks';
import type { HostPlan } from './hostPlan';
import { mountRoot, unmountUnder } from './mounts';
import { type HostIdentity, type HostRecord, recordOf, recordOrThrow } from './record';
import { createRoot, newRecord } from './root';

const secondsToAnswer = 90;

/**
 * Creates a host and waits until its SSH server answers. An existing host is only powered on if it is off. Leftovers of
 * an interrupted creation are removed first.
 */
export async function createHost(paths: SandboxPaths, plan: HostPlan): Promise<HostIdentity> {
  return withHostLock(paths, plan.name, async () => {
    const hostPaths = paths.host(plan.name);
    const existing = recordOf(paths, plan.name);
    if (!existing) {
      await remove(paths, plan.name);
      await createRoot(hostPaths, plan);
    }
    const record = existing ?? newRecord(hostPaths, plan);
    await powerOn(paths, record);
    if (!existing) {
      writeAtomic(hostPaths.record, JSON.stringify(record, null, 1));
    }
    return { instanceId: record.instanceId, hostKey: record.hostKey };
  });
}

/** Powers on an existing host with its disks as they are; nothing happens if it runs. */
export async function startAgain(paths: SandboxPaths, name: string): Promise<void> {
  await withHostLock(paths, name, () => powerOn(paths, recordOrThrow(paths, name)));
}

/** Stops a host's system, by a shutdown or by killing it, as a power loss does; its disks stay. */
export async function powerOff(
  paths: SandboxPaths,
  name: string,
  how: 'orderly' | 'power-loss',
): Promise<void> {
  recordOrThrow(paths, name);
  await withHostLock(paths, name, () => stopContainer(paths, name, how));
}

/** Removes a host with its disks; no error if there is none. */
export async function destroyHost(paths: SandboxPaths, name: string): Promise<void> {
  await withHostLock(paths, name, () => remove(paths, name));
}

async function withHostLock<T>(paths: SandboxPaths, name: string, work: () => Promise<T>): Promise<T> {
  return withLock(paths.host(name).lock, () => undefined, work);
}

async function powerOn(paths: SandboxPaths, host: HostRecord): Promise<void> {
  if ((await runningHosts(paths)).has(host.name)) {
    return;
  }
  const hostPaths = paths.host(host.name);
  await mountRoot(hostPaths, host.image);
  await connectHost(paths.lab, host.name, host.addresses, host);
  const disks = await attachDisks(path.join(hostPaths.directory, 'disks'), host);
  await startContainer(paths, host.name, disks, host.containers);
  await waitForSsh(paths, host.name, host.addresses[0]);
}

async function remove(paths: SandboxPaths, name: string): Promise<void> {
  const { directory, record } = paths.host(name);
  // Removed first, so that the leftovers of an interrupted removal do not count as a complete host.
  fs.rmSync(record, { force: true });
  await removeContainer(paths, name);
  await disconnectHost(paths.lab, name);
  await unmountUnder(directory);
  await detachDisks(directory);
  await fs.promises.rm(directory, { recursive: true, force: true });
}

/** Waits until the host's SSH server greets a connection from the router. */
async function waitForSsh(paths: SandboxPaths, name: string, address: string): Promise<void> {
  const greets = `exec 3<>/dev/tcp/${address}/22 && read -u 3 line && [[ $line == SSH-* ]]`;
  const wait = `until timeout 2 bash -c '${greets}' 2>/dev/null; do sleep 0.1; done`;
  try {
    await inNamespace(routerNamespace(paths.lab), ['timeout', `${secondsToAnswer}`, 'bash', '-c', wait]);
  } catch {
    const last = await consoleOf(paths, name).catch((error: Error) => error.message);
    throw new UserError(
      `host ${name} (${address}) does not answer on SSH after ${secondsToAnswer} s; last lines of its console:\n${last}`,
    );
  }
}
