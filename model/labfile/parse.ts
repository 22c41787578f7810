import { check } from './checks';
import {
  cacheLimitOf,
  clusterOf,
  hasCeph,
  hostOf,
  indexOf,
  kindOf,
  nodeEntry,
  poolSizeOf,
  sshPortOf,
  storeOf,
} from './defaults';
import { LabFileError } from './faults';
import { toFault } from './findings';
import { controlPlane, type Lab, type LabNode, type LabSite, swiftStore, type Topology } from '../lab';
import { readLabFile } from './read';
import type { LabFile, LabFileSite } from './schema';

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
  if (file) findings.push(...check(file, sites));
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
  const siteNames = Object.keys(file.sites).sort(
    (a, b) => Number(b === controlPlane) - Number(a === controlPlane),
  );
  return {
    name,
    topology: file.topology,
    provisioner: file.provisioner,
    undercloud: file.undercloud,
    networks: file.networks,
    sites: Object.fromEntries(
      siteNames.map((site) => [site, completeSite(file.topology, site, file.sites[site]!)]),
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

function completeSite(topology: Topology, name: string, site: LabFileSite): LabSite {
  const kind = kindOf(name);
  return {
    name,
    kind,
    index: settled(indexOf(name, site), name),
    ...(hasCeph(topology, site) && { cluster: clusterOf(name, site) }),
    store: topology === 'cache' ? swiftStore : storeOf(name, site),
    ...(topology === 'cache' && kind === 'edge' && { cache: { limitMiB: cacheLimitOf(site) } }),
    devices: site.ceph.devices,
    poolSize: poolSizeOf(site),
    nodes: Object.entries(site.nodes).map(([node, value]): LabNode => {
      const entry = nodeEntry(value);
      return {
        name: node,
        role: entry.role,
        host: settled(hostOf(node, entry), node),
        addresses: entry.addresses,
      };
    }),
    parameters: site.parameters,
    environments: site.environments,
  };
}

/** A value that the checks have made sure of. */
function settled(value: number | undefined, name: string): number {
  if (value === undefined) throw new Error(`checks let ${name} pass without a number`);
  return value;
}
