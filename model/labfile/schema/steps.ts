import * as z from 'zod';
import { verbNames } from '../../names';
import { text } from './text';

/** Greatest time limit of a step, in minutes: registrations of stores wait for steps of the control plane. */
export const longestMinutes = 480;

/** Settings of a site's steps. */
export const steps = z
  .partialRecord(
    z.enum(verbNames),
    z.strictObject({
      limitMinutes: z
        .int()
        .min(1)
        .max(longestMinutes)
        .optional()
        .describe(
          'Minutes after which the step, or its teardown, is ended and counts as failed; default: docs/operators-guide.md#how-long. Above 240, ' +
            '`overcloud-stack` and `overcloud-config` get it as `--timeout`, too, and run again.',
        ),
      arguments: z
        .record(
          text(
            /^[a-z][a-z0-9-]*$/,
            'is not the name of an option',
            'Write the option without the hyphens before it, such as ansible-forks',
          ),
          z.union([z.literal(true), z.int().min(1), text(/^[^\s-]\S*$/, 'is not one word', 'Write one word')]),
        )
        .default({})
        .describe(
          'Further options of the step’s command, `option: value`, and `true` for an option without a value ' +
            '(docs/lab-file.md#steps). A change runs the step again.',
        ),
    }),
  )
  .default({})
  .describe('Settings of steps, by the names that `./dcn plan` shows.');
