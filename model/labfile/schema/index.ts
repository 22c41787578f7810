import * as z from 'zod';
import { hosts } from './hosts';
import { image } from './images';
import { networks } from './networks';
import { physicalNetworkMtu, physicalNetworks } from './neutron';
import { openstack } from './openstack';
import { rolesData } from './roles';
import { sandbox } from './sandbox';
import { site } from './site';
import { siteName, text } from './text';
import { tls } from './tls';
import { undercloud } from './undercloud';

/** Prefix of the lab's keys under `config:`; keys of other prefixes are Pulumi's or a provider's. */
export const prefix = 'glance-dcn:';

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
      'Source of the nodes: `sandbox` makes hosts on this machine, `existing` uses installed hosts, `openstack` makes ' +
        'servers of an OpenStack cloud.',
    ),
  undercloud,
  networks,
  physicalNetworks,
  physicalNetworkMtu,
  hosts,
  tls,
  rolesData,
  sites: z
    .record(siteName(), site)
    .describe(
      '`control-plane`, and edge sites such as dcn0. With `topology: multistore` also `external-ceph`, a Ceph cluster without ' +
        'an overcloud that holds the central store, and `central`, computes that are clients of this cluster. With ' +
        "`topology: cache` also `central`, an edge site in the control plane's place. Each site is a Pulumi stack `<lab>-<site>`.",
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
    .describe('Images by name, and the sites that get them.'),
  copyOnDemand: z
    .enum(['public', 'all', 'none'])
    .optional()
    .describe(
      'Images that Glance copies to a site’s store for a tenant, whose server needs them there or who asks for it (Glance’s policy ' +
        '`copy_image`): public ones, all that the tenant sees (also its own), or none: then only administrators have images copied. ' +
        'Only for `topology: multistore`; default: `public`.',
    ),
  openstack,
  sandbox,
});

/** A valid lab file with every default that does not depend on another value. */
export type LabFile = z.output<typeof labSchema>;
/** One site of a valid lab file. */
export type LabFileSite = LabFile['sites'][string];
