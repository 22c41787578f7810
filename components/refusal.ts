import { inspect } from 'node:util';
import * as pulumi from '@pulumi/pulumi';

/**
 * An error that ends the program and is its reader's to mend: shown as its message alone.
 *
 * Pulumi's runner inspects every error that ends a program, whether it shows that or not, and by then its SDK has hung
 * a promise to it that reaches everything the program has made: a plain RunError takes 16 seconds to be told.
 */
export class Refusal extends pulumi.RunError {
  [inspect.custom](): string {
    return this.message;
  }
}
