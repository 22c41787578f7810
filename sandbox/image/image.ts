import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import type { Lab } from '../../model';
import { cacheDir, projectRoot } from '../../lib/paths';
import { buildConfiguration } from './build';
import { withLock } from '../../lib/lock';
import { type Report, run } from '../run';

/** The distribution of the hosts: its packages have the services in the versions that the sandbox stands for. */
const suite = 'bookworm';

/** Goes up with a change of how layers are built that no hashed file shows. */
const recipe = 1;

const imageDir = path.join(projectRoot, 'sandbox', 'image');
const undercloudDir = path.join(projectRoot, 'sandbox', 'undercloud');

/** Directories for overlayfs' `lowerdir`, topmost first, for each kind of host. */
export interface Images {
  node: string[];
  undercloud: string[];
  /** A storage of podman's with the image of Ceph, where nodes run Ceph in containers. */
  containers?: string;
}

/** How much of TripleO is real: `sandbox: { tripleo }` of the lab file. */
export type Mode = Lab['sandbox']['tripleo'];

/** The container image that cephadm starts Ceph from; sandbox/undercloud/files/opt/dcn/dcn_full/ceph_deploy.py names it too. */
const cephImage = 'localhost/ceph:16';

/** A root file system that is built once for what goes into it. */
export interface Layer {
  name: string;
  hash: string;
  what: string;
  /** Fills `directory`; `scratch` is beside it, on the same file system, and removed afterwards. */
  build(directory: string, scratch: string, onLine: Report): Promise<void>;
}

/**
 * The hosts' root file systems: built from the distribution's packages (the undercloud's also from PyPI) when the cache has
 * none for the present recipe, unpacked when it has a packed one, else just found. Several processes may ask at once.
 * @throws Error that names the step, its last lines and its log.
 */
export async function ensureImages(report: Report, mode: Mode = 'quick'): Promise<Images> {
  const node = nodeLayer();
  const nodeDirectory = await ensureLayer(node, report);
  const undercloudDirectory = await ensureLayer(undercloudLayer(node, nodeDirectory), report);
  const undercloud = [undercloudDirectory, nodeDirectory];
  if (mode === 'quick') {
    return { node: [nodeDirectory], undercloud };
  }
  const containersDirectory = await ensureLayer(containersLayer(node, nodeDirectory), report);
  const containers = await ensureLayer(cephLayer(), report);
  return { node: [containersDirectory, nodeDirectory], undercloud, containers };
}

/** Packs the present layers beside their directories (`.tar.zst`), for a machine or a cache that starts without them. */
export async function packImages(report: Report, mode: Mode): Promise<string[]> {
  const { node, undercloud, containers } = await ensureImages(report, mode);
  const packs: string[] = [];
  for (const directory of new Set([...node, ...undercloud, ...(containers ? [containers] : [])])) {
    const pack = `${directory}.tar.zst`;
    report(`packing ${pack}`);
    const compress = ['--zstd', '--xattrs', '--xattrs-include=*', '--numeric-owner'];
    await run('tar', [...compress, '-C', directory, '-cf', `${pack}.new`, '.']);
    fs.renameSync(`${pack}.new`, pack);
    packs.push(pack);
  }
  return packs;
}

/** What every host of the sandbox has. */
export function nodeLayer(): Layer {
  const packages = packageList(path.join(imageDir, 'node', 'packages.txt'));
  const what = `base image of the hosts, ${packages.length} distribution packages and what they need: about 4 minutes`;
  const setup = ['schemas.sh', 'setup.sh'].map((name) => path.join(imageDir, 'node', name));
  return rootLayer({ name: 'node', what, packages, setup });
}

/** A layer with nothing below it. */
export interface RootContent {
  name: string;
  what: string;
  /** Packages of the distribution, beside those that are essential. */
  packages: string[];
  /** Scripts that run in it (chroot), in this order, once the packages are there. */
  setup: string[];
}

