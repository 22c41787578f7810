import { type LabContext, dcnCommand, toStderr } from '../context';
import type { StackNode } from './graph';
import { type PulumiEnvironment, initStack, writeMissingSettings } from './pulumi';
import { withoutAbandonedLocks } from './stackLocks';

/**
 * Makes the stacks that the backend lacks, and the settings that this machine lacks.
 *
 * @param existing names of the stacks in the backend
 */
export async function ensureStacks(
  context: LabContext,
  env: PulumiEnvironment,
  stacks: StackNode[],
  existing: Set<string>,
): Promise<void> {
  for (const { name } of stacks) {
    if (existing.has(name)) {
      await writeMissingSettings(env, context, name);
    } else {
      await withoutAbandonedLocks(name, dcnCommand(context), toStderr, () => initStack(env, context, name));
    }
  }
}
