import { forEachAtMost } from '../../lib/forEachAtMost';
import { type LabContext, dcnCommand, toStderr } from '../context';
import type { StackNode } from './graph';
import { type PulumiEnvironment, initStack, writeMissingSettings } from './pulumi';
import { withoutAbandonedLocks } from './stackLocks';
import { stacksAtOnceHere } from './window';

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
  const ensure = async ({ name }: StackNode): Promise<void> => {
    if (existing.has(name)) {
      await writeMissingSettings(env, context, name);
    } else {
      await withoutAbandonedLocks(name, dcnCommand(context), toStderr, () => initStack(env, context, name));
    }
  };
  // The others get the salt of the lab's own stack.
  const [first, others] = [stacks.slice(0, 1), stacks.slice(1)];
  await forEachAtMost(first, 1, ensure);
  await forEachAtMost(others, stacksAtOnceHere(), ensure);
}
