import * as fs from 'node:fs';
import * as path from 'node:path';
import { projectRoot } from '../../lib/paths';
import { type Layer, digest, isolated, packageList } from './layer';
import { layerOver } from './layerOver';
import { rootLayer } from './rootLayer';

const imageDir = path.join(projectRoot, 'sandbox', 'image');

/** The container image that cephadm starts Ceph from; sandbox/undercloud/files/opt/dcn/dcn_full/ceph_deploy.py has the same name. */
const cephImage = 'localhost/ceph:16';

/** The root file system that every host of the sandbox has. */
export function nodeLayer(): Layer {
  const packages = packageList(path.join(imageDir, 'node', 'packages.txt'));
  const description = `base image of the hosts, ${packages.length} distribution packages and what they need: about 4 minutes`;
  const setup = ['schemas.sh', 'setup.sh'].map((name) => path.join(imageDir, 'node', name));
  return rootLayer({ name: 'node', description, packages, setup });
}

/** The undercloud's layer over the root file system of every host. */
export function undercloudLayer(node: Layer, nodeDirectory: string): Layer {
  return layerOver(node, nodeDirectory, {
    name: 'undercloud',
    description:
      'undercloud layer, Neutron and the TripleO client with its templates and Heat: about 3 minutes',
    packages: packageList(path.join(imageDir, 'undercloud', 'packages.txt')),
    source: path.join(projectRoot, 'sandbox', 'undercloud'),
    inputs: ['install.sh', 'install'],
  });
}

/** The nodes' layer over the root file system of every host, for `tripleo: full`. */
export function containersLayer(node: Layer, nodeDirectory: string): Layer {
  return layerOver(node, nodeDirectory, {
    name: 'containers',
    description: 'layer of the nodes for cephadm and podman: half a minute',
    packages: packageList(path.join(imageDir, 'containers', 'packages.txt')),
    source: path.join(imageDir, 'containers'),
    inputs: ['install.sh', 'files'],
  });
}

/** A podman storage that holds only Ceph's container image; the layers that the image is built from are discarded. */
export function cephLayer(): Layer {
  const source = path.join(imageDir, 'ceph');
  const packages = packageList(path.join(source, 'packages.txt'));
  const root = rootLayer({ name: 'ceph', description: 'root of the image', packages, setup: [] });
  const overRoot = (rootDirectory: string): Layer =>
    layerOver(root, rootDirectory, {
      name: 'ceph',
      description: 'package that the distribution does not have',
      packages: ['python3-venv'],
      source,
      inputs: ['install.sh'],
    });
  const script = path.join(source, 'import.sh');
  return {
    name: 'ceph',
    description: `container image of Ceph, ${packages.length} distribution packages and what they need: about 3 minutes`,
    hash: digest([overRoot('').hash, cephImage, fs.readFileSync(script)]),
    async build(directory, scratch, onLine) {
      const folder = (name: string): string => {
        const created = path.join(scratch, name);
        fs.mkdirSync(created);
        return created;
      };
      const rootDirectory = folder('root-layer');
      const overDirectory = folder('more-layer');
      await root.build(rootDirectory, folder('root-scratch'), onLine);
      await overRoot(rootDirectory).build(overDirectory, folder('more-scratch'), onLine);
      const lower = `${overDirectory}:${rootDirectory}`;
      await isolated(['bash', script, lower, folder('import-scratch'), directory, cephImage], onLine);
    },
  };
}
