import { getStack } from '@pulumi/pulumi';
import { runStack } from './stacks';

/** The program of the stack that Pulumi runs it for. */
export = (): Promise<object> => runStack(getStack());
