import * as fs from 'node:fs';
import * as path from 'node:path';
import { writeAtomic } from '../lib/atomicFile';
import { PulumiUserError } from '../components/pulumiUserError';

/*
 * `dcn up` starts the stack of an edge site before the control plane stands: most of an edge's verbs need nothing of it.
 * The program of such a stack waits for the other stack where it reads its outputs, and not before. Who starts both says
 * when the other has ended, by a file of the stack's name in a folder that the environment names. Plain `pulumi up`
 * knows of no such folder and waits for nothing.
 */
const variable = 'GLANCE_DCN_SIDE_BY_SIDE';
const pollMilliseconds = 200;

/** How a stack that runs side by side with others ended. */
export type Ending = 'up' | 'failed';

/** Whether other stacks are being brought up side by side with this one. */
export function runsSideBySide(): boolean {
  return Boolean(process.env[variable]);
}

/** Environment for stacks that are brought up side by side; `folder` exists and is theirs alone. */
export function sideBySideEnvironment(folder: string): Record<string, string> {
  return { [variable]: folder };
}

/** Tells all stacks of `folder` that `stack` has ended. */
export function tellEnding(folder: string, stack: string, ending: Ending): void {
  writeAtomic(path.join(folder, stack), ending);
}

/** Waits until `stack` has ended, if it is brought up side by side with this one. @throws PulumiUserError if it failed */
export async function untilUp(stack: string): Promise<void> {
  const folder = process.env[variable];
  if (!folder) {
    return;
  }
  const file = path.join(folder, stack);
  while (!fs.existsSync(file)) {
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
  if (fs.readFileSync(file, 'utf8') !== ('up' satisfies Ending)) {
    throw new PulumiUserError(
      `Stack ${stack}, which this one builds on, failed: mend that and bring both up again.`,
    );
  }
}
