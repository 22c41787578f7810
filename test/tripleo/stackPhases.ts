import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import {
  type HostLabSite,
  type Lab,
  type LabSite,
  type SitePlan,
  type StepName,
  allSubnets,
  centralStoreSite,
  commandLine,
  composeStores,
  controlPlane,
  parseLab,
  planLab,
  rbdStoresOf,
  storeDefaults,
  shared,
  type OsdDevices,
} from '../../model';
import { exportCeph } from '../../model/tripleo/cephExport';
import { siteFiles } from '../../model/tripleo/paths';
import { quote } from '../../lib/quote';
import { nodeCreate, sandboxDown, sandboxUp } from '../../sandbox';
import { type SandboxPaths, pathsOf } from '../../sandbox/paths';
import { inHost } from '../../sandbox/hosts/container';
import { nodeDisks } from '../../sandbox/nodeDisks';
import type { Facts } from './facts';
import { installOsNetConfig, interfacesOf } from './interfaces';
import { projectRoot } from '../../lib/paths';
import { kitFolder } from '../../stacks/kit';
import { type Ended, undercloudScript, uploadToUndercloud } from '../sandbox/machine';
import { takeDownAtEnd } from '../sandbox/takeDown';

/** The end of a script, with its duration. */
export type Timed = Ended & { seconds: number };

const programs = '/tmp/programs';

/** Folder for all labs of this process. */
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-heat-'));
process.env.GLANCE_DCN_STATE = path.join(directory, 'state');
let count = 0;

/** Removes the folder that all labs of this process share. */
export function removeSharedDirectory(): void {
  fs.rmSync(directory, { recursive: true, force: true });
}

/**
 * The undercloud of a lab file. The stack phase of each site runs on it with TripleO's own Heat, by the plan's commands and
 * files.
 *
 * The real verbs write the files that these commands read: networks, VIPs, nodes, roles, the control plane's export, the
 * clusters' exports. Three files would need a deployment of the nodes, and are stood in for: `ceph deploy` is the sandbox's
 * (its output is rendered by the real verb's template); the code of the sandbox's configuration phase writes ceph_client.yml
 * of each cluster and group_vars/overcloud.json of the control plane (undercloud/deployment_files.py).
 */
export class StackPhases {
  readonly lab: Lab;
  readonly sites: SitePlan[];
  /** Facts of the interfaces of hosts with NIC templates, by host, once the lab is prepared. */
  private readonly interfaces: Record<string, Facts> = {};
  private readonly hosts: Lab;
  private readonly folder: string;
  private prepared: Promise<void> | undefined;

  /** @param file the lab file, relative to the project's folder */
  constructor(file: string) {
    const name = `tht${process.pid}${(count += 1)}`;
    const text = fs.readFileSync(path.join(projectRoot, file), 'utf8');
    const lab = parseLab(name, text);
    takeDownAtEnd(path.join(directory, `Pulumi.${name}.yaml`), process.env.GLANCE_DCN_STATE as string, text);
    // The sandbox's `ceph deploy` refuses --tld, which renames hosts.
    this.lab = { ...lab, hosts: { ...lab.hosts, fqdn: false } };
    this.hosts = onSandbox(this.lab);
    const plan = planLab(this.lab);
    this.sites = plan.sites;
    this.folder = plan.undercloud.directory;
  }

  private get paths(): SandboxPaths {
    return pathsOf(this.lab.name);
  }

  /** The sites with an overcloud, in the order of their deployment. */
  get stacks(): SitePlan[] {
    return this.sites.filter(({ kind }) => kind !== 'external-ceph');
  }

  /** Runs the verbs of all sites up to their first stack phase; a second call waits for the first. */
  async prepare(): Promise<void> {
    return (this.prepared ??= this.bringUp());
  }

