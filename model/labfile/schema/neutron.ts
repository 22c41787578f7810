import * as z from 'zod';
import { text } from './text';

/** Neutron separates names by `:` and `,` in its lists. */
function physicalNetworkName() {
  return text(
    /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,63}$/,
    'is not the name of a physical network',
    'Use letters, digits, dots, hyphens and underscores, such as leaf0',
  );
}

function vlans() {
  return z
    .string()
    .refine(isVlanRange, 'is not a range of VLAN ids')
    .meta({ patternErrorMessage: 'Write the first and the last id, from 1 to 4094, such as 1:1000' });
}

function isVlanRange(range: string): boolean {
  const [, first, last] = /^([1-9][0-9]*):([1-9][0-9]*)$/.exec(range) ?? [];
  return first !== undefined && Number(first) <= Number(last) && Number(last) <= 4094;
}

export const physicalNetworks = z
  .record(
    physicalNetworkName(),
    z.strictObject({
      flat: z.boolean().default(true).describe('Whether a provider network may use it without a VLAN.'),
      vlans: z
        .array(vlans())
        .default([])
        .describe('VLAN ids that provider networks may use, as ranges `first:last`.'),
    }),
  )
  .optional()
  .describe(
    'Physical networks of provider networks, which Neutron at the control plane knows: those of all sites, also of later ones. ' +
      'Default: `datacentre`, flat and with VLANs 1 to 1000.',
  );

export const physicalNetworkMtu = z
  .int()
  .min(1000)
  .max(9216)
  .optional()
  .describe(
    'MTU below all networks of servers, from which Neutron computes theirs (`NeutronGlobalPhysnetMtu`). Default: the MTU of ' +
      '`tenant`, or of `internal_api` without it.',
  );

export const bridges = z
  .record(
    physicalNetworkName(),
    text(
      /^[a-zA-Z][a-zA-Z0-9_.-]{0,14}$/,
      'is not the name of a bridge',
      'Write at most 15 letters, digits, dots, hyphens and underscores, such as br-ex',
    ),
  )
  .default({})
  .describe(
    "Bridge of Open vSwitch for each physical network on the site's Controllers and computes. Default: `datacentre: br-ex`.",
  );
