import { type Lab, planCloud } from '../../model';
import { existing } from './existing';
import type { Provisioner } from './nodes';
import { sandbox } from './sandbox';

export {
  type Host,
  type LabFoundation,
  lookedFor,
  type Nodes,
  type Provisioner,
  type SharedCloud,
  sharedCloud,
} from './nodes';

/**
 * The provisioner that the lab asks for. That of a cloud is loaded for such labs alone: no other lab needs its packages.
 *
 * @param labFile path as commands on this machine find it, which run in the project's folder
 */
export async function provisionerOf(lab: Lab, labFile: string): Promise<Provisioner> {
  switch (lab.provisioner) {
    case 'sandbox':
      return sandbox(lab.name, labFile);
    case 'existing':
      return existing;
    case 'openstack': {
      const { Openstack } = await import('./openstack');
      return new Openstack(planCloud(lab));
    }
  }
}
