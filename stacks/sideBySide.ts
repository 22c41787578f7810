import * as fs from 'node:fs';
import * as path from 'node:path';
import { isRunning } from '../lib/isRunning';
import { writeAtomic } from '../lib/atomicFile';
import { PulumiUserError } from '../components/pulumiUserError';

/*
 * `dcn up` starts the stack of an edge site before the control plane is up: most verbs of an edge site do not need it. The
 * program of an edge site's stack waits only where it reads the outputs of the control plane's stack. When that stack has
 * ended, `dcn` writes a file with the stack's name into a folder that an environment variable names. Plain `pulumi up` has no
 * such folder and does not wait.
 */
const variable = 'GLANCE_DCN_SIDE_BY_SIDE';
/** Process id of the `dcn` that writes into the folder. */
const ownerVariable = 'GLANCE_DCN_SIDE_BY_SIDE_OWNER';
const pollMilliseconds = 200;

/** How a stack that runs side by side with others ended. */
export type Ending = 'up' | 'failed';

/** Whether other stacks are being brought up side by side with this one. */
export function runsSideBySide(): boolean {
  return Boolean(process.env[variable]);
}

/** Environment for stacks that are brought up side by side; `folder` exists and only these stacks use it. */
export function sideBySideEnvironment(folder: string): Record<string, string> {
  return { [variable]: folder, [ownerVariable]: String(process.pid) };
}

/** Informs all stacks that use `folder` that `stack` has ended. */
export function tellEnding(folder: string, stack: string, ending: Ending): void {
  writeAtomic(path.join(folder, stack), ending);
}

/** Whether `stack`, brought up side by side with others, has ended. */
export function hasEnded(folder: string, stack: string): boolean {
  return fs.existsSync(path.join(folder, stack));
}

/**
 * Waits until `stack` has ended, if it is brought up side by side with this one.
 * @throws PulumiUserError if the stack failed, or the `dcn` that would tell its end has ended
 */
export async function untilUp(stack: string): Promise<void> {
  const folder = process.env[variable];
  if (!folder) {
    return;
  }
  const owner = Number(process.env[ownerVariable]);
  while (!hasEnded(folder, stack)) {
    if (!isRunning(owner)) {
      throw new PulumiUserError(
        `Stack ${stack}, which this one builds on: dcn (process ${owner}), which brought both up, has ended: bring both up again.`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
  if (fs.readFileSync(path.join(folder, stack), 'utf8') !== ('up' satisfies Ending)) {
    throw new PulumiUserError(
      `Stack ${stack}, which this one builds on, failed: correct the cause and bring both up again.`,
    );
  }
}