  private async bringUp(): Promise<void> {
    await sandboxUp(this.hosts, () => undefined);
    const nodes = this.sites.flatMap((site) => site.nodes);
    await Promise.all(nodes.map(({ name }) => nodeCreate(this.hosts, name, () => undefined)));
    await Promise.all(nodes.map(({ name, osdDevices }) => this.nameDisks(name, disksOf(osdDevices))));
    const templated = nodes.filter(({ nicTemplate }) => nicTemplate !== undefined);
    await Promise.all(templated.map(({ name }) => installOsNetConfig(this.paths, name)));
    await this.ok('true'); // creates the lab's directory, which only its user may read
    await uploadToUndercloud(this.hosts, (await kitFolder()).folder, `${this.folder}/kit`);
    await uploadToUndercloud(this.hosts, path.join(projectRoot, 'test', 'tripleo', 'undercloud'), programs);
    await Promise.all(this.sites.map((site) => this.recordHostKeys(site)));
    const { containerPrepare } = this.lab.undercloud;
    if (containerPrepare) {
      const prepare = `openstack tripleo container image prepare default --output-env-file ${containerPrepare}`;
      await this.ok(`cd ~; ${prepare}`);
    }
    for (const { name } of this.sites) {
      await this.step(name, 'network-provision');
    }
    // Again, as in an update of the control plane: now Neutron's networks have the subnets of all sites.
    await this.step(controlPlane, 'network-provision');
    await Promise.all(this.sites.map((site) => this.prepareSite(site)));
    await this.composeFragments();
    for (const { name } of templated) {
      this.interfaces[name] = await interfacesOf(this.paths, name);
    }
    await this.setMode('full');
  }

  /** Writes the file of a site's host keys, as `kit nodes wait` does: the kit's commands of a step connect to no other host. */
  private async recordHostKeys({ name, nodes }: SitePlan): Promise<void> {
    const addresses = nodes.map((node) => node.addresses.ctlplane);
    if (addresses.length > 0) {
      await this.ok(`mkdir -p ${name}; ssh-keyscan -t ed25519 ${addresses.join(' ')} > ${name}/known_hosts`);
    }
  }

  private async prepareSite({ name, kind, stack, store }: SitePlan): Promise<void> {
    const steps = [
      'vip-provision',
      'node-provision',
      'roles-generate',
      'container-images',
      'ceph-deploy',
    ] as const;
    for (const step of steps) {
      await this.step(name, step);
    }
    if (kind === 'external-ceph') {
      await this.step(name, 'ceph-export');
    } else if (store?.cluster !== undefined && store.node?.site === name) {
      await this.writeDeploymentFiles('cluster', stack, store.cluster, store.node.name, ...store.pools);
    }
  }

  /** Runs the stack phase of a site; for the control plane also the exports that other sites read. */
  async stackPhase(site: string): Promise<Timed> {
    const ended = await this.step(site, 'overcloud-stack');
    if (site === controlPlane) {
      await this.writeDeploymentFiles('overcloud', this.lab.sites[site]?.stack ?? site);
      await this.step(site, 'overcloud-export');
      if (centralStoreSite(this.lab.sites) === site) {
        await this.step(site, 'ceph-export');
      }
    }
    return ended;
  }

  /**
   * Runs a site's configuration phase, as far as its plays need neither container images nor puppet (plays.json).
   * @returns by host, the text of /etc/hosts
   * @throws Error if a play fails, such as a ping of a gateway
   */
  async plays(site: SitePlan): Promise<Record<string, string>> {
    const { name, nodes } = site;
    await this.ok(playsCommand(site), `${name}/plays`);
    const texts = nodes.map(async (node) => [
      node.name,
      await inHost(this.paths, node.name, ['cat', '/etc/hosts']),
    ]);
    return Object.fromEntries(await Promise.all(texts)) as Record<string, string>;
  }

