import { networkNameOf, networksOf } from '../../networks';
import { bridgesOf } from '../../nicTemplates';
import type { Role } from '../../roles';
import type { NetworkName } from '../../types';
import { unreadableFile } from '../files';
import { type Finding, labPath } from '../findings';
import type { ResolvedTemplate } from '../nics';
import type { SitesSeen } from '../read';
import type { ResolvedLab, ResolvedSite } from '../resolve';
import { secretInTemplate } from '../secrets';
import { writtenSegments } from './segments';

/** Finds NIC templates that cannot be used, and roles with a template beside roles without one. */
export function checkNics(
  { provisioner, networks, sites }: ResolvedLab,
  { invalid, partial }: SitesSeen,
): Finding[] {
  return sites
    .filter(({ nics }) => Object.keys(nics).length > 0)
    .flatMap((site) => {
      if (provisioner !== 'existing' && !invalid.has('provisioner')) {
        return [misplaced(site, provisioner)];
      }
      return [
        ...checkTemplates(site),
        ...checkBridges(site, networks),
        ...checkParameters(site),
        ...(partial.has(site.name)
          ? []
          : [...checkRoles(site), ...checkVlans(site), ...checkTenant(site, networks)]),
      ];
    });
}

function misplaced({ name }: ResolvedSite, provisioner: 'sandbox' | 'openstack'): Finding {
  const reasons = {
    sandbox: 'the kernel of a sandbox’s hosts has no VLANs',
    openstack: 'the cloud gives its servers their interfaces and addresses',
  };
  return {
    at: labPath('sites', name, 'nics'),
    message: `cannot be used: ${reasons[provisioner]}`,
    remedy: 'Take it out, or write provisioner: existing',
  };
}

function checkTemplates({ name, nics, written }: ResolvedSite): Finding[] {
  return Object.entries(nics).flatMap(([role, template]): Finding[] => {
    const located = { at: labPath('sites', name, 'nics', role), value: written.nics[role] };
    if ('unreadable' in template) {
      return [{ ...located, ...unreadableFile(template) }];
    }
    const fault = 'text' in template ? faultOf(template.text) : undefined;
    return fault ? [{ ...located, ...fault }] : [];
  });
}

