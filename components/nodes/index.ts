import type { Lab } from '../../model';
import { existing } from './existing';
import type { Provisioner } from './nodes';
import { sandbox } from './sandbox';

export { type Host, lookedFor, type Nodes, type Provisioner } from './nodes';

/** The provisioner that the lab asks for. @param labFile path as commands on this machine find it, which run in the project's folder */
export function provisionerOf(lab: Lab, labFile: string): Provisioner {
  switch (lab.provisioner) {
    case 'sandbox':
      return sandbox(lab.name, labFile);
    case 'existing':
      return existing;
  }
}
