import * as fs from 'node:fs';
import { withLock } from '../lib/lock';
import { namespaceFile, routerNamespace } from './network/names';
import type { SandboxPaths } from './paths';
import { SandboxError } from './sandboxError';
import type { Report } from '../lib/report';

/** Whether a lab's sandbox is up. */
export function isUp(paths: SandboxPaths): boolean {
  return fs.existsSync(paths.undercloudSettings) && fs.existsSync(namespaceFile(routerNamespace(paths.lab)));
}

/** Runs `work`, which changes a lab's sandbox as a whole, while no other process changes the sandbox. */
export async function withLabLock<T>(
  paths: SandboxPaths,
  report: Report,
  work: () => Promise<T>,
): Promise<T> {
  return withLock(paths.labLock, waiting(paths, report), work);
}

/**
 * Runs `work`, which changes one host of a lab whose sandbox is up. Several processes may hold this lock at once.
 * @throws UserError if the sandbox is not up
 */
export async function withSharedLabLock<T>(
  paths: SandboxPaths,
  report: Report,
  work: () => Promise<T>,
): Promise<T> {
  if (!fs.existsSync(paths.labLock)) {
    throw notUp(paths);
  }
  const workIfUp = async (): Promise<T> => {
    if (!isUp(paths)) {
      throw notUp(paths);
    }
    return work();
  };
  return withLock(paths.labLock, waiting(paths, report), workIfUp, 'shared');
}

/** The error of a verb that needs a sandbox that is up. */
export function notUp({ lab }: SandboxPaths): SandboxError {
  return new SandboxError((dcn) => `the sandbox of lab ${lab} is not up; bring it up: \`${dcn} sandbox up\``);
}

function waiting({ lab }: SandboxPaths, report: Report): () => void {
  return () => report(`waiting for another process that is changing the sandbox of lab ${lab}`);
}
