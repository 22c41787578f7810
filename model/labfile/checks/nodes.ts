import { addressAt, bounds, hostNumbers, subnet, toNumber } from '../../addresses';
import { controlPlane, externalCeph } from '../../names';
import { type Role, roles } from '../../roles';
import type { NetworkName, SiteKind } from '../../types';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { ResolvedLab, ResolvedNode, ResolvedSite } from '../resolve';

/** The message for a role that a kind of site cannot have. */
const misplacedAt: Record<SiteKind, string> = {
  'external-ceph': 'does not belong into a Ceph cluster without an overcloud',
  'control-plane': 'does not belong at the control plane',
  central: 'does not belong at a site of computes alone',
  edge: 'does not belong at an edge site',
};

/** Checks names, roles and addresses of nodes. */
export function checkNodes(lab: ResolvedLab, { partial }: SitesSeen): Finding[] {
  const owners = new Map<string, string>();
  return lab.sites.flatMap((site) => [
    ...(partial.has(site.name) ? [] : checkCount(site)),
    ...site.nodes.flatMap((node) => checkName(site.name, node.name, owners)),
    ...checkSiteNodes(lab, site),
  ]);
}

/** Finds a site without nodes, and a Ceph cluster that exists already with nodes. */
function checkCount({ name, nodes, written }: ResolvedSite): Finding[] {
  const at = labPath('sites', name, 'nodes');
  const some = nodes.length > 0;
  const { existing } = written.ceph;
  if (existing && some && name === externalCeph) {
    const remedy =
      'Take out the nodes, or ceph.existing: a cluster that exists already has no nodes in the lab';
    return [{ at, message: 'are at a site whose Ceph cluster exists already', remedy }];
  }
  if (some || existing) {
    return [];
  }
  const remedy = 'Write a line `name: Role` for each node, such as oc0-ceph-4: DistributedComputeHCI';
  return [{ at, message: 'names no node', remedy }];
}

function checkName(site: string, node: string, owners: Map<string, string>): Finding[] {
  const at = labPath('sites', site, 'nodes', node);
  if (node === 'undercloud' || node === 'localhost') {
    return [
      { at, message: 'cannot have this name, which is that of another host', remedy: 'Give it another one' },
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

function checkSiteNodes(lab: ResolvedLab, site: ResolvedSite): Finding[] {
  const findings: Finding[] = [];
  const hosts = new Map<number, string>();
  const addresses = new Map<string, string>();
  const { kind } = site;
  for (const node of site.nodes) {
    const { name, role, host } = node;
    const at = labPath('sites', site.name, 'nodes', name);
    // In the topology `cache` a site has a cluster if a node has OSDs.
    const mayHaveOsds = lab.topology === 'cache' || site.ownCeph !== undefined;
    const belongs = (candidate: Role) => candidate.kinds.includes(kind) && (mayHaveOsds || !candidate.osd);
    if (!belongs(role)) {
      const message =
        role.kinds.includes(kind) && role.osd
          ? `is a role with OSDs, and the control plane is a client of ${externalCeph}`
          : misplacedAt[kind];
      const choices = roles.filter(belongs).map((other) => other.name);
      findings.push({ at, value: role.name, message, remedy: `Write one of ${choices.join(', ')}` });
    }
    if (host === undefined) {
      findings.push({ at, value: role.name, ...noHost(name, role) });
      continue;
    }
    const other = hosts.get(host);
    if (other !== undefined) {
      findings.push({
        at,
        value: role.name,
        message: `would have the addresses of ${other}: both have the host number ${host}`,
        remedy: `Write { role: ${role.name}, host: ${freeHost(site, role) ?? '…'} }`,
      });
      continue;
    }
    hosts.set(host, name);
    if (site.index !== undefined) {
      findings.push(...checkAddresses({ lab, site, index: site.index, node, host, addresses }));
    }
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

function freeHost(site: ResolvedSite, role: Role): number | undefined {
  const used = new Set(site.nodes.map(({ host }) => host));
  for (let host = role.block.first; host <= hostNumbers.lastNode; host++) {
    if (!used.has(host)) {
      return host;
    }
  }
  return undefined;
}

interface NodeAddresses {
  lab: ResolvedLab;
  site: ResolvedSite;
  /** Subnet index of the site. */
  index: number;
  node: ResolvedNode;
  /** Host number of the node. */
  host: number;
  /** The node that has an address, by network and address. */
  addresses: Map<string, string>;
}

function checkAddresses({ lab, site, index, node, host, addresses }: NodeAddresses): Finding[] {
  const { name, role } = node;
  const findings: Finding[] = [];
  const at = labPath('sites', site.name, 'nodes', name, 'addresses');
  for (const network of Object.keys(node.addresses) as NetworkName[]) {
    if (role.networks.includes(network)) {
      continue;
    }
    findings.push({
      at: [...at, network],
      value: node.addresses[network],
      message: `is for a network that the role ${role.name} is not on`,
      remedy: `Take it out; the role is on ${role.networks.join(', ')}`,
    });
  }
  for (const network of role.networks) {
    if (network === 'external' && site.name !== controlPlane) {
      continue;
    }
    const written = node.addresses[network];
    const address = written ?? addressAt(lab.networks[network], index, host);
    const fault = written === undefined ? undefined : misplaced(lab, site, index, network, written);
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

/** The fault of an address outside the site's subnet, or of a reserved one. */
function misplaced(
  lab: ResolvedLab,
  { name, kind }: ResolvedSite,
  index: number,
  network: NetworkName,
  address: string,
) {
  const { cidr } = subnet(network, lab.networks[network], name, kind, index);
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
    message: 'is reserved for the gateway, the undercloud, virtual addresses or the pool',
    remedy: `Write one from ${addressAt(lab.networks[network], index, firstNode)} to ${addressAt(lab.networks[network], index, lastNode)}`,
  };
}
