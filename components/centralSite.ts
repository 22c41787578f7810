import type * as pulumi from '@pulumi/pulumi';
import { Site, type SiteArgs } from './site';

/** Computes that are clients of the external Ceph cluster: servers there start from the central store. */
export class CentralSite extends Site {
  constructor(args: SiteArgs, options: pulumi.ComponentResourceOptions = {}) {
    super('CentralSite', { ...args, open: () => [] }, options);
  }
}
