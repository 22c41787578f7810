import * as z from 'zod';
import { firstEdgeIndex, hostNumbers } from '../../addresses';
import { networkNames } from '../../networks';
import { cephConfig } from './cephConfig';
import { devices } from './devices';
import { hooks } from './hooks';
import { hostKey } from './hostKey';
import { location } from './location';
import { siteNetworks } from './networks';
import { bridges } from './neutron';
import { nics } from './nics';
import { siteOpenstack } from './openstack';
import { pools } from './pools';
import { nodeRack, racks } from './racks';
import { roleName } from './roles';
import { steps } from './steps';
import { absolutePath, hostName, ipv4, text, tripleoStack, userName, zoneName } from './text';

/** TripleO's default of CephClientUserName (THT deployment/cephadm/ceph-base.yaml). */
export const defaultUser = 'openstack';

/** Default limit of a node's cache in MiB: 50 GiB hold the images of a few tens of servers. */
export const defaultCacheMiB = 51200;

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
          "Host number in each of the node's subnets; default: from the role and the number at the end of the name.",
        ),
      addresses: z
        .partialRecord(z.enum(networkNames), ipv4())
        .default({})
        .describe("Addresses other than those of the plan, by network, within the node's subnets. A node that is up keeps its addresses."),
      rack: nodeRack,
      devices: devices
        .optional()
        .describe('Disks of the node that become OSDs, in the forms of `ceph.devices`; default: those of its role.'),
      location,
      hostKey: hostKey()
        .optional()
        .describe(
          'Required with `provisioner: existing`, refused otherwise. Public SSH host key, as `ssh-keyscan` prints it after the address.',
        ),
      user: userName()
        .optional()
        .describe(
          "Only with `provisioner: existing`. Account that accepts the undercloud's key; default: `tripleo-admin`. If you name another " +
            'account, the kit makes `tripleo-admin` through it.',
        ),
    }),
  ])
  .describe('Role of the node, or the keys below, to set more than the role.');

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
          "else the site's name.",
      ),
    store: text(
      /^[a-zA-Z0-9_-]+$/,
      'is not a Glance store id',
      'Use letters, digits, hyphens and underscores only',
    )
      .optional()
      .describe(
        "Id of the Glance store in the cluster; default: the cluster's name. A site that is up keeps it.",
      ),
    devices: devices
      .optional()
      .describe(
        'Disks that become OSDs, blank, on all OSD nodes of the site that have no other: a list of them, `all`: every blank disk of these ' +
          'nodes, now and later, or a drive group (docs/lab-file.md#drive-groups); default: `/dev/vdb`. With `provisioner: openstack` the ' +
          'volumes of `openstack.volumes` become OSDs.',
      ),
    devicesByRole: z
      .record(roleName, devices)
      .optional()
      .describe('Disks that become OSDs on the nodes of a role, in the same forms.'),
    poolSize: z
      .int()
      .min(1)
      .max(10)
      .optional()
      .describe('Copies of each object; default: the number of OSD nodes, at most 3.'),
    pools,
    user: text(
      /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/,
      'is not the name of a Ceph user',
      'Use letters, digits, dots, hyphens and underscores only, without `client.` before them',
    )
      .optional()
      .describe(
        'User of Ceph as which Glance, Nova and Cinder work with the cluster, without `client.`, at all sites (TripleO: `CephClientUserName`); ' +
          `default: \`${defaultUser}\`. A site that is up keeps it.`,
      ),
    config: cephConfig,
    existing: z
      .strictObject({
        fsid: text(
          /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
          'is not the fsid of a Ceph cluster',
          'Write what `ceph fsid` prints there',
        ).describe('What `ceph fsid` prints. A site that is up keeps it.'),
        monitors: z
          .array(ipv4())
          .min(1)
          .describe('Addresses of its monitors, on a network that the undercloud and all nodes reach.'),
        keyring: absolutePath().describe(
          'Path on the undercloud of the keyring of the client `user`, which only the undercloud’s user may read.',
        ),
      })
      .optional()
      .describe('Only for `external-ceph`, which then has no nodes: a cluster that exists already.'),
  })
  .prefault({})
  .describe(
    "The site's Ceph cluster, and the Glance store in it. With `topology: cache` a site has a cluster only if it has OSD " +
      'nodes, and only for servers and volumes.',
  );

const cache = z
  .strictObject({
    limitMiB: z
      .int()
      .min(1)
      .max(2 ** 30)
      .optional()
      .describe(
        `MiB of images that each node's cache may hold; default: ${defaultCacheMiB}. Every five minutes, images ` +
          'beyond the limit are evicted, least recently used first.',
      ),
  })
  .optional()
  .describe('Only with `topology: cache`, at edge sites: the caches of the nodes that run a glance-api.');

export const site = z.strictObject({
  nodes: z
    .record(hostName(), node)
    .default({})
    .describe(
      '`name: Role` for each node. TripleO numbers the nodes of a role in this order: add new ones at the end.',
    ),
  stack: tripleoStack()
    .optional()
    .describe(
      "Name of the site's TripleO stack; default: the site's name. A site that is up keeps its stack.",
    ),
  zone: zoneName()
    .optional()
    .describe(
      "Availability zone of the site's servers and volumes; default: the site's name, at the control plane and at `central` the id of " +
        'the central store. A site that is up keeps its zone.',
    ),
  defaultZone: zoneName()
    .optional()
    .describe(
      'Only at `control-plane`: availability zone of servers without one; default: that of the computes at the control plane, or else ' +
        'at `central`. Without computes there, Nova puts such servers at any site.',
    ),
  networks: siteNetworks,
  racks,
  ceph,
  cache,
  index: z
    .int()
    .min(firstEdgeIndex)
    .max(65535)
    .optional()
    .describe("Number of the site's subnet in each network; default: 16 + the number at the end of the site's name."),
  bridges,
  nics,
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
    .describe('TripleO parameters (`parameter_defaults`) of the site, which win over all others. Secrets are refused, and parameters that follow ' +
        'from other keys.'),
  environments: z
    .array(absolutePath())
    .default([])
    .describe('Absolute paths of environment files on the undercloud, for `-e`; `parameters` win over them. A step runs again when a path changes, not when the content of a file does.'),
  steps,
  hooks,
  openstack: siteOpenstack,
});
