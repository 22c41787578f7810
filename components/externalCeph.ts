import type * as pulumi from '@pulumi/pulumi';
import { Site, type SiteArgs } from './site';

/** A Ceph cluster without an overcloud, which holds the central store: made first, or there already. */
export class ExternalCeph extends Site {
  constructor(args: SiteArgs, options: pulumi.ComponentResourceOptions = {}) {
    super('ExternalCeph', { ...args, open: () => [] }, options);
  }
}
