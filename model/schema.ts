import { IPv4 } from 'ipaddr.js';
import { z } from 'zod';
import { networkNames } from './addresses';
import { roles } from './roles';

/** Prefix of the lab's keys under `config:`; keys of other prefixes are Pulumi's or a provider's. */
export const prefix = 'glance-dcn:';

const address = z
  .string()
  .refine((text) => IPv4.isValidFourPartDecimal(text), 'is not an IPv4 address')
  .meta({ format: 'ipv4', example: '10.0.16.74' });

const range = z
  .string()
  .refine(isNetwork, 'is not an IPv4 network in CIDR notation with no host bits set')
  .meta({ example: '10.0.0.0/14' });

function isNetwork(text: string): boolean {
  if (!IPv4.isValidCIDRFourPartDecimal(text)) return false;
  return IPv4.networkAddressFromCIDR(text).toString() === text.split('/')[0];
}

const port = z.int().min(1).max(65535);
const absolutePath = z.string().regex(/^\/[^\s]*$/, 'is not an absolute path').meta({ example: '/home/stack/file.yaml' });
const hostKey = z
  .string()
  .regex(/^(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]+$/, 'is not a public host key')
  .meta({ example: 'ssh-ed25519 AAAAC3Nza…' })
  .describe('Public host key, as `ssh-keyscan` prints it without the host name.');

/** Short lower-case host name: cephadm compares it with `hostname`, and TripleO's HostnameMap carries it. */
const hostName = z.string().regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, 'is not a short lower-case host name');
const siteName = z.string().regex(/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/, 'is not a site name');
const storeId = z.string().regex(/^[a-zA-Z0-9_-]+$/, 'is not a Glance store id');

const roleName = z
  .enum(roles.map((role) => role.name) as [string, ...string[]])
  .describe('TripleO role of the node.');

const node = z.union([
  roleName,
  z.strictObject({
    role: roleName,
    host: z
      .int()
      .min(6)
      .max(199)
      .optional()
      .describe("Host number in each of the site's subnets; default: by role and the number at the end of the name."),
    addresses: z
      .partialRecord(z.enum(networkNames), address)
      .default({})
      .describe('Addresses that differ from the plan, by network.'),
  }),
]);

const ceph = z
  .strictObject({
    cluster: z
      .string()
      .regex(/^[a-zA-Z0-9]+$/, 'is not a Ceph cluster name that TripleO accepts')
      .optional()
      .describe('Name of the Ceph cluster, letters and digits only; default: `central` at the control plane, else the site.'),
    store: storeId
      .optional()
      .describe('Id of the Glance store in this cluster; default: the cluster. Never change it once images lie there.'),
    devices: z
      .array(z.string().regex(/^\/dev\/[a-zA-Z0-9/_.-]+$/, 'is not a device path'))
      .min(1)
      .default(['/dev/vdb'])
      .describe('Blank disks of each OSD node, the same on all of them.'),
    poolSize: z
      .int()
      .min(1)
      .max(10)
      .optional()
      .describe('Copies of each object; default: 3, or the number of OSD nodes where there are fewer.'),
  })
  .prefault({})
  .describe("The site's Ceph cluster.");

const parameters = z
  .record(z.string().regex(/^[A-Z][A-Za-z0-9]*$/, 'is not the name of a TripleO parameter'), z.json())
  .default({})
  .describe('TripleO parameters (parameter_defaults) that come after all that this project sets for the site.');

const site = z.strictObject({
  nodes: z
    .record(hostName, node)
    .refine((nodes) => Object.keys(nodes).length > 0, 'names no node')
    .describe('`name: Role`. TripleO numbers the nodes of a role in this order: add new ones at the end.'),
  ceph,
  index: z
    .int()
    .min(16)
    .max(65535)
    .optional()
    .describe('Which subnet of each network the site has; default: 16 + the number at the end of its name.'),
  parameters,
  environments: z
    .array(absolutePath)
    .default([])
    .describe('Environment files that already lie on the undercloud, passed with -e before `parameters`.'),
});

