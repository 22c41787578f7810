import * as pulumi from '@pulumi/pulumi';
import { Site, type SiteArgs } from './site';

/** The control plane: the site that all others build on, with the store of the cluster `central`. */
export class ControlPlane extends Site {
  constructor(args: SiteArgs, options: pulumi.ComponentResourceOptions = {}) {
    super('ControlPlane', { ...args, digestOf: nothingMade, open: () => [], storeVerb: 'record' }, options);
  }
}

function nothingMade(file: string): string {
  throw new Error(`The control plane reads ${file} of another site: the model must not plan that.`);
}
