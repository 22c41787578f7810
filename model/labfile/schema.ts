import { IPv4 } from 'ipaddr.js';
import * as z from 'zod';
import { firstEdgeIndex, hostNumbers, networkNames } from '../addresses';
import { defaultCacheMiB } from '../lab';
import { roles } from '../roles';

/** Prefix of the lab's keys under `config:`; keys of other prefixes are Pulumi's or a provider's. */
export const prefix = 'glance-dcn:';

/**
 * Text of a certain form. `patternErrorMessage` is what editors show for JSON Schema's `pattern`, and our remedy.
 * @param fault what to say of a text that has not this form, after its place
 * @param remedy what to write instead
 */
function text(pattern: RegExp, fault: string, remedy: string) {
  return z.string().regex(pattern, fault).meta({ patternErrorMessage: remedy });
}

function anyText() {
  return text(/\S/, 'is empty', 'Write a value, or leave the key out');
}

function range() {
  return z
    .string()
    .refine(isNetwork, 'is not an IPv4 network')
    .meta({ patternErrorMessage: 'Write a network address and its prefix length, such as 10.0.0.0/14' });
}

function isNetwork(cidr: string): boolean {
  if (!IPv4.isValidCIDRFourPartDecimal(cidr)) {
    return false;
  }
  return IPv4.networkAddressFromCIDR(cidr).toString() === cidr.split('/')[0];
}

function ipv4() {
  return z
    .string()
    .refine((address) => IPv4.isValidFourPartDecimal(address), 'is not an IPv4 address')
    .meta({ patternErrorMessage: 'Write four numbers from 0 to 255 with dots between them' });
}

function port() {
  return z.int().min(1).max(65535);
}

function absolutePath() {
  return text(
    /^\/\S*$/,
    'is not an absolute path',
    'Write the path on the undercloud from / on, without blanks',
  );
}

function hostKey() {
  return text(
    /^(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]+$/,
    'is not a public host key',
    'Write type and key as ssh-keyscan prints them, such as ssh-ed25519 AAAA…',
  ).describe('Public host key, as `ssh-keyscan` prints it without the name of the host.');
}

function userName() {
  return text(/^[a-z_][a-z0-9_-]*$/, 'is not the name of a user', 'Write the login name');
}

/** cephadm compares a node's name with `hostname`, and TripleO's HostnameMap carries it. */
function hostName() {
  return text(
    /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/,
    'is not a short host name in lower case',
    'Use lower-case letters, digits and inner hyphens, a letter first, without a domain',
  );
}

function siteName() {
  return text(
    /^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/,
    'is not the name of a site',
    'Use at most 32 lower-case letters, digits and inner hyphens, a letter first, such as dcn0',
  );
}

const roleName = z.enum(roles.map((role) => role.name) as [string, ...string[]]).describe('TripleO role.');

const node = z
  .union([
    roleName,
    z.strictObject({
      role: roleName,
      host: z
        .int()
        .min(hostNumbers.firstNode)
        .max(hostNumbers.lastNode)
        .optional()
        .describe(
          "Host number in each of the site's subnets; default: by role and the number at the end of the name.",
        ),
      addresses: z
        .partialRecord(z.enum(networkNames), ipv4())
        .default({})
        .describe("Addresses that differ from the plan, by network, within the site's subnets."),
      hostKey: hostKey()
        .optional()
        .describe(
          'Of an existing host: its public SSH host key, as `ssh-keyscan` prints it without the address.',
        ),
      user: userName()
        .optional()
        .describe(
          "Of an existing host: the account that the undercloud's key opens; default: `tripleo-admin`, which is made " +
            'where it is another.',
        ),
    }),
  ])
  .describe('Role of the node; or the keys below, for what should differ from the plan.');

