import * as z from 'zod';
import { text } from './text';

/** Settings of one pool. */
export const pool = z.strictObject({
    size: z.int().min(2).max(10).optional().describe('Copies of each object; default: `poolSize`.'),
    pgNum: z
      .int()
      .min(1)
      .max(32768)
      .optional()
      .describe(
        'Number of placement groups of a new pool, which then has no autoscaler; default: Ceph’s autoscaler decides.',
      ),
    targetSizeRatio: z
      .number()
      .positive()
      .max(1)
      .optional()
      .describe(
        'Part of the cluster’s capacity that the pool will use, for the autoscaler; default: Ceph goes by its content.',
      ),
    rule: text(
      /^[A-Za-z0-9][A-Za-z0-9_.-]*$/,
      'is not the name of a CRUSH rule',
      'Use letters, digits, dots, hyphens and underscores only',
    )
      .default('replicated_rule')
      .describe(
        'CRUSH rule of a new pool; another one than the default is a rule in `CephCrushRules` of the site’s `parameters`.',
      ),
  });

/** The pools of a site's Ceph cluster. */
export const pools = z
  .strictObject({
    images: pool.optional().describe('The pool of Glance.'),
    vms: pool.optional().describe('The pool of Nova.'),
    volumes: pool.optional().describe('The pool of Cinder.'),
  })
  .optional()
  .describe("Settings of the cluster's pools.");

/** Settings of a cluster's pools with all defaults that depend on no other value. */
export type Pools = Record<keyof NonNullable<z.output<typeof pools>>, z.output<typeof pool>>;
