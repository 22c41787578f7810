import { hostNumbers, isBetween, isHost } from '../../addresses';
import { externalCeph } from '../../names';
import { subnetsOfNode } from '../../networks';
import { type Role, rolesOfLab } from '../../roles';
import type { NetworkName, SiteKind, SubnetPlan } from '../../types';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { ResolvedLab, ResolvedNode, ResolvedSite } from '../resolve';
import { someOf } from '../roleNames';
import { reservedIn } from './reserved';

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
  // By subnets: nodes of two racks may have one host number.
  const hosts = new Map<string, string>();
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
      const choices = rolesOfLab({ ownRoles: lab.ownRoles.roles })
        .filter(belongs)
        .map((other) => other.name);
      findings.push({ at, value: role.name, message, remedy: `Write one of ${someOf(choices)}` });
    }
    // Whether an address of the node follows from its host number.
    const isNumbered = subnetsOfNode(site, node).some(
      ({ network }) => role.networks.includes(network) && node.written.addresses[network] === undefined,
    );
    if (isNumbered && host === undefined) {
      findings.push({ at, value: role.name, ...noHost(name, role) });
      continue;
    }
    const place = isNumbered ? `${node.rack ?? ''} ${host}` : undefined;
    const other = place === undefined ? undefined : hosts.get(place);
    if (other !== undefined) {
      findings.push({
        at,
        value: role.name,
        message: `would have the addresses of ${other}: both have the host number ${host}`,
        remedy: `Write { ${node.rack === undefined ? '' : `rack: ${node.rack}, `}role: ${role.name}, host: ${freeHost(site, role) ?? '…'} }`,
      });
      continue;
    }
    if (place !== undefined) {
      hosts.set(place, name);
    }
    // checkRacks reports a rack that the site does not have.
    if (node.rack === undefined || site.racks.some((rack) => rack.name === node.rack)) {
      findings.push(...checkAddresses(lab, site, node, addresses));
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

/**
 * @param owners the node that has an address, by network and address
 */
function checkAddresses(
  lab: ResolvedLab,
  site: ResolvedSite,
  node: ResolvedNode,
  owners: Map<string, string>,
): Finding[] {
  const { name, role } = node;
  const written = node.written.addresses;
  const at = labPath('sites', site.name, 'nodes', name);
  const subnets = subnetsOfNode(site, node);
  const known = subnets.flatMap(({ network }) => (role.networks.includes(network) ? [network] : []));
  const needless = (Object.keys(written) as NetworkName[])
    .filter((network) => !known.includes(network))
    .map((network) => ({
      at: [...at, 'addresses', network],
      value: written[network],
      message: `is for a network that the role ${role.name} is not on`,
      remedy: `Take it out; the role is on ${known.join(', ')}`,
    }));
  const faults = subnets.flatMap((subnet): Finding[] => {
    const { network } = subnet;
    const address = node.addresses[network];
    if (address === undefined) {
      return [];
    }
    const located = {
      at: written[network] === undefined ? at : [...at, 'addresses', network],
      value: address,
    };
    const key = `${network} ${address}`;
    const owner = owners.get(key);
    owners.set(key, owner ?? name);
    const fault = misplaced(lab, site, subnet, node, address);
    if (fault) {
      return [{ ...located, ...fault }];
    }
    return owner === undefined
      ? []
      : [
          {
            ...located,
            message: `is the address of ${owner} on ${network}`,
            remedy: 'Write an address that no other node has',
          },
        ];
  });
  return [...needless, ...faults];
}

/**
 * The fault of an address outside the node's subnet, or of one that something else has. An address of a pool is a fault
 * unless it, or the node's host number, is written: Neutron gives it to nothing else once the node has it.
 */
function misplaced(
  lab: ResolvedLab,
  site: ResolvedSite,
  subnet: SubnetPlan,
  { written }: ResolvedNode,
  address: string,
) {
  const { network, cidr, pools } = subnet;
  const isWritten = written.addresses[network] !== undefined;
  if (!isHost(address, cidr)) {
    const number = isWritten ? '' : 'host: … with a number that fits each subnet of the node, or ';
    return {
      message: `is not a host of ${cidr}, the node's subnet of ${network}`,
      remedy: `Write ${number}addresses: { ${network}: … } with an address in ${cidr}`,
    };
  }
  const pool =
    isWritten || written.host !== undefined
      ? undefined
      : pools.find(({ start, end }) => isBetween(address, start, end));
  const owner =
    reservedIn(lab, site, subnet).find((other) => other.address === address)?.owner ??
    (pool && `the pool from ${pool.start} to ${pool.end}`);
  return (
    owner && {
      message: `is reserved on ${network} for ${owner}`,
      remedy: `Write addresses: { ${network}: … } with another address in ${cidr}`,
    }
  );
}
