import * as z from 'zod';
import { verbNames } from '../../names';
import { relativePath } from './text';

const scripts = (words: string) =>
  z
    .partialRecord(
      z.enum(verbNames),
      relativePath(),
    )
    .default({})
    .describe(words);

/** Scripts of an operator before and after steps. */
export const hooks = z
  .strictObject({
    before: scripts('`step: file`: runs before the step, and again when the step runs in another revision.'),
    after: scripts('`step: file`: runs after the step, before all steps that need the step, and again when the step runs in another revision.'),
  })
  .prefault({})
  .describe(
    'Bash scripts, files relative to the lab file, that run on the undercloud as jobs of their own (docs/lab-file.md#hooks). They must do no ' +
      'harm when they run again.',
  );
