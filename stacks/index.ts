import { imagesStack } from './images';
import { labStack } from './lab';
import { openStackLab, partsOf } from './labFile';
import { siteStack } from './site';

/** Runs the program of a stack of a lab. @returns the stack's outputs */
export async function runStack(stack: string): Promise<object> {
  const { lab, part } = partsOf(stack);
  const context = await openStackLab(lab);
  if (part === undefined) {
    return labStack(context);
  }
  return part === 'images' ? imagesStack(context) : siteStack(context, part);
}
