import { addressAt, bounds, hostNumbers, subnet, toNumber } from '../../addresses';
import { controlPlane, externalCeph } from '../../lab';
import { findRole, type Role, roles } from '../../roles';
import type { NetworkName, SiteKind } from '../../types';
import { hasCluster, hostOf, indexOf, kindOf, type NodeEntry, nodeEntry } from '../defaults';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { LabFile, LabFileSite } from '../schema';

/** Where a role does not belong, in the words of a fault. */
const places: Record<SiteKind, string> = {
  'external-ceph': 'does not belong into a Ceph cluster without an overcloud',
  'control-plane': 'does not belong at the control plane',
  central: 'does not belong at a site of computes alone',
  edge: 'does not belong at an edge site',
};

/** Names, roles and addresses of nodes. */
export function checkNodes(file: LabFile, { partial }: SitesSeen): Finding[] {
  const owners = new Map<string, string>();
  return Object.entries(file.sites).flatMap(([siteName, site]) => [
    ...(partial.has(siteName) ? [] : checkCount(siteName, site)),
    ...Object.keys(site.nodes).flatMap((node) => checkName(siteName, node, owners)),
    ...checkSiteNodes(file, siteName, site),
  ]);
}

/** A site has nodes; only a Ceph cluster that exists already has none. */
function checkCount(name: string, site: LabFileSite): Finding[] {
  const at = labPath('sites', name, 'nodes');
  const some = Object.keys(site.nodes).length > 0;
  if (site.ceph.existing && some && name === externalCeph) {
    const remedy = 'Take them out, or ceph.existing: the nodes of a lab are made by it';
    return [{ at, message: 'are beside a Ceph cluster that exists already', remedy }];
  }
  if (some || site.ceph.existing) {
    return [];
  }
  const remedy = 'Write a line `name: Role` for each node, such as oc0-ceph-4: DistributedComputeHCI';
  return [{ at, message: 'names no node', remedy }];
}

function checkName(site: string, node: string, owners: Map<string, string>): Finding[] {
  const at = labPath('sites', site, 'nodes', node);
  if (node === 'undercloud' || node === 'localhost') {
    return [
      { at, message: 'cannot have this name, which means another host', remedy: 'Give it another one' },
    ];
  }
  const owner = owners.get(node);
  owners.set(node, owner ?? site);
  if (!owner) {
    return [];
  }
  return [
    {
      at,
      message: `is also a node of ${owner}`,
      remedy: 'A host is in one site: take one out, or rename it',
    },
  ];
}

function checkSiteNodes(file: LabFile, siteName: string, site: LabFileSite): Finding[] {
  const findings: Finding[] = [];
  const hosts = new Map<number, string>();
  const addresses = new Map<string, string>();
  for (const [name, value] of Object.entries(site.nodes)) {
    const entry = nodeEntry(value);
    const role = findRole(entry.role);
    if (!role) {
      continue;
    }
    const at = labPath('sites', siteName, 'nodes', name);
    const kind = kindOf(file.topology, siteName);
    // In the topology `cache` a site has a cluster as soon as a node brings OSDs.
    const mayHaveOsds = file.topology === 'cache' || hasCluster(file, siteName);
    const belongs = (candidate: Role) => candidate.kinds.includes(kind) && (mayHaveOsds || !candidate.osd);
    if (!belongs(role)) {
      const message =
        role.kinds.includes(kind) && role.osd
          ? `is a role with OSDs, and the control plane is a client of ${externalCeph}`
          : places[kind];
      const choices = roles.filter(belongs).map((other) => other.name);
      findings.push({ at, value: entry.role, message, remedy: `Write one of ${choices.join(', ')}` });
    }
    const host = hostOf(name, entry);
    if (host === undefined) {
      findings.push({ at, value: entry.role, ...noHost(name, role) });
      continue;
    }
    const other = hosts.get(host);
    if (other !== undefined) {
      findings.push({
        at,
        value: entry.role,
        message: `would have the addresses of ${other}: both have the host number ${host}`,
        remedy: `Write { role: ${entry.role}, host: ${freeHost(site, role) ?? '…'} }`,
      });
      continue;
    }
    hosts.set(host, name);
    const index = indexOf(siteName, site);
    if (index === undefined) {
      continue;
    }
    findings.push(...checkAddresses({ file, siteName, index, name, entry, role, host, addresses }));
  }
  return findings;
}

function noHost(name: string, role: Role): { message: string; remedy: string } {
  const { first, end } = role.block;
  return {
    message: /[0-9]$/.test(name)
      ? `has a number at the end of its name that is not below ${end - first}`
      : 'has no number at the end of its name that its addresses could end in',
    remedy: `Rename it, or write { role: ${role.name}, host: … } with a host number from ${first} to ${end - 1}`,
  };
}

function freeHost(site: LabFileSite, role: Role): number | undefined {
  const used = new Set(Object.entries(site.nodes).map(([name, node]) => hostOf(name, nodeEntry(node))));
  for (let host = role.block.first; host <= hostNumbers.lastNode; host++) {
    if (!used.has(host)) {
      return host;
    }
  }
  return undefined;
}

interface NodeAddresses {
  file: LabFile;
  siteName: string;
  index: number;
  name: string;
  entry: NodeEntry;
  role: Role;
  host: number;
  /** Network and address so far, and whose they are. */
  addresses: Map<string, string>;
}

function checkAddresses({
  file,
  siteName,
  index,
  name,
  entry,
  role,
  host,
  addresses,
}: NodeAddresses): Finding[] {
  const findings: Finding[] = [];
  const at = labPath('sites', siteName, 'nodes', name, 'addresses');
  for (const network of Object.keys(entry.addresses) as NetworkName[]) {
    if (role.networks.includes(network)) {
      continue;
    }
    findings.push({
      at: [...at, network],
      value: entry.addresses[network],
      message: `is for a network that the role ${role.name} is not on`,
      remedy: `Take it out; the role is on ${role.networks.join(', ')}`,
    });
  }
  for (const network of role.networks) {
    if (network === 'external' && siteName !== controlPlane) {
      continue;
    }
    const written = entry.addresses[network];
    const address = written ?? addressAt(file.networks[network], index, host);
    const fault = written === undefined ? undefined : misplaced(file, siteName, index, network, written);
    const key = `${network} ${address}`;
    const owner = addresses.get(key);
    if (fault) {
      findings.push({ at: [...at, network], value: written, ...fault });
    } else if (owner !== undefined) {
      findings.push({
        at: written === undefined ? at.slice(0, -1) : [...at, network],
        value: address,
        message: `is the address of ${owner} on ${network}`,
        remedy: 'Write an address that no other node has',
      });
    }
    addresses.set(key, owner ?? name);
  }
  return findings;
}

/** What is wrong with the place of an address that the file gives. */
function misplaced(file: LabFile, site: string, index: number, network: NetworkName, address: string) {
  const kind = kindOf(file.topology, site);
  const { cidr } = subnet(network, file.networks[network], site, kind, index);
  const { first, last } = bounds(cidr);
  const number = toNumber(address) - first;
  const { firstNode, lastNode } = hostNumbers;
  if (first + number > last || number < 0) {
    return { message: "is not in the site's subnet of this network", remedy: `Write an address in ${cidr}` };
  }
  if (number >= firstNode && number <= lastNode) {
    return undefined;
  }
  return {
    message: 'is kept for the gateway, the undercloud, virtual addresses or the pool',
    remedy: `Write one from ${addressAt(file.networks[network], index, firstNode)} to ${addressAt(file.networks[network], index, lastNode)}`,
  };
}
