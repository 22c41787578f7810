import * as os from 'node:os';
import * as process from 'node:process';

/*
 * How many stacks a run works on at once. Each is a `pulumi`, its program, a language host and a provider, which mostly wait for jobs on
 * the undercloud.
 */

/** Memory of the processes of one running stack, pages that they share counted once: 135 MiB measured, as the sum of their PSS. */
const stackBytes = 144 * 2 ** 20;
/** Fourteen stacks on two cores: 2 GiB. */
const stacksPerCore = 7;
/** Where less memory is available, too: the sites of Pulumi.dev.yaml come up side by side. */
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
