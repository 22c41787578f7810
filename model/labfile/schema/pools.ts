import * as z from 'zod';
import { text } from './text';

/** The CRUSH rule that every cluster has. */
export const defaultRule = 'replicated_rule';

/** Settings of one pool. */
export const pool = z.strictObject({
  name: text(
    /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/,
    'is not the name of a pool',
    'Use letters, digits, dots, hyphens and underscores only',
  )
    .optional()
    .describe('Name of the pool; default: the key’s. A site that is up keeps it.'),
    size: z.int().min(2).max(10).optional().describe('Copies of each object; default: `poolSize`.'),
    pgNum: z
      .int()
      .min(1)
      .max(32768)
      .optional()
      .describe(
        'Number of placement groups of the pool, which then has no autoscaler; default: Ceph’s autoscaler decides.',
      ),
    targetSizeRatio: z
      .number()
      .min(0.001)
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
      .default(defaultRule)
      .describe(
        'CRUSH rule of the pool; another one than the default is a rule in `CephCrushRules` of the site’s `parameters`.',
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
  .describe("Settings of the cluster's pools; of a cluster that exists already, only their names.");

/** A pool by the service that uses it: Glance, Nova, Cinder. */
export type PoolKey = keyof NonNullable<z.output<typeof pools>>;

/** Settings of a cluster's pools with all defaults that depend on no other value. */
export type Pools = Record<PoolKey, z.output<typeof pool> & { name: string }>;