  /**
   * Runs plays() for two minutes, with an address that no router has as the default gateway of the site's first host.
   * TripleO tries ten pings, a minute apart, before the play fails.
   */
  async playsWithoutGateway(site: SitePlan): Promise<Timed> {
    const [node] = site.nodes;
    const gateway = site.subnets.find(({ network }) => network === 'ctlplane')?.gateway;
    if (!node || gateway === undefined) {
      throw new Error(`${site.name} has no host with a gateway`);
    }
    const route = (via: string): Promise<string> =>
      inHost(this.paths, node.name, ['ip', 'route', 'replace', 'default', 'via', via]);
    await route(gateway.replace(/\d+$/, '254'));
    try {
      return await this.script(`timeout 120 ${playsCommand(site)} || { pkill -f dcn_plays.yaml; exit 1; }`);
    } finally {
      await route(gateway);
    }
  }

  /** Sets the undercloud's mode: with `quick`, `openstack` uses the stand-ins of the verbs that take minutes. */
  async setMode(tripleo: 'quick' | 'full'): Promise<void> {
    const text = JSON.stringify({ lab: this.lab.name, tripleo });
    await inHost(this.paths, 'undercloud', ['tee', '/etc/dcn-sandbox.json'], { input: text });
  }

  /** Runs a step of a site, if the site has the step. @throws Error with the last lines of the step's output */
  private async step(site: string, name: StepName): Promise<Timed> {
    const step = this.sites.find((other) => other.name === site)?.steps.find((other) => other.name === name);
    if (!step) {
      return { code: 0, output: '', seconds: 0 };
    }
    for (const [file, text] of Object.entries(step.files)) {
      await this.write(file, text);
    }
    return this.ok(step.commands.map(commandLine).join('\n'), `${site}/${name}`);
  }

  /** A site's stack phase as a shell command, without the environment file named `without`. */
  stackCommand(site: string, without?: string): string {
    const kept = this.stackWords(site).filter(
      (word, index, argv) =>
        ![word, argv[index + 1]].some((name) => without !== undefined && name?.endsWith(`/${without}`)),
    );
    return kept.map(quote).join(' ');
  }

  /** The environment files of a site's stack phase, in order. */
  environmentFiles(site: string): string[] {
    return this.stackWords(site).filter((_, index, argv) => argv[index - 1] === '-e');
  }

  private stackWords(site: string): string[] {
    const steps = this.sites.find((other) => other.name === site)?.steps ?? [];
    return steps.find(({ name }) => name === 'overcloud-stack')?.commands[0] ?? [];
  }

  /** Writes the control plane's two files with the stores of all edge sites, as the kit does (registered/commands.sh). */
  private async composeFragments(): Promise<void> {
    if (this.lab.topology === 'cache') {
      return;
    }
    const edges = this.sites.filter(({ kind }) => kind === 'edge');
    const { stores, ceph } = shared.fragments;
    await this.write(stores, composeStores(rbdStoresOf(edges), storeDefaults));
    const stacks = edges.map(({ stack }) => stack);
    await this.ok(
      commandLine(exportCeph(stacks, ceph, storeDefaults.user)),
      'export of the edge sites’ clusters',
    );
  }

  /** Writes files that a deployment of nodes would write. @param args of undercloud/deployment_files.py */
  private async writeDeploymentFiles(...args: string[]): Promise<void> {
    const program = `${programs}/deployment_files.py`;
    await this.ok(['/opt/tripleo/bin/python', '-W', 'ignore', program, ...args].join(' '));
  }

  /** The facts of a site whose stack phase has run. Of other sites' subnets Neutron has those that exist already: these are left out. */
  async facts(site: SitePlan): Promise<Facts> {
    const { name, stack, nodes } = site;
    const all = await this.program<Facts>('facts.py', stack, siteFiles(name).deployedNetwork);
    const own = new Set(allSubnets(site).map((subnet) => `subnet/${subnet.name}`));
    return Object.assign(
      Object.fromEntries(
        Object.entries(all).filter(([fact]) => !fact.startsWith('subnet/') || own.has(fact)),
      ),
      ...nodes.map((node) => this.interfaces[node.name]),
    ) as Facts;
  }

