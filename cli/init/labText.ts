import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { firstEdgeIndex, indexFromName } from '../../model';
import type { InitAnswers, InitSite } from './answers';
import { rangesFrom } from './ranges';

/*
 * The text of a new lab file, below its first line. Values that nobody can know yet, such as host keys, are valid and stand for nothing:
 * a comment beside each says what to write, and a host that has another key is refused.
 */

/** The text of a lab file by the answers, with the comments of a person. */
export function labFileText(answers: InitAnswers): string {
  const sections = [
    head(answers),
    provisionerText(answers),
    networksText(answers),
    sitesText(answers),
    imagesText(answers),
  ];
  return `${sections.filter(Boolean).join('\n')}\n`;
}

const sources: Record<InitAnswers['provisioner'], string> = {
  sandbox: 'the sandbox, hosts on this machine',
  existing: 'servers that are installed already',
  openstack: 'servers of an OpenStack cloud',
};

function head({ provisioner, topology, sites }: InitAnswers): string {
  const images =
    topology === 'cache'
      ? 'Images are in the Swift of the control plane, and each edge site has caches of them.'
      : 'The control plane and each edge site have a Ceph cluster and a Glance store.';
  const count = sites.length === 1 ? 'one edge site' : `${sites.length || 'no'} edge sites`;
  return `# A lab on ${sources[provisioner]}: a control plane and ${count}.
# ${images}
# All keys and their defaults: docs/lab-file.md.
config:
  glance-dcn:topology: ${topology}
  glance-dcn:provisioner: ${provisioner}`;
}

function provisionerText({ provisioner }: InitAnswers): string {
  switch (provisioner) {
    case 'sandbox':
      return `  # Nova, Neutron and Cinder, with which servers boot at the sites. \`false\` saves memory and a minute.
  glance-dcn:sandbox: { servers: true }`;
    case 'existing':
      return `
  # Where \`openstack overcloud …\` runs. Write your own address and key: \`ssh-keyscan -t ed25519 ADDRESS\` prints the key after the
  # address; compare it on the console.
  glance-dcn:undercloud:
    host: undercloud.example.org
    hostKey: ${placeholderKey('undercloud')}
    privateKeyFile: ~/.ssh/id_ed25519
    # Written there by \`openstack tripleo container image prepare default\`.
    containerPrepare: /home/stack/containers-prepare-parameter.yaml

  # Time servers of all servers, which TripleO writes into chrony's configuration. Without this key it leaves chrony alone.
  # glance-dcn:hosts: { ntpServers: [ntp.example.org] }`;
    case 'openstack':
      return `
  # docs/openstack.md lists what the cloud must have; \`plan\` prints the quotas that the lab needs. Write your own ids.
  glance-dcn:openstack:
    # Its entry in clouds.yaml has the credentials: ~/.config/openstack/clouds.yaml, or the file OS_CLIENT_CONFIG_FILE.
    cloud: lab
    # \`openstack image list\`: CentOS Stream 9; \`user\` is the account that its cloud-init makes.
    image: 00000000-0000-4000-8000-000000000001
    user: cloud-user
    flavor: m1.xlarge
    # Disks of each node with Ceph.
    volumes: { perNode: 1, sizeGiB: 100 }
    # \`openstack network list --external\`: the network of the floating IPs.
    externalNetwork: 00000000-0000-4000-8000-000000000002
    undercloud:
      image: 00000000-0000-4000-8000-000000000003
      flavor: m1.2xlarge
      # The key pair in Nova; the private key is below.
      keyPair: operator

  glance-dcn:undercloud:
    privateKeyFile: ~/.ssh/id_ed25519
    # On the undercloud, written by \`openstack tripleo container image prepare default\`.
    containerPrepare: /home/stack/containers-prepare-parameter.yaml`;
  }
}

function networksText({ firstRange }: InitAnswers): string {
  if (firstRange === undefined) {
    return `
  # Networks: those of the numbering plan, 10.0.0.0/14 for ctlplane and a range of this size for each further one
  # (docs/lab-file.md, "Which addresses a node gets"). \`glance-dcn:networks\` chooses others.`;
  }
  const ranges = Object.entries(rangesFrom(firstRange)).map(
    ([name, range]) => `    ${name}: { range: ${range} }`,
  );
  return ['', '  # Each site has a /24 of each range.', '  glance-dcn:networks:', ...ranges].join('\n');
}

