import type * as pulumi from '@pulumi/pulumi';
import { Site, type SiteArgs } from './site';

/** A Ceph cluster without an overcloud that holds the central store. The lab makes it, or it existed before. */
export class ExternalCeph extends Site {
  constructor(args: SiteArgs, options: pulumi.ComponentResourceOptions = {}) {
    super('ExternalCeph', { ...args, open: () => [] }, options);
  }
}