const ceph = z
  .strictObject({
    cluster: text(
      /^[a-zA-Z0-9]+$/,
      'is not a name that TripleO accepts for a Ceph cluster',
      'Use letters and digits only',
    )
      .optional()
      .describe(
        'Name of the cluster, letters and digits only; default: `central` at the control plane and in `external-ceph`, ' +
          'else the site.',
      ),
    store: text(
      /^[a-zA-Z0-9_-]+$/,
      'is not a Glance store id',
      'Use letters, digits, hyphens and underscores only',
    )
      .optional()
      .describe(
        'Id of the Glance store in the cluster; default: the cluster. Never change it once images lie there.',
      ),
    devices: z
      .array(
        text(
          /^\/dev\/[a-zA-Z0-9/_.:-]+$/,
          'is not the path of a device',
          'Write a path below /dev, such as /dev/vdb',
        ),
      )
      .min(1)
      .optional()
      .describe(
        'Blank disks of each OSD node, the same on all of them; default: `/dev/vdb`. With `provisioner: openstack` they are ' +
          'the volumes that `openstack.volumes` says.',
      ),
    poolSize: z
      .int()
      .min(1)
      .max(10)
      .optional()
      .describe('Copies of each object; default: 3, or the number of OSD nodes where there are fewer.'),
    existing: z
      .strictObject({
        fsid: text(
          /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
          'is not the fsid of a Ceph cluster',
          'Write what `ceph fsid` prints there',
        ).describe('What `ceph fsid` prints.'),
        monitors: z
          .array(ipv4())
          .min(1)
          .describe('Addresses of its monitors, on a network that the undercloud and all nodes reach.'),
        keyring: absolutePath().describe(
          'Keyring file of that user, on the undercloud, that its user alone reads.',
        ),
      })
      .optional()
      .describe('Only for `external-ceph`: the cluster exists already. The site has no nodes then.'),
  })
  .prefault({})
  .describe(
    "The site's Ceph cluster, and the Glance store in it. In the topology `cache` a site has a cluster only if it has OSD " +
      'nodes, for servers and volumes.',
  );

const cache = z
  .strictObject({
    limitMiB: z
      .int()
      .min(1)
      .max(2 ** 30)
      .optional()
      .describe(
        `MiB of images that each node's cache may hold; default: ${defaultCacheMiB}. What is over it goes every five minutes, ` +
          'least recently used first.',
      ),
  })
  .optional()
  .describe('Only in the topology `cache`, at edge sites: the caches of the nodes that run a glance-api.');

/** An id of the cloud's: names need not be unique there, and what a name stands for changes. */
function cloudId(what: string, command: string) {
  return text(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    `is not the id of ${what}`,
    `Write what \`openstack ${command} show -f value -c id NAME\` prints`,
  );
}

/** What servers are like; a site's keys win over the lab's. */
const servers = {
  flavor: anyText().optional().describe('Flavor of the servers, by name.'),
  flavors: z
    .partialRecord(roleName, anyText())
    .default({})
    .describe('Flavors of the servers of single roles, by name.'),
  availabilityZone: anyText().optional().describe('Where servers and volumes lie; default: the cloud’s.'),
};

const volumes = z
  .strictObject({
    perNode: z.int().min(1).max(24).optional().describe('How many each OSD node has; default: 1.'),
    sizeGiB: z
      .int()
      .min(1)
      .max(2 ** 16)
      .optional()
      .describe('Size of each, in GiB; default: 100.'),
    type: anyText().optional().describe('Volume type; default: the cloud’s.'),
  })
  .default({})
  .describe('Volumes that become OSDs.');

const siteOpenstack = z
  .strictObject({
    ...servers,
    volumes,
    networks: z
      .partialRecord(
        z.enum(networkNames),
        z.strictObject({
          network: cloudId('a network', 'network'),
          subnet: cloudId('a subnet', 'subnet').describe(
            "It has the range of the site's subnet in the plan.",
          ),
        }),
      )
      .default({})
      .describe('Networks that exist already; the others are made, and joined by one router.'),
  })
  .prefault({})
  .describe('Only for `provisioner: openstack`: what is different at this site.');

