import { type Lab, planCloud } from '../../model';
import { existing } from './existing';
import type { Provisioner } from './nodes';
import { sandbox } from './sandbox';

export {
  expectedHosts,
  type Foundation,
  type Nodes,
  type Provisioner,
  type SharedCloud,
  sharedCloud,
} from './nodes';

/**
 * The provisioner that the lab asks for. Only a lab in a cloud loads the cloud's provisioner and its packages.
 *
 * @param labFile path of the lab file for commands on this machine, which run in the project's folder
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
