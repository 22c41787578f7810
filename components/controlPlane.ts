import * as pulumi from '@pulumi/pulumi';
import { Site, type SiteArgs } from './site';

/** The control plane: the site that all others build on, with the store of the cluster `central`, or of Swift. */
export class ControlPlane extends Site {
  constructor(args: SiteArgs, options: pulumi.ComponentResourceOptions = {}) {
    super(
      'ControlPlane',
      { ...args, digests: pulumi.output<Record<string, string>>({}), open: () => [], storeVerb: 'record' },
      options,
    );
  }
}