/** A layer of the distribution's packages that is a whole root file system. */
export function rootLayer({ name, what, packages, setup }: RootContent): Layer {
  return {
    name,
    what,
    hash: digest([`${recipe} ${suite} ${os.arch()}`, ...packages, ...setup.map(read)]),
    async build(directory, scratch, onLine) {
      const machine = buildConfiguration(path.join(scratch, 'config'), suite);
      const aptOptions = ['Apt::Install-Recommends "false"', 'Acquire::Languages "none"', machine.aptAcquire];
      const dpkgOptions = [
        ...['man', 'locale', 'doc'].map((dir) => `path-exclude=/usr/share/${dir}/*`),
        'path-include=/usr/share/doc/*/copyright',
        'force-unsafe-io',
      ];
      const temporary = path.join(scratch, 'tmp');
      fs.mkdirSync(temporary);
      await isolated(
        [
          'env',
          `TMPDIR=${temporary}`,
          'mmdebstrap',
          '--verbose',
          '--mode=root',
          '--variant=minbase',
          '--format=directory',
          `--include=${packages.join(',')}`,
          ...aptOptions.map((option) => `--aptopt=${option}`),
          ...dpkgOptions.map((option) => `--dpkgopt=${option}`),
          ...setup.flatMap((script) => {
            const file = path.basename(script);
            return [
              `--customize-hook=copy-in '${script}' /`,
              `--customize-hook=chroot "$1" bash /${file} && rm "$1/${file}"`,
            ];
          }),
          suite,
          directory,
          ...machine.aptSources,
        ],
        onLine,
      );
      // mmdebstrap leaves what it took from this machine
      const etc = path.join(directory, 'etc');
      const sources = fs
        .readdirSync(path.join(etc, 'apt/sources.list.d'))
        .map((name) => `apt/sources.list.d/${name}`);
      for (const left of ['apt/apt.conf.d/99mmdebstrap', 'hostname', ...sources]) {
        fs.rmSync(path.join(etc, left));
      }
      for (const empty of ['apt/sources.list', 'hosts', 'resolv.conf', 'machine-id']) {
        fs.writeFileSync(path.join(etc, empty), '');
        fs.chmodSync(path.join(etc, empty), 0o644);
      }
    },
  };
}

function undercloudLayer(node: Layer, nodeDirectory: string): Layer {
  return layerOver(node, nodeDirectory, {
    name: 'undercloud',
    what: 'undercloud layer, Neutron and the TripleO client with its templates and Heat: about 3 minutes',
    packages: packageList(path.join(imageDir, 'undercloud', 'packages.txt')),
    source: undercloudDir,
    inputs: ['install.sh', 'install'],
  });
}

/** What nodes have beyond every host with `tripleo: full`. */
function containersLayer(node: Layer, nodeDirectory: string): Layer {
  return layerOver(node, nodeDirectory, {
    name: 'containers',
    what: 'layer of the nodes for cephadm and podman: half a minute',
    packages: packageList(path.join(imageDir, 'containers', 'packages.txt')),
    source: path.join(imageDir, 'containers'),
    inputs: ['install.sh', 'files'],
  });
}

/** The container image of Ceph, as the only one in a storage of podman's; what it is made of is not kept. */
function cephLayer(): Layer {
  const folder = path.join(imageDir, 'ceph');
  const packages = packageList(path.join(folder, 'packages.txt'));
  const root = rootLayer({ name: 'ceph', what: 'root of the image', packages, setup: [] });
  const more = (rootDirectory: string) =>
    layerOver(root, rootDirectory, {
      name: 'ceph',
      what: 'what the distribution does not have',
      packages: ['python3-venv'],
      source: folder,
      inputs: ['install.sh'],
    });
  const script = path.join(folder, 'import.sh');
  return {
    name: 'ceph',
    what: `container image of Ceph, ${packages.length} distribution packages and what they need: about 3 minutes`,
    hash: digest([more('').hash, cephImage, read(script)]),
    async build(directory, scratch, onLine) {
      const part = (name: string) => {
        const place = path.join(scratch, name);
        fs.mkdirSync(place);
        return place;
      };
      const [rootDirectory, moreDirectory] = [part('root-layer'), part('more-layer')];
      await root.build(rootDirectory, part('root-scratch'), onLine);
      await more(rootDirectory).build(moreDirectory, part('more-scratch'), onLine);
      const lower = `${moreDirectory}:${rootDirectory}`;
      await isolated(['bash', script, lower, part('import-scratch'), directory, cephImage], onLine);
    },
  };
}

/** What a layer has beyond the one below it. */
export interface LayerContent {
  name: string;
  what: string;
  /** Packages of the distribution. */
  packages: string[];
  /** Folder with `install.sh`, which runs in the layer once the packages are there. */
  source: string;
  /** Files and folders in `source` that make it what it is. */
  inputs: string[];
}