const openstack = z
  .strictObject({
    cloud: anyText().describe('Name of the cloud in clouds.yaml, which has its address and the credentials.'),
    image: cloudId('an image', 'image').describe(
      'Image of the servers: what the nodes’ operating system is installed from, with cloud-init.',
    ),
    user: userName()
      .default('cloud-user')
      .describe('Account that the image’s cloud-init makes; TripleO’s `tripleo-admin` is made by way of it.'),
    ...servers,
    volumes,
    keyPair: anyText()
      .optional()
      .describe('Key pair with the undercloud’s `~/.ssh/id_rsa.pub`; default: one is made.'),
    securityGroups: z
      .array(cloudId('a security group', 'security group'))
      .min(1)
      .optional()
      .describe(
        'Security groups of all ports of the nodes; default: one is made that lets in whatever comes from the lab’s networks.',
      ),
    externalNetwork: cloudId('a network', 'network')
      .optional()
      .describe('External network that the router leads to, and that floating IPs come from.'),
    undercloud: z
      .strictObject({
        flavor: anyText().describe('Flavor of the server, by name.'),
        image: cloudId('an image', 'image').describe('Image with an undercloud installed.'),
        keyPair: anyText().describe('Key pair of `undercloud.privateKeyFile`.'),
      })
      .optional()
      .describe(
        'The undercloud is a server of the cloud, too; reached by a floating IP where there is an `externalNetwork`, else by ' +
          'its ctlplane address. Default: it exists already.',
      ),
  })
  .optional()
  .describe('Only for `provisioner: openstack`.');

const site = z.strictObject({
  nodes: z
    .record(hostName(), node)
    .default({})
    .describe(
      '`name: Role` for each node. TripleO numbers the nodes of a role in this order: add new ones at the end.',
    ),
  ceph,
  cache,
  index: z
    .int()
    .min(firstEdgeIndex)
    .max(65535)
    .optional()
    .describe('Which subnet of each network the site has; default: 16 + the number at the end of its name.'),
  parameters: z
    .record(
      text(
        /^[A-Z][A-Za-z0-9]*$/,
        'is not the name of a TripleO parameter',
        'Write it as in the templates: CamelCase',
      ),
      z.json(),
    )
    .default({})
    .describe('TripleO parameters (parameter_defaults) that win over all others of the site.'),
  environments: z
    .array(absolutePath())
    .default([])
    .describe('Environment files that lie on the undercloud already, for `-e`, before `parameters`.'),
  openstack: siteOpenstack,
});

const image = z.strictObject({
  source: z
    .union([
      z.strictObject({ file: anyText().describe('File on this machine, relative to the lab file.') }),
      z.strictObject({
        url: z
          .url({ protocol: /^https?$/, error: 'is not a URL that can be fetched' })
          .meta({ patternErrorMessage: 'Write it from http:// or https:// on' })
          .describe('Where the undercloud fetches it from.'),
        sha256: text(/^[0-9a-f]{64}$/, 'is not a SHA-256', 'Write 64 lower-case hexadecimal digits')
          .optional()
          .describe('What the fetched file must have.'),
      }),
      z.strictObject({
        made: z
          .strictObject({
            sizeMiB: z
              .int()
              .min(1)
              .max(1024 * 1024)
              .describe('Size in MiB.'),
            seed: anyText().describe('The same seed gives the same bytes.'),
          })
          .describe('Made for the occasion, without an operating system.'),
      }),
    ])
    .describe('Where it comes from: one of file, url, made.'),
  format: z
    .enum(['raw', 'qcow2'])
    .default('raw')
    .describe(
      'Format of the source; it is stored raw whatever this is, but as it is in the topology `cache`.',
    ),
  sites: z
    .array(siteName())
    .default([])
    .describe(
      'Edge sites that get a copy, or in the topology `cache` keep it in their caches; the control plane always has one.',
    ),
});

function network(addresses: string) {
  return z
    .strictObject({
      range: range().default(addresses).describe('All its addresses, at all sites.'),
      prefix: z.int().min(16).max(24).default(24).describe("Prefix length of one site's subnet."),
    })
    .prefault({});
}

const networks = z
  .strictObject({
    ctlplane: network('10.0.0.0/14').describe('The undercloud reaches the nodes here.'),
    internal_api: network('10.4.0.0/14').describe('Services among themselves.'),
    storage: network('10.8.0.0/14').describe('Ceph’s public network; Glance copies images over it.'),
    storage_mgmt: network('10.12.0.0/14').describe('Ceph’s cluster network.'),
    tenant: network('10.16.0.0/14').describe('Overlay of the servers’ networks.'),
    external: network('10.20.0.0/14').describe('Public end points; at the control plane only.'),
  })
  .prefault({})
  .describe('Address ranges, routed between sites; each site has one subnet of each.');