function sitesText(answers: InitAnswers): string {
  const { provisioner, topology, controllers, cephNodes, sites } = answers;
  const hasCeph = topology === 'multistore';
  const needsDisks = hasCeph && provisioner === 'existing';
  const devices = [
    '        # The disks that become OSDs, the same on all hosts: write your own. They must be blank.',
    '        devices: [/dev/disk/by-path/pci-0000:00:07.0-scsi-0:0:0:0]',
  ];
  const ceph = [
    '      ceph:',
    '        # The store at the control plane has the name of its cluster.',
    '        cluster: central',
    ...(needsDisks ? devices : []),
  ];
  const central = [
    ...nodes('ctl', 'Controller', controllers, provisioner),
    ...(hasCeph ? nodes('ceph', 'CephStorage', cephNodes, provisioner) : []),
  ];
  const numbers = indexes(sites);
  const note =
    provisioner === 'existing'
      ? [
          '  # `user` of a node is the account that accepts the undercloud’s key, if that is not tripleo-admin.',
        ]
      : [];
  return [
    '',
    "  # A node's addresses follow from its role and the number at the end of its name.",
    ...note,
    '  glance-dcn:sites:',
    '    control-plane:',
    ...(hasCeph ? ceph : []),
    '      nodes:',
    ...central,
    ...sites.flatMap((site) => [
      `    ${word(site.name)}:`,
      ...indexText(numbers.get(site.name)),
      ...edgeCeph(site, hasCeph, needsDisks ? devices.slice(1) : []),
      '      nodes:',
      ...edgeNodes(site, hasCeph, provisioner),
    ]),
  ].join('\n');
}

/** The `ceph` of an edge site. The cluster has the site's name, in which TripleO accepts letters and digits alone. */
function edgeCeph({ name }: InitSite, hasCeph: boolean, devices: string[]): string[] {
  const cluster = hasCeph && name.includes('-') ? [`        cluster: ${word(name.replaceAll('-', ''))}`] : [];
  const lines = [...cluster, ...devices];
  return lines.length > 0 ? ['      ceph:', ...lines] : [];
}

/** A name as YAML: in quotes if it would be no text without them, as `true` is. */
function word(name: string): string {
  return stringify(name).trim();
}

/** The number of the subnets of each site whose name gives none that is free: the first ones that no site has. */
function indexes(sites: InitSite[]): Map<string, number> {
  const taken = new Set<number>();
  const others = sites.filter(({ name }) => {
    const own = indexFromName(name);
    if (own === undefined || own > lastIndex || taken.has(own)) {
      return true;
    }
    taken.add(own);
    return false;
  });
  const found = new Map<string, number>();
  for (const { name } of others) {
    let index = firstEdgeIndex;
    while (taken.has(index)) {
      index += 1;
    }
    taken.add(index);
    found.set(name, index);
  }
  return found;
}

/** The number of the last subnet of the smallest ranges, a /16 with a /24 for each site. */
const lastIndex = 255;

function indexText(index: number | undefined): string[] {
  return index === undefined
    ? []
    : ['      # The number of its subnets, which its name does not give.', `      index: ${index}`];
}

/** One or three nodes have etcd, of which two would be no majority; the others have the roles ScaleOut, which have none. */
function edgeNodes({ name, nodes: count }: InitSite, hasCeph: boolean, provisioner: string): string[] {
  const role = hasCeph ? 'DistributedComputeHCI' : 'DistributedCompute';
  const withEtcd = count < 3 ? 1 : 3;
  const short = hasCeph ? 'hci' : 'compute';
  return Array.from({ length: count }, (_, index) =>
    node(`${name}-${short}-${index}`, index < withEtcd ? role : `${role}ScaleOut`, provisioner),
  ).flat();
}

function nodes(prefix: string, role: string, count: number, provisioner: string): string[] {
  return Array.from({ length: count }, (_, index) => node(`${prefix}-${index}`, role, provisioner)).flat();
}

function node(name: string, role: string, provisioner: string): string[] {
  return provisioner === 'existing'
    ? [
        `        ${name}:`,
        `          role: ${role}`,
        `          hostKey: ${placeholderKey(name)} # write its own`,
      ]
    : [`        ${name}: ${role}`];
}

/** A whole public key that no host has: its 32 bytes are the digest of the host's name. */
function placeholderKey(name: string): string {
  const part = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const digest = createHash('sha256').update(name).digest();
  const type = 'ssh-ed25519';
  return `${type} ${Buffer.concat([part(Buffer.from(type)), part(digest)]).toString('base64')}`;
}

function imagesText({ image, sites, topology }: InitAnswers): string {
  const at = `      sites: [${sites.map(({ name }) => word(name)).join(', ')}]`;
  switch (image.from) {
    case 'nowhere':
      return '';
    case 'sandbox':
      return `
  glance-dcn:images:
    # The sandbox's own small operating system for servers, built and served by the sandbox's undercloud.
    guest:
      source: { url: http://localhost:8088/guest.raw }
${at}`;
    case 'url': {
      const format = /\.(qcow2|img)([?#]|$)/.test(image.url) ? 'qcow2' : 'raw';
      const copies = topology === 'cache' ? 'the caches of these sites' : 'the stores of these sites';
      return `
  glance-dcn:images:
    # The undercloud fetches it, and it comes into ${copies}. All projects may use it, unless \`visibility\` says otherwise.
    # \`sha256\` in \`source\` has its content checked.
    guest:
      source: { url: '${image.url}' }
      format: ${format}
${at}`;
    }
  }
}