/** A layer over another one, which lies in `baseDirectory`. */
export function layerOver(base: Layer, baseDirectory: string, content: LayerContent): Layer {
  const { name, what, packages, source } = content;
  const script = path.join(imageDir, 'layer.sh');
  const inputs = [script, ...content.inputs.flatMap((input) => filesAt(path.join(source, input)))];
  return {
    name,
    what,
    hash: digest([
      `${recipe} ${base.hash}`,
      ...packages,
      ...inputs.flatMap((file) => [path.relative(projectRoot, file), read(file)]),
    ]),
    async build(directory, scratch, onLine) {
      const config = path.join(scratch, 'config');
      buildConfiguration(config, suite);
      const pipCache = path.join(cacheDir(), 'pip');
      fs.mkdirSync(pipCache, { recursive: true });
      await isolated(
        ['bash', script, baseDirectory, directory, scratch, config, source, pipCache, ...packages],
        onLine,
      );
    },
  };
}

function filesAt(place: string): string[] {
  return fs.statSync(place).isDirectory() ? filesUnder(place) : [place];
}

/** The directory of a layer, built if it is not there. */
export async function ensureLayer(layer: Layer, report: Report): Promise<string> {
  const images = path.join(cacheDir(), 'images');
  const directory = path.join(images, `${layer.name}-${layer.hash}`);
  if (fs.existsSync(directory)) {
    return directory;
  }
  await withLock(
    `${directory}.lock`,
    () => report(`waiting for another process that builds the ${layer.name} image`),
    async () => {
      if (fs.existsSync(directory)) {
        return;
      }
      const draft = `${directory}.new`;
      await removeTree(draft);
      const fresh = path.join(draft, 'root');
      fs.mkdirSync(fresh, { recursive: true });
      if (fs.existsSync(`${directory}.tar.zst`)) {
        report(`unpacking ${directory}.tar.zst`);
        await run('tar', [
          '--zstd',
          '--xattrs',
          '--xattrs-include=*',
          '--numeric-owner',
          '-C',
          fresh,
          '-xpf',
          `${directory}.tar.zst`,
        ]);
      } else {
        await buildLogged(layer, fresh, draft, `${directory}.log`, report);
      }
      fs.renameSync(fresh, directory);
      await removeTree(draft);
    },
  );
  return directory;
}

async function buildLogged(
  layer: Layer,
  directory: string,
  scratch: string,
  log: string,
  report: Report,
): Promise<void> {
  report(`building the ${layer.what}`);
  const out = fs.createWriteStream(log);
  try {
    let packages = 0;
    await layer.build(directory, scratch, (line) => {
      out.write(`${line}\n`);
      // mmdebstrap and layer.sh mark their steps so; dpkg says what it sets up
      if (/^(I: |== )/.test(line)) {
        report(`${layer.name} image: ${line.replace(/^(I: |== )/, '')}`);
      }
      if (line.startsWith('Setting up ') && ++packages % 50 === 0) {
        report(`${layer.name} image: ${packages} packages set up`);
      }
    });
  } catch (error) {
    throw new Error(`the ${layer.name} image could not be built, see ${log}\n${(error as Error).message}`);
  } finally {
    out.end();
  }
}

/** Runs with own mounts and processes, which all go when it or this process ends, however that ends. */
async function isolated(command: string[], onLine: Report): Promise<void> {
  const namespaces = [
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--propagation',
    'private',
  ];
  const withUs = ['--pdeathsig', 'KILL'];
  await run('setpriv', [...withUs, 'unshare', ...namespaces, '--', ...command], { name: 'build', onLine });
}

async function removeTree(directory: string): Promise<void> {
  await fs.promises.rm(directory, { recursive: true, force: true });
}

/** The packages that a file lists, without its comments. */
export function packageList(file: string): string[] {
  const lines = read(file).toString().split('\n');
  const names = lines.filter((line) => !line.startsWith('#')).flatMap((line) => line.split(/\s+/));
  return [...new Set(names.filter(Boolean))].sort();
}

function digest(parts: (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(`${part.length}\n`).update(part);
  }
  return hash.digest('hex').slice(0, 12);
}

/** All files under a folder, in a fixed order. */
export function filesUnder(directory: string): string[] {
  const entries = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

function read(file: string): Buffer {
  return fs.readFileSync(file);
}
