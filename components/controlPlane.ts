import type * as pulumi from '@pulumi/pulumi';
import { Site, type SiteArgs } from './site';

/** The control plane: the site that all others build on, with the central store, be it Ceph's or Swift's. */
export class ControlPlane extends Site {
  constructor(args: SiteArgs, options: pulumi.ComponentResourceOptions = {}) {
    super('ControlPlane', { ...args, open: () => [], storeVerb: 'record' }, options);
  }
}
