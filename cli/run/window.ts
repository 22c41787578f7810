import * as os from 'node:os';
import * as process from 'node:process';

/*
 * How many stacks a run brings up side by side. Each running stack is a `pulumi`, its program, a language host and a provider, most of
 * whose time is spent waiting for jobs on the undercloud: memory bounds their number before the processor does.
 */

/** Memory of the processes of one running stack, pages that they share counted once: 135 MiB measured, as the sum of their PSS. */
const stackBytes = 144 * 2 ** 20;
/** More bring little: they wait for the undercloud. With seven, a machine of two cores stays below 2 GiB. */
const stacksPerCore = 7;
/** The shipped labs come up side by side everywhere. */
const least = 4;

/**
 * The number of stacks that may run at once: no more than fit into half of the memory that is available to this process, so that other
 * programs of the machine, such as the sandbox, keep the rest.
 */
export function stacksAtOnce({ freeBytes, cores }: { freeBytes: number; cores: number }): number {
  const fitting = Math.floor(freeBytes / 2 / stackBytes);
  return Math.max(least, Math.min(fitting, cores * stacksPerCore));
}

/** The same for this machine, now. */
export function stacksAtOnceHere(): number {
  return stacksAtOnce({ freeBytes: process.availableMemory(), cores: os.availableParallelism() });
}