  /** Runs a program of test/tripleo/undercloud/; returns the JSON that it prints. */
  async program<T>(name: string, ...args: string[]): Promise<T> {
    const line = ['/opt/tripleo/bin/python', '-W', 'ignore', `${programs}/${name}`, ...args];
    return JSON.parse((await this.ok(line.map(quote).join(' '), name)).output) as T;
  }

  /** Reads a file below the lab's directory on the undercloud. */
  async read(file: string): Promise<string> {
    return (await this.ok(`cat ${quote(`${this.folder}/${file}`)}`, file)).output;
  }

  /** Writes a file below the lab's directory on the undercloud. */
  async write(file: string, text: string): Promise<void> {
    const target = `${this.folder}/${file}`;
    await this.ok(`mkdir -p "$(dirname ${quote(target)})" && cat > ${quote(target)}`, file, text);
  }

  /** As `script`. @throws Error if the script fails */
  async ok(script: string, name = script, input?: string): Promise<Timed> {
    const ended = await this.script(script, input);
    if (ended.code === 0) {
      return ended;
    }
    const last = ended.output.trim().split('\n').slice(-25).join('\n');
    throw new Error(`${this.lab.name}: ${name}: exit ${ended.code}\n${last}`);
  }

  /** Runs a script on the undercloud as a job of the kit runs its commands. */
  async script(lines: string, input?: string): Promise<Timed> {
    const start = `set -e; umask 022; mkdir -p -m 700 ${this.folder}; cd ${this.folder}; `;
    const started = Date.now();
    const ended = await undercloudScript(this.hosts, start + lines, input);
    return { ...ended, seconds: (Date.now() - started) / 1000 };
  }

  /** Links the lab file's names of a host's disks to the disks. */
  private async nameDisks(node: string, names: string[]): Promise<void> {
    const links = names.flatMap((name, index) =>
      name === disk(index) ? [] : [`mkdir -p ${path.dirname(name)} && ln -s ${disk(index)} ${quote(name)}`],
    );
    if (links.length > 0) {
      await inHost(this.paths, node, ['bash', '-euc', links.join('\n')]);
    }
  }

  /** Removes the lab's sandbox; does nothing if there is none. */
  async cleanUp(): Promise<void> {
    await this.prepared?.catch(() => undefined);
    await sandboxDown(this.hosts, () => undefined);
  }
}

/** A site's configuration phase as a shell command, with only the plays that run on hosts of the sandbox. */
function playsCommand({ steps }: SitePlan): string {
  const [, ...words] = steps.find((step) => step.name === 'overcloud-config')?.commands[0] ?? [];
  return ['/opt/tripleo/bin/python', '-W', 'ignore', `${programs}/plays.py`, ...words].map(quote).join(' ');
}

/** The lab with the sandbox as its provisioner; names, networks and addresses stay. */
function onSandbox(lab: Lab): Lab {
  const { user, home, containerPrepare } = lab.undercloud;
  const undercloud = { host: '127.0.0.1', port: lab.sandbox.sshPort, user, home, containerPrepare };
  const sites = Object.entries(lab.sites).map(([name, site]) => [name, siteOnSandbox(site)] as const);
  return {
    ...lab,
    provisioner: 'sandbox',
    openstack: undefined,
    undercloud,
    sites: Object.fromEntries(sites),
  };
}

function siteOnSandbox(site: LabSite): HostLabSite {
  const { ceph } = site;
  return {
    ...site,
    openstack: undefined,
    nodes: site.nodes.map((node) => ({ ...node, login: undefined, flavor: undefined })),
    ceph:
      ceph.kind === 'deployed'
        ? {
            ...ceph,
            driveGroups: ceph.driveGroups.map((group) => ({
              ...group,
              devices: disksOf(group.devices).map((_, index) => disk(index)),
            })),
          }
        : ceph,
  };
}

/** Names of a node's disks, as the sandbox makes them for these devices. */
function disksOf(devices: OsdDevices): string[] {
  return nodeDisks(devices).disks;
}

function disk(index: number): string {
  return `/dev/vd${'bcdefgh'[index]}`;
}