const undercloud = z
  .strictObject({
    host: anyText().optional().describe('Name or address; default: where the provisioner has put it.'),
    port: port().optional().describe('Port of its SSH server; default: 22, or the sandbox’s.'),
    user: userName().default('stack').describe('User that has installed it.'),
    home: absolutePath().optional().describe('Home directory of that user; default: `/home/<user>`.'),
    hostKey: hostKey().optional(),
    privateKeyFile: anyText()
      .optional()
      .describe('Private key for it: a file on this machine, relative to the lab file or below ~/.'),
    bastion: z
      .strictObject({
        host: anyText().describe('Name or address.'),
        port: port().default(22).describe('Port of its SSH server.'),
        user: anyText().describe('Login name there; the key is the same.'),
        hostKey: hostKey().optional(),
      })
      .optional()
      .describe('Host to go through.'),
    containerPrepare: absolutePath()
      .optional()
      .describe(
        'containers-prepare-parameter.yaml on the undercloud, as `openstack tripleo container image prepare default` ' +
          "writes it; default: TripleO's own image defaults.",
      ),
  })
  .prefault({})
  .describe('The host that runs `openstack overcloud …`.');

const sandbox = z
  .strictObject({
    tripleo: z
      .enum(['quick', 'full'])
      .default('quick')
      .describe(
        'How much of TripleO is real. `quick`: `ceph deploy` and the stack phase are stood in for. `full`: cephadm and Heat run, ' +
          'which takes minutes for each site. docs/how-it-works.md has the list.',
      ),
    servers: z
      .boolean()
      .default(false)
      .describe(
        'Whether Nova, Neutron, Cinder and what they need run, so that servers boot at the sites; they take memory and a minute.',
      ),
    sshPort: port()
      .min(1024)
      .optional()
      .describe('Port on 127.0.0.1 that leads to the undercloud; default: from the name of the lab.'),
    wan: z
      .strictObject({
        rate: text(
          /^[1-9][0-9]*(k|m|g)bit$/,
          'is not a rate',
          'Write a whole number and kbit, mbit or gbit, such as 100mbit',
        )
          .default('200mbit')
          .describe('Rate of each edge site, each way.'),
      })
      .prefault({})
      .describe('Between sites.'),
  })
  .prefault({})
  .describe('Only for `provisioner: sandbox`.');

/** The lab's keys under `config:`, without their prefix. */
export const labSchema = z.strictObject({
  release: z.enum(['wallaby']).default('wallaby').describe('TripleO release.'),
  topology: z
    .enum(['multistore', 'cache'])
    .default('multistore')
    .describe(
      "`multistore`: an RBD store at each site. `cache`: Glance on the control plane's Swift, and a cache at each edge site.",
    ),
  provisioner: z
    .enum(['sandbox', 'existing', 'openstack'])
    .default('sandbox')
    .describe(
      'Where nodes come from: `sandbox` makes them on this machine, `existing` are there already, `openstack` makes servers ' +
        'of an OpenStack cloud.',
    ),
  undercloud,
  networks,
  sites: z
    .record(siteName(), site)
    .describe(
      '`control-plane`, and edge sites such as dcn0; in the topology `multistore` also `external-ceph`, a Ceph cluster by ' +
        'itself that holds the central store, and `central`, computes that are clients of it; in the topology `cache` ' +
        "also `central`, an edge site in the control plane's place. One Pulumi stack each, named `<lab>-<site>`.",
    ),
  images: z
    .record(
      text(
        /^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,253}[a-zA-Z0-9])?$/,
        'is not the name of an image',
        'Use letters, digits and inner dots, hyphens and underscores',
      ),
      image,
    )
    .default({})
    .describe('Images by name, and the sites that want them.'),
  openstack,
  sandbox,
});

/** What the schema makes of a valid file: every default filled in that does not depend on another value. */
export type LabFile = z.output<typeof labSchema>;
/** One site of such a file. */
export type LabFileSite = LabFile['sites'][string];
