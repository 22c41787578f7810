import { inspect } from 'node:util';
import * as pulumi from '@pulumi/pulumi';

/**
 * User-fixable error of a Pulumi program: only its message is printed.
 *
 * Pulumi's runner calls `inspect` on every error that ends a program, also where it prints the message alone. By then the
 * SDK has attached a promise to the error through which everything that the program has made can be reached: to inspect
 * a plain RunError takes 16 seconds.
 */
export class PulumiUserError extends pulumi.RunError {
  [inspect.custom](): string {
    return this.message;
  }
}
