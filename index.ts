import { getStack } from '@pulumi/pulumi';
import { runStack } from './stacks';

/** Runs the program of the stack that Pulumi has selected. */
export = (): Promise<object> => runStack(getStack());
