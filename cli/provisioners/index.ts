import type { Lab } from '../../model';
import type { Provisioner } from './provisioner';

export type { Infrastructure, Provisioner, WanCounter } from './provisioner';

/** The provisioner that a lab asks for. Each is loaded only for labs that need it. */
export async function provisionerOf(lab: Lab): Promise<Provisioner> {
  switch (lab.provisioner) {
    case 'sandbox':
      return (await import('./sandbox')).sandbox(lab);
    case 'existing':
      return (await import('./existing')).existing;
    case 'openstack':
      return (await import('./openstack')).openstack(lab);
  }
}
