import type { LabContext } from '../context';
import type { Provisioner } from './provisioner';

export type { Infrastructure, Provisioner, Remedies, WanCounter } from './provisioner';

/** The provisioner of a lab. Each provisioner is loaded only for labs that need it. */
export async function provisionerOf(context: LabContext): Promise<Provisioner> {
  switch (context.lab.provisioner) {
    case 'sandbox':
      return (await import('./sandbox')).sandbox(context);
    case 'existing':
      return (await import('./existing')).existing;
    case 'openstack':
      return (await import('./openstack')).openstack(context);
  }
}