const image = z.strictObject({
  source: z
    .union([
      z.strictObject({ file: z.string().min(1).describe('File on this machine, relative to the lab file.') }),
      z.strictObject({
        url: z.url({ protocol: /^https?$/ }).describe('Fetched by the undercloud.'),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex').optional(),
      }),
      z.strictObject({
        made: z
          .strictObject({
            sizeMiB: z.int().min(1).max(1024 * 1024),
            seed: z.string().min(1).describe('The same seed gives the same bytes.'),
          })
          .describe('An image without an operating system, for trying things out.'),
      }),
    ])
    .describe('One of file, url, made.'),
  format: z.enum(['raw', 'qcow2']).default('raw').describe('Format of the source; stored raw whatever it is.'),
  sites: z.array(siteName).default([]).describe('Edge sites that get a copy; the control plane always has one.'),
});

const network = (networkRange: string) =>
  z
    .strictObject({
      range: range.default(networkRange).describe('All addresses of the network, at all sites.'),
      prefix: z.int().min(16).max(24).default(24).describe("Prefix length of one site's subnet."),
    })
    .prefault({});

const networks = z
  .strictObject({
    ctlplane: network('10.0.0.0/14').describe('The undercloud reaches the nodes here.'),
    internal_api: network('10.4.0.0/14'),
    storage: network('10.8.0.0/14').describe('Routed between sites: Glance copies images over it.'),
    storage_mgmt: network('10.12.0.0/14').describe('OSDs among themselves.'),
    tenant: network('10.16.0.0/14'),
    external: network('10.20.0.0/14').describe('Public end points; at the control plane only.'),
  })
  .prefault({})
  .describe('Address ranges; each site has one subnet of each.');

const undercloud = z
  .strictObject({
    host: z.string().min(1).optional().describe('Name or address; default: where the provisioner has put it.'),
    port: port.optional().describe('Port of its SSH server.'),
    user: z.string().regex(/^[a-z_][a-z0-9_-]*$/, 'is not a user name').default('stack'),
    home: absolutePath.optional().describe('Home directory of that user; default: /home/<user>.'),
    hostKey: hostKey.optional(),
    privateKeyFile: z.string().min(1).optional().describe('Private key for it, a file on this machine.'),
    bastion: z
      .strictObject({
        host: z.string().min(1),
        port: port.default(22),
        user: z.string().min(1),
        hostKey: hostKey.optional(),
      })
      .optional()
      .describe('Host to go through.'),
    containerPrepare: absolutePath
      .optional()
      .describe(
        'containers-prepare-parameter.yaml on the undercloud, from `openstack tripleo container image prepare`; ' +
          "default: TripleO's own image defaults.",
      ),
  })
  .prefault({})
  .describe('The host that runs `openstack overcloud …`.');

const sandbox = z
  .strictObject({
    tripleo: z.enum(['quick']).default('quick').describe('How much of TripleO is real; the README has the list.'),
    sshPort: port
      .min(1024)
      .optional()
      .describe('Port on 127.0.0.1 that leads to the undercloud; default: from the name of the lab.'),
    wan: z
      .strictObject({
        rate: z
          .string()
          .regex(/^[1-9][0-9]*(k|m|g)bit$/, 'is not a rate')
          .meta({ example: '100mbit' })
          .default('200mbit')
          .describe('Rate of each edge site, each way.'),
      })
      .prefault({}),
  })
  .prefault({})
  .describe('Only for `provisioner: sandbox`.');

/** The lab's keys under `config:`, without their prefix. */
export const labSchema = z.strictObject({
  release: z.enum(['wallaby']).default('wallaby').describe('TripleO release.'),
  topology: z.enum(['multistore']).default('multistore').describe('`multistore`: an RBD store at each site.'),
  provisioner: z.enum(['sandbox']).default('sandbox').describe('Where nodes come from.'),
  undercloud,
  networks,
  sites: z
    .record(siteName, site)
    .describe('`control-plane`, and edge sites such as dcn0. One Pulumi stack each, by the name <lab>-<site>.'),
  images: z
    .record(z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,253}[a-zA-Z0-9])?$/, 'is not an image name'), image)
    .default({})
    .describe('Images and the sites that want them, by name.'),
  sandbox,
});

export type LabFile = z.output<typeof labSchema>;
export type LabFileSite = LabFile['sites'][string];
