import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Lab } from '../../../model';
import { commonFiles, copyFiles } from '../../../sandbox/hosts/files';
import { ensureLayer } from '../../../sandbox/image/cache';
import { type Images, ensureImages } from '../../../sandbox/image/images';
import { packageList } from '../../../sandbox/image/layer';
import { layerOver } from '../../../sandbox/image/layerOver';
import { nodeLayer } from '../../../sandbox/image/layers';
import { rootLayer } from '../../../sandbox/image/rootLayer';
import { planSandbox } from '../../../sandbox/plan';
import { settingsOf } from '../../../sandbox/undercloudHost';
import type { Report } from '../../../lib/report';
import { run } from '../../../sandbox/run';
import { projectRoot } from '../../../lib/paths';

/** An image to upload to the cloud. */
export interface CloudImage {
  /** Path on this machine, in the cloud's folder. */
  file: string;
  format: 'raw' | 'qcow2';
  properties: Record<string, string>;
  /** Names of images that a server boots from instead of a boot loader; they are uploaded before this one. */
  boots?: { kernel: string; ramdisk: string };
}

/** Root file systems of the cloud and its servers: overlayfs' lower directories, topmost first. */
export interface CloudImages {
  host: string[];
  node: string[];
  undercloud: string[];
  /** All layers of servers. */
  guestLayers: string[];
}

/**
 * Builds the missing layers of the cloud's host and of its servers, on top of the sandbox's.
 *
 * @param directory for layers that are written for each run
 * @param undercloud directory of `writeUndercloudLayer`
 */
export async function ensureCloudImages(
  directory: string,
  undercloud: string,
  report: Report,
): Promise<CloudImages> {
  const base = await ensureImages(report);
  const host = await ensureHost(base, report);
  const guest = await ensureOver(base, 'guest', 'servers of the test cloud, cloud-init', report, [
    'install.sh',
    'files',
  ]);
  // The files that the sandbox copies to each host.
  const common = path.join(directory, 'common');
  copyFiles([commonFiles], common);
  const images = {
    host,
    node: [common, guest, ...base.node],
    undercloud: [undercloud, common, guest, ...base.undercloud],
  };
  return { ...images, guestLayers: [...new Set([...images.node, ...images.undercloud])] };
}

/**
 * Builds the missing layers of the cloud's host.
 *
 * @param base the sandbox's layers
 * @returns all layers of the cloud's host, topmost first
 */
export async function ensureHost(base: Images, report: Report): Promise<string[]> {
  const description = 'test cloud, OpenStack and libvirt: about 2 minutes';
  return [await ensureOver(base, 'host', description, report, ['install.sh']), ...base.node];
}

async function ensureOver(
  { node: [below] }: Images,
  name: string,
  description: string,
  report: Report,
  inputs: string[],
): Promise<string> {
  const source = path.join(__dirname, name);
  const packages = packageList(path.join(source, 'packages.txt'));
  const layer = { name: `cloud-${name}`, description, packages, source, inputs };
  return ensureLayer(layerOver(nodeLayer(), below as string, layer), report);
}

/** Builds the root file system of a virtual machine if it is missing: Debian with its own kernel. @returns its directory */
export async function ensureMachine(report: Report): Promise<string> {
  const source = path.join(__dirname, 'machine');
  const layer = {
    name: 'cloud-machine',
    description: 'virtual machines of the test cloud, Debian with its kernel: about 2 minutes',
    packages: packageList(path.join(source, 'packages.txt')),
    setup: [path.join(source, 'setup.sh')],
  };
  return ensureLayer(rootLayer(layer), report);
}

/**
 * Images of a virtual machine by name: its disk `machine`, one file system without a boot loader; the `kernel` and initial
 * `ramdisk` with which QEMU boots it.
 *
 * @param directory for the images
 * @param root directory with its root file system
 */
export async function machineImages(directory: string, root: string): Promise<Record<string, CloudImage>> {
  const boot = path.join(root, 'boot');
  const copied = (name: string, prefix: string): CloudImage => {
    const [found] = fs.readdirSync(boot).filter((file) => file.startsWith(prefix));
    const file = path.join(directory, name);
    fs.copyFileSync(path.join(boot, found as string), file);
    return { file, format: 'raw', properties: {} };
  };
  const disk = path.join(directory, 'machine.raw');
  fs.writeFileSync(disk, '');
  fs.truncateSync(disk, machineGiB * 2 ** 30);
  await run('mkfs.ext4', ['-q', '-m', '0', '-d', root, disk]);
  return {
    kernel: copied('kernel', 'vmlinuz-'),
    ramdisk: copied('ramdisk', 'initrd.img-'),
    machine: {
      file: disk,
      format: 'raw',
      properties: { hw_disk_bus: 'virtio', hw_vif_model: 'virtio', os_command_line: commandLine },
      boots: { kernel: 'kernel', ramdisk: 'ramdisk' },
    },
  };
}

/** Smaller than the disk of any flavor; the file system grows at the first boot. */
const machineGiB = 1;

/** Kernel arguments: without KVM, the mitigations against other guests cost most of the time. */
const commandLine = 'root=/dev/vda rw console=ttyS0 mitigations=off no_timer_check tsc=reliable audit=0';

/**
 * An image of a container: a small file system with a list of its servers' lower layers.
 * @param file the image's path
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
 * Writes the layer that makes a server an undercloud of `lab`: the files of the sandbox's undercloud, and a unit that starts
 * its services at the first boot. cloud-init creates the account; SSH starts when the undercloud is complete.
 */
export function writeUndercloudLayer(directory: string, lab: Lab): void {
  const plan = planSandbox(lab);
  copyFiles(
    [path.join(projectRoot, 'sandbox', 'undercloud', 'files'), path.join(__dirname, 'undercloud')],
    directory,
  );
  const settings = JSON.stringify(settingsOf(lab, plan));
  fs.writeFileSync(path.join(directory, 'etc/dcn-undercloud.json'), settings);
  fs.writeFileSync(
    path.join(directory, 'etc/dcn-undercloud.hosts'),
    plan.hostsLines.map((line) => `${line}\n`).join(''),
  );
}
