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
  controlPlane,
  externalCeph,
  type Lab,
  type LabNode,
  type LabSite,
  nodeUser,
  swiftStore,
} from '../lab';
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
  const center = centralSite(file.sites);
  return {
    name,
    topology: file.topology,
    provisioner: file.provisioner,
    undercloud: file.undercloud,
    ...(file.openstack && { openstack: file.openstack }),
    networks: file.networks,
    sites: Object.fromEntries(
      siteNames.map((site) => [site, completeSite(file, site, hasCluster(file, site) ? site : center)]),
    ),
    images: Object.entries(file.images).map(([image, { source, format, sites }]) => ({
      name: image,
      source,
      diskFormat: format,
      sites: [...new Set(sites)],
    })),
    sandbox: { ...file.sandbox, sshPort: file.sandbox.sshPort ?? sshPortOf(name) },
  };
}

/** @param storeSite the site in whose cluster its store lies, where stores lie in Ceph */
function completeSite(file: LabFile, name: string, storeSite: string): LabSite {
  const site = file.sites[name]!;
  const kind = kindOf(file.topology, name);
  const cached = file.topology === 'cache';
  return {
    name,
    kind,
    index: settled(indexOf(name, site), name),
    ...(hasCluster(file, name) && { cluster: clusterOf(name, site) }),
    store: cached ? swiftStore : storeOf(storeSite, file.sites[storeSite]!),
    ...(cached && kind === 'edge' && { cache: { limitMiB: cacheLimitOf(site) } }),
    devices: devicesOf(file, site),
    poolSize: poolSizeOf(site),
    nodes: Object.entries(site.nodes).map(([node, value]): LabNode => {
      const entry = nodeEntry(value);
      return {
        name: node,
        role: entry.role,
        host: settled(hostOf(node, entry), node),
        addresses: entry.addresses,
        ...(entry.hostKey && { login: { user: entry.user ?? nodeUser, hostKey: entry.hostKey } }),
        ...(file.openstack && { flavor: flavorOf(file, site, entry.role) }),
      };
    }),
    parameters: site.parameters,
    environments: site.environments,
    ...(site.ceph.existing && { existing: site.ceph.existing }),
    ...(file.openstack && {
      openstack: {
        availabilityZone: site.openstack.availabilityZone ?? file.openstack.availabilityZone,
        volumes: volumesOf(file, site),
        networks: site.openstack.networks,
      },
    }),
  };
}

/** A value that the checks have made sure of. */
function settled(value: number | undefined, name: string): number {
  if (value === undefined) {
    throw new Error(`checks let ${name} pass without a number`);
  }
  return value;
}
