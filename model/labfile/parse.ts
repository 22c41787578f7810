import { check } from './checks';
import {
  cacheLimitOf,
  clusterOf,
  devicesOf,
  flavorOf,
  hasCluster,
  hostOf,
  indexOf,
  kindOf,
  type NodeEntry,
  nodeEntry,
  poolSizeOf,
  sshPortOf,
  storeOf,
  volumesOf,
} from './defaults';
import { LabFileError } from './faults';
import { toFault } from './findings';
import {
  centralSite,
  type CloudLabNode,
  type CloudLabSite,
  controlPlane,
  externalCeph,
  type HostLabNode,
  type HostLabSite,
  type Lab,
  type LabCeph,
  type LabNode,
  type LabStore,
  nodeUser,
  type SandboxLabNode,
  swiftStore,
} from '../lab';
import { roleOf } from '../roles';
import { readLabFile } from './read';
import type { LabFile } from './schema';

/**
 * The lab that a lab file describes, with every default filled in.
 * @param name the lab's name: what stands between `Pulumi.` and `.yaml`
 * @throws LabFileError with every fault of the file at once
 */
export function parseLab(name: string, text: string): Lab {
  const { file, sites, findings, source } = readLabFile(text);
  if (!/^[a-z][a-z0-9]*$/.test(name)) {
    findings.unshift({
      at: [],
      value: name,
      message: 'is not the name of a lab, which goes into stack names before a -',
      remedy: 'Call the file Pulumi.<lab>.yaml, <lab> being lower-case letters and digits, a letter first',
    });
  }
  if (file) {
    findings.push(...check(file, sites));
  }
  if (!file || findings.length > 0) {
    const faults = findings.map((finding) => toFault(finding, source));
    throw new LabFileError(
      name,
      faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
    );
  }
  return complete(name, file);
}

function complete(name: string, file: LabFile): Lab {
  const first = [controlPlane, externalCeph];
  const siteNames = Object.keys(file.sites).sort((a, b) => first.indexOf(b) - first.indexOf(a));
  const base = {
    name,
    topology: file.topology,
    undercloud: file.undercloud,
    networks: file.networks,
    images: Object.entries(file.images).map(([image, { source, format, sites }]) => ({
      name: image,
      source,
      diskFormat: format,
      sites: [...new Set(sites)],
    })),
    sandbox: { ...file.sandbox, sshPort: file.sandbox.sshPort ?? sshPortOf(name) },
  };
  const { provisioner } = file;
  if (provisioner !== 'openstack') {
    const sites = siteNames.map((site): [string, HostLabSite] => {
      const { nodes, ...own } = completeSite(file, site, hostNode);
      return [site, { ...own, nodes }];
    });
    return { ...base, provisioner, sites: Object.fromEntries(sites) };
  }
  const sites = siteNames.map((site): [string, CloudLabSite] => [
    site,
    {
      ...completeSite(file, site, (node, entry) => cloudNode(file, site, node, entry)),
      openstack: siteOpenstack(file, site),
    },
  ]);
  const openstack = settled(file.openstack, 'openstack');
  return { ...base, provisioner, openstack, sites: Object.fromEntries(sites) };
}

function completeSite<Node extends LabNode>(
  file: LabFile,
  name: string,
  completeNode: (name: string, entry: NodeEntry) => Node,
) {
  const site = file.sites[name]!;
  const kind = kindOf(file.topology, name);
  const nodes = Object.entries(site.nodes).map(([node, value]) => completeNode(node, nodeEntry(value)));
  return {
    name,
    kind,
    index: settled(indexOf(name, site), name),
    ceph: cephOf(file, name, nodes),
    store: labStore(file, name),
    ...(file.topology === 'cache' && kind === 'edge' && { cache: { limitMiB: cacheLimitOf(site) } }),
    nodes,
    parameters: site.parameters,
    environments: site.environments,
  };
}

function cephOf(file: LabFile, name: string, nodes: LabNode[]): LabCeph {
  const site = file.sites[name]!;
  const center = centralSite(file.sites);
  if (!hasCluster(file, name)) {
    return file.topology === 'cache'
      ? { kind: 'none' }
      : { kind: 'client', cluster: clusterOf(center, file.sites[center]!), site: center };
  }
  const cluster = clusterOf(name, site);
  if (site.ceph.existing) {
    return { kind: 'existing', cluster, ...site.ceph.existing };
  }
  const monitor = nodes.find(({ role }) => roleOf(role).mon);
  return {
    kind: 'deployed',
    cluster,
    osdDevices: devicesOf(file, site),
    poolSize: poolSizeOf(site),
    monitor: settled(monitor, name),
  };
}

function labStore(file: LabFile, name: string): LabStore {
  if (file.topology === 'cache') {
    return { kind: 'swift', id: swiftStore };
  }
  const at = (site: string) => ({
    id: storeOf(site, file.sites[site]!),
    cluster: clusterOf(site, file.sites[site]!),
  });
  const center = centralSite(file.sites);
  const site = hasCluster(file, name) ? name : center;
  return { kind: 'rbd', ...at(site), site, central: at(center) };
}

function hostNode(name: string, entry: NodeEntry): HostLabNode {
  const node = labNode(name, entry);
  return entry.hostKey ? { ...node, login: { user: entry.user ?? nodeUser, hostKey: entry.hostKey } } : node;
}

function cloudNode(file: LabFile, site: string, name: string, entry: NodeEntry): CloudLabNode {
  return { ...labNode(name, entry), flavor: settled(flavorOf(file, file.sites[site]!, entry.role), name) };
}

function labNode(name: string, entry: NodeEntry): SandboxLabNode {
  return { name, role: entry.role, host: settled(hostOf(name, entry), name), addresses: entry.addresses };
}

function siteOpenstack(file: LabFile, name: string): CloudLabSite['openstack'] {
  const site = file.sites[name]!;
  const availabilityZone = site.openstack.availabilityZone ?? file.openstack?.availabilityZone;
  return {
    ...(availabilityZone !== undefined && { availabilityZone }),
    volumes: volumesOf(file, site),
    networks: site.openstack.networks,
  };
}

/** A value that the checks have made sure of. */
function settled<T>(value: T | undefined, name: string): T {
  if (value === undefined) {
    throw new Error(`checks let ${name} pass incomplete`);
  }
  return value;
}
