import * as pulumi from '@pulumi/pulumi';
import { imagesStack } from './stacks/images';
import { labStack } from './stacks/lab';
import { openLab, partsOf } from './stacks/labFile';
import { siteStack } from './stacks/site';

/** The program of the stack that Pulumi runs it for. */
async function program(): Promise<object> {
  const { lab, part } = partsOf(pulumi.getStack());
  const context = openLab(lab);
  if (part === undefined) {
    return labStack(context);
  }
  return part === 'images' ? imagesStack(context) : siteStack(context, part);
}

export = program;
