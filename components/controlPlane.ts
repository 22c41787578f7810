import type * as pulumi from '@pulumi/pulumi';
import { Site, type SiteArgs } from './site';

/** The control plane, on which all other sites build, with the central store in Ceph or in Swift. */
export class ControlPlane extends Site {
  constructor(args: SiteArgs, options: pulumi.ComponentResourceOptions = {}) {
    super('ControlPlane', { ...args, open: () => [], storeVerb: 'record' }, options);
  }
}
