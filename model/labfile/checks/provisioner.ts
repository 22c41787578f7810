import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { ResolvedLab, ResolvedNode } from '../resolve';
import { checkOpenstack } from './openstack';

/** Finds missing and unusable keys of the lab's provisioner, and keys that only another provisioner has. */
export function checkProvisioner(lab: ResolvedLab, seen: SitesSeen): Finding[] {
  const { invalid } = seen;
  if (invalid.has('provisioner')) {
    return [];
  }
  const nodes = lab.sites.flatMap((site) =>
    site.nodes.map((node) => ({
      node,
      path: `sites.${site.name}.nodes.${node.name}`,
      at: labPath('sites', site.name, 'nodes', node.name),
    })),
  );
  const isValid = ({ key }: { key: string }) =>
    !invalid.has('undercloud') && !invalid.has(`undercloud.${key}`);
  const undercloud = () =>
    checkUndercloud(lab)
      .filter(isValid)
      .map(({ finding }) => finding);
  const cloud = checkOpenstack(lab, seen);
  switch (lab.provisioner) {
    case 'sandbox':
      return [...cloud, ...checkNewHosts(nodes, 'the sandbox')];
    case 'existing': {
      const keys = checkHostKeys(nodes.filter(({ path }) => !invalid.has(`${path}.hostKey`)));
      return [...undercloud(), ...cloud, ...keys];
    }
    case 'openstack':
      return [...undercloud(), ...cloud, ...checkNewHosts(nodes, 'the cloud')];
  }
}

interface LocatedNode {
  node: ResolvedNode;
  at: Finding['at'];
}

/** Finds keys of existing hosts at hosts that the provisioner makes. */
function checkNewHosts(nodes: LocatedNode[], maker: string): Finding[] {
  return nodes.flatMap(({ at, node }) =>
    (['hostKey', 'user'] as const)
      .filter((key) => node.written[key] !== undefined)
      .map((key) => ({
        at: [...at, key],
        value: node.written[key],
        message: `is for hosts that exist already, and ${maker} makes this one`,
        remedy: 'Take it out, or write provisioner: existing',
      })),
  );
}

/** Finds missing keys of the connection to an undercloud that the sandbox does not make. */
function checkUndercloud({ undercloud, openstack }: ResolvedLab): { key: string; finding: Finding }[] {
  const { host, hostKey, privateKeyFile, bastion } = undercloud.written;
  const isServer = openstack?.undercloud !== undefined;
  const scan = 'Write what `ssh-keyscan -t ed25519 HOST` prints after the name, compared on its console';
  const needed: [string, string | undefined, string][] = [
    ...(isServer
      ? []
      : ([
          ['host', host, 'Write its name or address: only the sandbox makes an undercloud by itself'],
          ['hostKey', hostKey, scan],
        ] as [string, string | undefined, string][])),
    ['privateKeyFile', privateKeyFile, 'Write the path on this machine of the private key for it'],
    ...(bastion ? [['bastion.hostKey', bastion.hostKey, scan] as [string, string | undefined, string]] : []),
  ];
  const missing = needed
    .filter(([, value]) => value === undefined)
    .map(([key, , remedy]) => ({
      key,
      finding: {
        at: labPath('undercloud', ...key.split('.')),
        message: 'is missing: the hosts are reached through the undercloud',
        remedy,
      },
    }));
  if (!isServer) {
    return missing;
  }
  const known = Object.entries({ host, hostKey }).filter(([, value]) => value !== undefined);
  return [
    ...missing,
    ...known.map(([key, value]) => ({
      key,
      finding: {
        at: labPath('undercloud', key),
        value,
        message: 'is for an undercloud that exists already, and this lab makes its undercloud as a server',
        remedy: 'Take it out, or take out glance-dcn:openstack.undercloud',
      },
    })),
  ];
}

/** Finds missing host keys and keys that two hosts have: a host key identifies a host, and none is trusted on first use. */
function checkHostKeys(nodes: LocatedNode[]): Finding[] {
  const owners = new Map<string, string>();
  return nodes.flatMap(({ at, node }): Finding[] => {
    const { name } = node;
    const { hostKey } = node.written;
    const role = node.role.name;
    if (hostKey === undefined) {
      return [
        {
          at,
          value: role,
          message: 'has no host key, which identifies an existing host',
          remedy: `Write { role: ${role}, hostKey: … } with what \`ssh-keyscan -t ed25519 ADDRESS\` prints after the address, compared on its console`,
        },
      ];
    }
    const owner = owners.get(hostKey);
    owners.set(hostKey, owner ?? name);
    if (owner === undefined) {
      return [];
    }
    return [
      {
        at: [...at, 'hostKey'],
        value: hostKey,
        message: `is the host key of ${owner}: it is the same host, or a copy of its disk`,
        remedy:
          'Write the key of the host that is meant; on a copy, make new ones with `ssh-keygen -A` first',
      },
    ];
  });
}
