import type * as pulumi from '@pulumi/pulumi';
import { Site, type SiteArgs } from './site';

/** Site `central`: computes that are clients of the external Ceph cluster. Their servers start from the central store. */
export class CentralSite extends Site {
  constructor(args: SiteArgs, options: pulumi.ComponentResourceOptions = {}) {
    super('CentralSite', { ...args, open: () => [] }, options);
  }
}
