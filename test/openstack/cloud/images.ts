import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Lab } from '../../../model';
import { commonFiles, copyFiles } from '../../../sandbox/hosts';
import { ensureImages, ensureLayer, layerOver, nodeLayer, packageList } from '../../../sandbox/image';
import { planSandbox } from '../../../sandbox/plan';
import { type Report, run } from '../../../sandbox/run';
import { projectRoot } from '../../../tools/places';
import type { CloudImage } from './cloud';

/** Root file systems of the cloud and its servers, as overlayfs' lower directories, topmost first. */
export interface CloudImages {
  host: string[];
  node: string[];
  undercloud: string[];
  /** All that servers are made of. */
  guestLayers: string[];
}

/**
 * Builds what is missing of the layers of the cloud's host and of its servers, over the sandbox's.
 *
 * @param directory where those are written that are made in no time; undercloud: the one of `writeUndercloudLayer`
 */
export async function ensureCloudImages(
  directory: string,
  undercloud: string,
  report: Report,
): Promise<CloudImages> {
  const base = await ensureImages(report);
  const [node] = base.node as [string];
  const over = (name: string, what: string, inputs: string[]) => {
    const source = path.join(__dirname, name);
    const packages = packageList(path.join(source, 'packages.txt'));
    const layer = { name: `cloud-${name}`, what, packages, source, inputs };
    return ensureLayer(layerOver(nodeLayer(), node, layer), report);
  };
  const host = await over('host', 'test cloud, OpenStack and libvirt: about 2 minutes', ['install.sh']);
  const guest = await over('guest', 'servers of the test cloud, cloud-init', ['install.sh', 'files']);
  // What the sandbox puts on a host when it makes it.
  const common = path.join(directory, 'common');
  copyFiles([commonFiles], common);
  const images = {
    host: [host, ...base.node],
    node: [common, guest, ...base.node],
    undercloud: [undercloud, common, guest, ...base.undercloud],
  };
  return { ...images, guestLayers: [...new Set([...images.node, ...images.undercloud])] };
}

/**
 * An image of a container: a small file system that names the layers which the servers of it have below their own.
 * @param file where it is written
 */
export async function containerImage(file: string, layers: string[]): Promise<CloudImage> {
  const content = `${file}.content`;
  fs.mkdirSync(content, { recursive: true });
  fs.writeFileSync(path.join(content, '.layers'), layers.map((layer) => path.basename(layer)).join(':'));
  fs.rmSync(file, { force: true });
  fs.writeFileSync(file, '');
  fs.truncateSync(file, 32 * 2 ** 20);
  await run('mkfs.ext4', ['-q', '-m', '0', '-d', content, file]);
  return { file, format: 'raw', properties: { hypervisor_type: 'lxc' } };
}

/**
 * Writes the layer that makes a server an undercloud of `lab`: what the sandbox tells its own undercloud, which is installed
 * from it at the first boot. The account comes from cloud-init, SSH when all is done.
 */
export function writeUndercloudLayer(directory: string, lab: Lab): void {
  const plan = planSandbox(lab);
  copyFiles(
    [path.join(projectRoot, 'sandbox', 'undercloud', 'files'), path.join(__dirname, 'undercloud')],
    directory,
  );
  const { address } = plan.undercloud;
  const wanted = JSON.stringify({ lab: lab.name, address, subnets: plan.ctlplane });
  fs.writeFileSync(path.join(directory, 'etc/dcn-undercloud.json'), wanted);
  fs.writeFileSync(
    path.join(directory, 'etc/dcn-undercloud.hosts'),
    plan.names.map((line) => `${line}\n`).join(''),
  );
}
