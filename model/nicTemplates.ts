import type { NetworkName } from './types';

/** TripleO's own NIC templates for the supported roles (tripleo-ansible roles/tripleo_network_config/templates). */
export const standardTemplates = [
  'single_nic_vlans',
  'single_nic_vlans_storage',
  'single_nic_linux_bridge_vlans',
  'bonds_vlans',
  'bonds_vlans_storage',
  '2_linux_bonds_vlans',
  'multiple_nics',
  'multiple_nics_dvr',
  'multiple_nics_vlans',
  'multiple_nics_vlans_dvr',
] as const;

type StandardTemplate = (typeof standardTemplates)[number];

const always =
  (...bridges: string[]) =>
  () =>
    bridges;
const onExternal = (isOn: boolean) => (isOn ? ['br-ex', 'br-tenant'] : ['br-tenant']);

/** Bridges of Open vSwitch that each template makes on hosts of a role that is on the network external, or is not. */
const bridges: Record<StandardTemplate, (isOnExternal: boolean) => string[]> = {
  single_nic_vlans: always('br-ex'),
  single_nic_vlans_storage: always('br-storage'),
  single_nic_linux_bridge_vlans: always(),
  bonds_vlans: always('br-ex'),
  bonds_vlans_storage: always('br-bond'),
  '2_linux_bonds_vlans': always('br-ex'),
  multiple_nics: onExternal,
  multiple_nics_dvr: always('br-ex', 'br-tenant'),
  multiple_nics_vlans: onExternal,
  multiple_nics_vlans_dvr: always('br-ex', 'br-tenant'),
};

/**
 * Options of the bonds of a template, `bond_interface_ovs_options` of `node provision`, without which the templates with bonds fail
 * before tripleo-ansible 7a656519 (2023-02). Its default since then, `bond_mode=active-backup`, is for bonds of Open vSwitch; the kernel's bonds
 * know no `bond_mode`, and without `miimon` do not notice that a link is down.
 */
const bonds: Partial<Record<StandardTemplate, string>> = {
  bonds_vlans: 'bond_mode=active-backup',
  bonds_vlans_storage: 'bond_mode=active-backup',
  '2_linux_bonds_vlans': 'mode=active-backup miimon=100',
};

/** A NIC template: one of TripleO's, by name, or the text of a template in Jinja. */
export type NicTemplate = { standard: StandardTemplate } | { text: string };

/** Whether a word is the name of one of TripleO's own NIC templates. */
export function isStandardTemplate(word: string): word is StandardTemplate {
  return (standardTemplates as readonly string[]).includes(word);
}

/**
 * Bridges of Open vSwitch that one of TripleO's templates makes on hosts of a role; those of `multiple_nics` make br-ex only on
 * hosts on external, because `node provision` gives them no `role_tags`.
 * @param networks networks of the role
 */
export function bridgesOf(template: StandardTemplate, networks: NetworkName[]): string[] {
  return bridges[template](networks.includes('external'));
}

/** Options of the bonds that one of TripleO's templates makes; undefined: it makes none. */
export function bondOptionsOf(template: StandardTemplate): string | undefined {
  return bonds[template];
}
