import * as z from 'zod';
import { anyText, siteName, text } from './text';

export const image = z.strictObject({
  source: z
    .union([
      z.strictObject({ file: anyText().describe('File on this machine, relative to the lab file.') }),
      z.strictObject({
        url: z
          .url({ protocol: /^https?$/, error: 'is not a URL that can be fetched' })
          .meta({ patternErrorMessage: 'Write it from http:// or https:// on' })
          .describe('Where the undercloud fetches it from.'),
        sha256: text(/^[0-9a-f]{64}$/, 'is not a SHA-256', 'Write 64 lower-case hexadecimal digits')
          .optional()
          .describe('What the fetched file must have.'),
      }),
      z.strictObject({
        made: z
          .strictObject({
            sizeMiB: z
              .int()
              .min(1)
              .max(1024 * 1024)
              .describe('Size in MiB.'),
            seed: anyText().describe('The same seed gives the same bytes.'),
          })
          .describe('Made for the occasion, without an operating system.'),
      }),
    ])
    .describe('Where it comes from: one of file, url, made.'),
  format: z
    .enum(['raw', 'qcow2'])
    .default('raw')
    .describe(
      'Format of the source; it is stored raw whatever this is, but as it is in the topology `cache`.',
    ),
  sites: z
    .array(siteName())
    .default([])
    .describe(
      'Edge sites that get a copy, or in the topology `cache` keep it in their caches; the control plane always has one.',
    ),
});
