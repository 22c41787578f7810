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

/** A NIC template: one of TripleO's, by name, or the text of a template in Jinja. */
export type NicTemplate = { standard: StandardTemplate } | { text: string };

/** Whether a word is the name of one of TripleO's own NIC templates. */
export function isStandardTemplate(word: string): word is StandardTemplate {
  return (standardTemplates as readonly string[]).includes(word);
}
