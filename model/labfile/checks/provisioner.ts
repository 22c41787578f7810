import { nodeEntry } from '../defaults';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import type { LabFile } from '../schema';

/** What hosts that exist already need, and what those that are made cannot have. */
export function checkProvisioner(file: LabFile, { invalid }: SitesSeen): Finding[] {
  if (invalid.has('provisioner')) return [];
  const nodes = Object.entries(file.sites).flatMap(([site, { nodes }]) =>
    Object.entries(nodes).map(([name, node]) => ({
      name,
      place: `sites.${site}.nodes.${name}`,
      at: labPath('sites', site, 'nodes', name),
      entry: nodeEntry(node),
    })),
  );
  if (file.provisioner === 'existing') {
    const undercloud = checkUndercloud(file)
      .filter(({ key }) => !invalid.has('undercloud') && !invalid.has(`undercloud.${key}`))
      .map(({ finding }) => finding);
    return [...undercloud, ...checkHostKeys(nodes.filter(({ place }) => !invalid.has(`${place}.hostKey`)))];
  }
  return nodes.flatMap(({ at, entry }) =>
    (['hostKey', 'user'] as const)
      .filter((key) => entry[key] !== undefined)
      .map((key) => ({
        at: [...at, key],
        value: entry[key],
        message: 'is for hosts that exist already, and the sandbox makes this one',
        remedy: 'Take it out, or write provisioner: existing',
      })),
  );
}

interface LocatedNode {
  name: string;
  at: Finding['at'];
  entry: ReturnType<typeof nodeEntry>;
}

/** How the undercloud is reached, which a sandbox would know by itself. */
function checkUndercloud({ undercloud }: LabFile): { key: string; finding: Finding }[] {
  const { host, hostKey, privateKeyFile, bastion } = undercloud;
  const scan = 'Write what `ssh-keyscan -t ed25519 HOST` prints after the name, compared on its console';
  const needed: [string, string | undefined, string][] = [
    ['host', host, 'Write its name or address: only the sandbox brings an undercloud along'],
    ['hostKey', hostKey, scan],
    ['privateKeyFile', privateKeyFile, 'Write the file on this machine with the private key that opens it'],
    ...(bastion ? [['bastion.hostKey', bastion.hostKey, scan] as [string, string | undefined, string]] : []),
  ];
  return needed
    .filter(([, value]) => value === undefined)
    .map(([key, , remedy]) => ({
      key,
      finding: {
        at: labPath('undercloud', ...key.split('.')),
        message: 'is missing, and hosts that exist already are reached by way of the undercloud',
        remedy,
      },
    }));
}

/** The host key tells a host from another one that has its address: none is ever trusted on first use. */
function checkHostKeys(nodes: LocatedNode[]): Finding[] {
  const owners = new Map<string, string>();
  return nodes.flatMap(({ name, at, entry }): Finding[] => {
    const { role, hostKey } = entry;
    if (hostKey === undefined) {
      return [
        {
          at,
          value: role,
          message: 'has no host key, by which an existing host is told from others',
          remedy: `Write { role: ${role}, hostKey: … } with what \`ssh-keyscan -t ed25519 ADDRESS\` prints after the address, compared on its console`,
        },
      ];
    }
    const owner = owners.get(hostKey);
    owners.set(hostKey, owner ?? name);
    if (owner === undefined) return [];
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