/** The fault of a text that is no NIC template, or that a step must not have. */
function faultOf(text: string): Pick<Finding, 'message' | 'remedy'> | undefined {
  const secret = secretInTemplate(text);
  if (secret) {
    return {
      message: secret,
      remedy: 'Take it out: NIC templates travel as texts that many people can read',
    };
  }
  if (!text.includes('network_config:')) {
    const remedy = 'Write a template like those in /usr/share/ansible/roles/tripleo_network_config/templates';
    return { message: 'has no network_config:, below which os-net-config reads interfaces', remedy };
  }
  if (/\{%-?\s*(include|import|from|extends)\s/.test(text)) {
    const remedy = 'Put the content of the other file into the template';
    return { message: 'reads another file, which does not travel to the undercloud', remedy };
  }
  return undefined;
}

/** Finds bridges of provider networks that TripleO's template of a role does not make. */
function checkBridges(site: ResolvedSite, networks: ResolvedLab['networks']): Finding[] {
  const { name, nodes, nics, written } = site;
  const roles = [...new Set(nodes.map(({ role }) => role))].filter(({ ovnController }) => ovnController);
  return Object.entries(written.bridges).flatMap(([network, bridge]) =>
    roles.flatMap((role): Finding[] => {
      const template = nics[role.name];
      if (!template || !('standard' in template)) {
        return [];
      }
      const made = bridgesOf(template.standard, networksOfRole(role, site, networks));
      return made.includes(bridge)
        ? []
        : [
            {
              at: labPath('sites', name, 'bridges', network),
              value: bridge,
              message: `is not made by the NIC template ${template.standard} of ${role.name}, which makes ${made.join(', ') || 'no bridge of Open vSwitch'}`,
              remedy: 'Write a bridge that it makes, or a NIC template that makes this one',
            },
          ];
    }),
  );
}

/** The networks of a role that the lab has. */
function networksOfRole(
  role: Role,
  { kind }: ResolvedSite,
  networks: ResolvedLab['networks'],
): NetworkName[] {
  return networksOf(kind, networks).filter((network) => role.networks.includes(network));
}

/** Parameters of NIC templates that the configuration phase would use, but `node provision` has configured the hosts before. */
const ofTemplates = [
  'BondInterfaceOvsOptions',
  'NetConfigDataLookup',
  'NeutronPhysicalBridge',
  'NeutronPublicInterface',
];

function checkParameters({ name, written }: ResolvedSite): Finding[] {
  return ofTemplates
    .filter((parameter) => Object.hasOwn(written.parameters, parameter))
    .map((parameter) => ({
      at: labPath('sites', name, 'parameters', parameter),
      value: written.parameters[parameter],
      message: 'has no effect beside nics: `node provision` configures the hosts without it',
      remedy: 'Take it out, and write its value into a NIC template',
    }));
}

/** Finds networks without a VLAN that a template puts on one: TripleO would take VLAN 1 for each of them. */
function checkVlans(site: ResolvedSite): Finding[] {
  return writtenSegments(site).flatMap(({ at, nodes, subnets }) =>
    subnets
      .filter(({ network, vlan }) => network !== 'ctlplane' && vlan === undefined)
      .flatMap((subnet) => {
        const { network } = subnet;
        const tagged = Object.entries(site.nics).find(
          ([role, template]) =>
            usesVlan(template, networkNameOf(subnet)) &&
            nodes.some((node) => node.role.name === role && node.role.networks.includes(network)),
        );
        return tagged
          ? [
              {
                at: [...at, network, 'vlan'],
                message: `is missing: the NIC template of ${tagged[0]} puts ${network} on a VLAN, and TripleO would take VLAN 1`,
                remedy: 'Write the VLAN id, or a template that does not use it',
              },
            ]
          : [];
      }),
  );
}

/**
 * Finds roles without the network tenant with a template that fails for them: 2_linux_bonds_vlans takes the MTU of its second bond from that
 * network alone.
 */
function checkTenant(site: ResolvedSite, networks: ResolvedLab['networks']): Finding[] {
  const { name, nodes, nics } = site;
  return Object.entries(nics).flatMap(([role, template]): Finding[] => {
    const own = nodes.find((node) => node.role.name === role);
    return own &&
      'standard' in template &&
      template.standard === '2_linux_bonds_vlans' &&
      !networksOfRole(own.role, site, networks).includes('tenant')
      ? [
          {
            at: labPath('sites', name, 'nics', role),
            value: template.standard,
            message: `fails for ${role}, which is not on the network tenant: the template reads the MTU of its second bond from there`,
            remedy: 'Write another template, such as bonds_vlans',
          },
        ]
      : [];
  });
}

/**
 * Whether a template reads the VLAN id of a network; those of `multiple_nics` do not.
 * @param network Neutron's name of the network, with which TripleO's variables of templates begin
 */
function usesVlan(template: ResolvedTemplate, network: string): boolean {
  if ('standard' in template) {
    return template.standard.includes('vlans');
  }
  return 'text' in template && new RegExp(`\\b${network}_vlan_id\\b|['"]_vlan_id`).test(template.text);
}

function checkRoles({ name, nodes, nics }: ResolvedSite): Finding[] {
  const present = [...new Set(nodes.map(({ role }) => role.name))];
  const at = labPath('sites', name, 'nics');
  const missing = present.filter((role) => !nics[role]);
  return [
    ...Object.keys(nics)
      .filter((role) => !present.includes(role))
      .map((role) => ({
        at: [...at, role],
        message: 'is the role of no node of this site',
        remedy: 'Take it out',
      })),
    ...(missing.length > 0
      ? [
          {
            at,
            message: `has no template for ${missing.join(', ')}: TripleO configures the hosts of all roles of a site, or none`,
            remedy: `Write ${missing.map((role) => `${role}: FILE`).join(', ')} too, or take out nics`,
          },
        ]
      : []),
  ];
}
