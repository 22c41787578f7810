import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { copyFiles } from '../../../sandbox/hosts/files';
import { namespaceFile } from '../../../sandbox/network/names';
import type { Report } from '../../../lib/report';
import { run } from '../../../sandbox/run';
import type { CloudImage, CloudImages } from './images';

/** How the cloud runs servers: as containers or as virtual machines. */
export type Hypervisor = 'lxc' | 'qemu';

/** A project to create in the cloud, with everything that a lab needs. */
export interface Seed {
  user: string;
  password: string;
  /** Public key of the key pair that has the user's name. */
  keyPair: string;
  flavors: Record<string, { ram: number; vcpus: number; disk: number }>;
  images: Record<string, CloudImage>;
  /** By service and name, such as `compute.instances`. */
  quotas: Record<string, number>;
}

/** Ids of resources that `seed` has created. */
export interface Seeded {
  images: Record<string, string>;
  externalNetwork: string;
}

const minutesToStart = 10;

/**
 * A small OpenStack from the distribution's packages: Keystone, Glance, Placement, Nova, Neutron and Cinder on one host. The
 * host has its own root file system, and its own namespaces for mounts, network and processes. Outside of these it has only
 * loop devices and cgroups, which `down` removes. The APIs listen on 127.0.0.1 in its network namespace.
 */
export class TestCloud {
  private readonly namespace: string;
  private host?: ChildProcess;
  private project?: string;

  /**
   * @param directory for all files of the cloud; absolute
   * @param name unique among the clouds on this machine
   */
  constructor(
    readonly directory: string,
    private readonly name: string,
    readonly hypervisor: Hypervisor,
  ) {
    this.namespace = `dcn-cloud-${name}`;
  }

  /** Brings the cloud up, which takes minutes. @throws Error with the last lines of its output */
  async up(images: Pick<CloudImages, 'host' | 'guestLayers'>, report: Report): Promise<void> {
    for (const part of ['upper', 'work', 'root', 'state']) {
      fs.mkdirSync(path.join(this.directory, part), { recursive: true });
    }
    copyFiles([path.join(__dirname, 'host', 'files')], path.join(this.directory, 'upper'));
    await run('ip', ['netns', 'add', this.namespace]);
    const enter = path.join(__dirname, 'enter.sh');
    const host = this.startBeside([
      ...['bash', enter, this.directory, images.host.join(':'), this.hypervisor],
      ...images.guestLayers,
    ]);
    this.host = host;
    await this.waitUntilReady(host, report);
  }

  /**
   * Starts a program in the cloud's network, with separate namespaces for mounts, host name and processes. All its processes
   * end with the program or with this process.
   */
  startBeside(command: string[]): ChildProcess {
    const namespaces = ['--mount', '--uts', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
    return spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', ...this.withinNetwork, 'unshare', ...namespaces, '--', ...command],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
  }

  /** Runs a program on the cloud's host; returns its standard output. */
  async inHost(command: string[], input = ''): Promise<string> {
    const [child] = fs
      .readFileSync(`/proc/${this.host?.pid}/task/${this.host?.pid}/children`, 'utf8')
      .split(' ');
    const enter = ['--target', String(child), '--mount', '--pid', '--net', '--root'];
    return run(
      'nsenter',
      [...enter, '--', 'env', '--chdir=/', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', ...command],
      {
        name: command.join(' '),
        input,
      },
    );
  }

  /** Words before a command that runs it in the cloud's network, with this machine's files. */
  get withinNetwork(): string[] {
    return ['nsenter', `--net=${namespaceFile(this.namespace)}`, '--'];
  }

  /** Creates a project with everything that a lab needs. */
  async seed(seed: Seed): Promise<Seeded> {
    const inCloud = (file: string) => path.join('/srv/cloud', path.relative(this.state, file));
    const images = Object.entries(seed.images).map(([name, image]) => [
      name,
      { ...image, file: inCloud(image.file) },
    ]);
    const input = JSON.stringify({ ...seed, images: Object.fromEntries(images) as unknown });
    const seeded = JSON.parse(await this.admin('seed', input)) as Seeded & { project: string };
    this.project = seeded.project;
    await this.setQuotas(seed.quotas);
    return seeded;
  }

  /** Sets quotas of the seeded project, by service and name. */
  async setQuotas(quotas: Seed['quotas']): Promise<void> {
    await this.admin('quotas', JSON.stringify({ project: this.project, quotas }));
  }

  /** Names of the resources that exist in the cloud, except those of `seed`, by kind. */
  async left(): Promise<Record<string, string[]>> {
    return JSON.parse(await this.admin('left')) as Record<string, string[]>;
  }

  /** Runs a Python script as the cloud's administrator; its variable `cloud` is a connection. Returns its output. */
  async asAdmin(script: string): Promise<string> {
    const prelude =
      'import sys; sys.path.insert(0, "/usr/local/lib/cloud")\nfrom admin import connect\ncloud = connect()\n';
    return this.inHost(['python3', '-c', `${prelude}${script}`]);
  }

  /** The directory of files that the cloud reads and writes, /srv/cloud on its host. */
  get state(): string {
    return path.join(this.directory, 'state');
  }

  /** Removes the cloud, in whatever state it is. */
  async down(): Promise<void> {
    const ended = new Promise((resolve) => this.host?.once('exit', resolve));
    if (this.host && this.host.exitCode === null && this.host.kill('SIGKILL')) {
      await ended;
    }
    if (fs.existsSync(namespaceFile(this.namespace))) {
      await run('ip', ['netns', 'delete', this.namespace]);
    }
    const script = path.join(__dirname, 'sweep.sh');
    await run('bash', [script, this.directory]);
  }

  private async admin(script: string, input = ''): Promise<string> {
    return this.inHost(['python3', `/usr/local/lib/cloud/${script}.py`], input);
  }

  private async waitUntilReady(host: ChildProcess, report: Report): Promise<void> {
    const lines: string[] = [];
    const collect = (data: Buffer) => {
      for (const line of data.toString().split('\n').filter(Boolean)) {
        lines.push(line);
        report(`cloud ${this.name}: ${line}`);
      }
    };
    host.stdout?.on('data', collect);
    host.stderr?.on('data', collect);
    const end = Date.now() + minutesToStart * 60_000;
    let ended = false;
    host.once('close', () => (ended = true));
    while (!fs.existsSync(path.join(this.state, 'ready'))) {
      if (ended || Date.now() > end) {
        throw new Error(`the test cloud did not come up:\n${lines.slice(-20).join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
