import { parse } from 'yaml';
import { type FileReader, type Lab, LabFileError, parseLab, planSite, stepRevision } from '../../model';
import { hostKeyOf } from '../hostKeys';
import { effective, step } from './anyLab';
import { cacheText, devText, existingText, labText, openstackText } from './labs';

test.each([
  ['sandbox', devText],
  ['sandbox, caches', cacheText],
  ['existing', existingText],
  ['openstack', openstackText],
])('os-net-config changes no interface of hosts that have their addresses: %s', (_, text) => {
  const lab = parseLab('dev', text);
  for (const name of Object.keys(lab.sites)) {
    expect(effective(planSite(lab, name)).NetworkConfigWithAnsible).toBe(false);
    expect(step(planSite(lab, name), 'node-provision').commands[0]).not.toContain('--network-config');
  }
});

/** A lab file of existing hosts with NIC templates at an edge site. */
function labWithNics(
  nics = '{ DistributedComputeHCI: nics/hci.j2, DistributedComputeScaleOut: single_nic_vlans }',
  keys = '',
  vlans = '{ storage: { vlan: 30 }, internal_api: { vlan: 20 }, tenant: { vlan: 50 }, storage_mgmt: { vlan: 40 } }',
): string {
  const node = (role: string, key: string) => `{ role: ${role}, hostKey: ${hostKeyOf(key)} }`;
  return labText({
    controlPlane: `{ nodes: { c-0: ${node('Controller', 'c0')}, s-0: ${node('CephStorage', 's0')} } }`,
    edges: `    dcn0:
      nics: ${nics}${keys}
      networks: ${vlans}
      nodes: { h-0: ${node('DistributedComputeHCI', 'h0')}, m-1: ${node('DistributedComputeScaleOut', 'm1')} }
`,
    rest: `  glance-dcn:provisioner: existing
  glance-dcn:undercloud: { host: uc, hostKey: ${hostKeyOf('uc')}, privateKeyFile: ~/.ssh/id_ed25519 }
`,
  });
}

const template = '---\nnetwork_config:\n- type: interface\n  name: nic1\n';
const reader =
  (texts: Record<string, string>): FileReader =>
  (file) => {
    const text = texts[file];
    if (text === undefined) {
      throw new Error(`ENOENT: no such file or directory, open '${file}'`);
    }
    return text;
  };
const files = (text: string) => reader({ 'nics/hci.j2': text });
const labOf = (text = template): Lab => parseLab('east', labWithNics(), files(text));

test('`node provision` configures the interfaces of a role by its template, whose text travels with the step', () => {
  const site = planSite(labOf(), 'dcn0');
  const { commands, files: texts } = step(site, 'node-provision');
  expect(commands[0]).toContain('--network-config');
  expect(texts['dcn0/nics/DistributedComputeHCI.j2']).toBe(template);
  const configs = (parse(texts['dcn0/baremetal_dcn0.yaml']!) as { name: string; defaults: unknown }[]).map(
    ({ name, defaults }) => [name, defaults],
  );
  const own = '/home/stack/dcn/east/dcn0/nics/DistributedComputeHCI.j2';
  const standard = 'templates/single_nic_vlans/single_nic_vlans.j2';
  const common = { network_config_update: true, default_route_network: ['ctlplane'] };
  expect(configs).toEqual([
    ['DistributedComputeHCI', { network_config: { template: own, ...common } }],
    ['DistributedComputeScaleOut', { network_config: { template: standard, ...common } }],
  ]);
  expect(effective(site)).toMatchObject({
    NetworkConfigWithAnsible: true,
    DistributedComputeHCINetworkConfigTemplate: own,
    DistributedComputeScaleOutNetworkConfigTemplate: standard,
  });
});

test.each([
  ['bonds_vlans', 'bond_mode=active-backup'],
  ['bonds_vlans_storage', 'bond_mode=active-backup'],
  ['2_linux_bonds_vlans', 'mode=active-backup miimon=100'],
  ['single_nic_vlans', undefined],
])('`node provision` gets the options of the bonds that %s makes', (name, options) => {
  const text = labWithNics(`{ DistributedComputeHCI: nics/hci.j2, DistributedComputeScaleOut: ${name} }`);
  const site = planSite(parseLab('east', text, files(template)), 'dcn0');
  const roles = parse(step(site, 'node-provision').files['dcn0/baremetal_dcn0.yaml']!) as {
    defaults: { network_config: Record<string, unknown> };
  }[];
  expect(roles.map(({ defaults }) => defaults.network_config.bond_interface_ovs_options)).toEqual([
    undefined,
    options,
  ]);
});

test('another text of a template runs the steps of its site again, and no step of another site', () => {
  const revisions = (text: string, site: string) => {
    const planned = planSite(labOf(text), site);
    return planned.steps.map(({ name }) => [name, stepRevision(planned, name)]);
  };
  const changed = `${template}  mtu: 9000\n`;
  expect(revisions(changed, 'control-plane')).toEqual(revisions(template, 'control-plane'));
  const before = revisions(template, 'dcn0');
  const again = revisions(changed, 'dcn0').filter(([, revision], place) => revision !== before[place]![1]);
  expect(again.map(([name]) => name)).toEqual([
    'node-provision',
    'ceph-deploy',
    'overcloud-stack',
    'overcloud-config',
  ]);
});

test('a template may have names of secrets whose values are variables or paths', () => {
  const harmless = `  nm_password: "{{ nm_password }}"\n  private_key: /etc/pki/wired.key\n`;
  expect(() => labOf(template + harmless)).not.toThrow();
});

test('the default route of Controllers leads by external where a router is there, else by ctlplane', () => {
  const textOf = (external: string) =>
    labWithNics().replace(
      '{ nodes: { c-0',
      `{ nics: { Controller: single_nic_vlans, CephStorage: single_nic_vlans }, networks: { storage: { vlan: 31 }, internal_api: { vlan: 21 }, tenant: { vlan: 51 }, storage_mgmt: { vlan: 41 }, external: { vlan: 61${external} } }, nodes: { c-0`,
    );
  const routes = (external: string) => {
    const site = planSite(parseLab('east', textOf(external), files(template)), 'control-plane');
    const text = step(site, 'node-provision').files['control-plane/baremetal_control-plane.yaml']!;
    const roles = parse(text) as {
      name: string;
      defaults: { network_config: { default_route_network: string[] } };
    }[];
    return roles.map(({ name, defaults }) => [name, ...defaults.network_config.default_route_network]);
  };
  expect(routes('')).toEqual([
    ['Controller', 'external'],
    ['CephStorage', 'ctlplane'],
  ]);
  expect(routes(', gateway: none')).toEqual([
    ['Controller', 'ctlplane'],
    ['CephStorage', 'ctlplane'],
  ]);
});

test('a site without NIC templates is as it was, beside a site with them', () => {
  expect(effective(planSite(labOf(), 'control-plane'))).toMatchObject({ NetworkConfigWithAnsible: false });
});

const nics = 'glance-dcn:sites.dcn0.nics';
const hci = `${nics}.DistributedComputeHCI`;

test.each([
  [
    'template that is not there',
    labWithNics(),
    reader({}),
    hci,
    /ENOENT.*nics\/hci\.j2/,
    /relative to the lab file/,
  ],
  [
    'template of another kind',
    labWithNics(),
    files('resources: {}\n'),
    hci,
    /network_config/,
    /Write a template like/,
  ],
  [
    'template that includes a file',
    labWithNics(),
    files(`${template}{% include 'bond.j2' %}\n`),
    hci,
    /another file/,
    /into the template/,
  ],
  [
    'template with a secret',
    labWithNics(),
    files(`${template}# password=hush-77\n`),
    hci,
    /password/,
    /Take it out/,
  ],
  [
    'template with a secret in a line with its name',
    labWithNics(),
    files(`${template}  nm_password: hush-78\n`),
    hci,
    /name of a secret/,
    /Take it out/,
  ],
  [
    'unknown name of a template',
    labWithNics('{ DistributedComputeHCI: single_nic, DistributedComputeScaleOut: single_nic_vlans }'),
    reader({}),
    hci,
    /neither a file/,
    /ends in \.j2.*bonds_vlans/,
  ],
  [
    'role without a template',
    labWithNics('{ DistributedComputeHCI: nics/hci.j2 }'),
    files(template),
    nics,
    /no template for DistributedComputeScaleOut/,
    /DistributedComputeScaleOut: FILE/,
  ],
  [
    'template for a role of no node',
    labWithNics(
      '{ DistributedComputeHCI: bonds_vlans, DistributedComputeScaleOut: bonds_vlans, Compute: bonds_vlans }',
    ),
    reader({}),
    `${nics}.Compute`,
    /of no node/,
    /Take it out/,
  ],
  [
    'network without the VLAN id that a template of TripleO reads',
    labWithNics(undefined, '', '{ storage: { vlan: 30 }, internal_api: { vlan: 20 } }'),
    files(template),
    'glance-dcn:sites.dcn0.networks.tenant.vlan',
    /template of DistributedComputeScaleOut .* VLAN 1/,
    /Write the VLAN id/,
  ],
  [
    'network without the VLAN id that a template of its own reads',
    labWithNics(undefined, '', '{ storage: { vlan: 30 }, internal_api: { vlan: 20 }, tenant: { vlan: 50 } }'),
    files(`${template}  vlan_id: {{ storage_mgmt_vlan_id }}\n`),
    'glance-dcn:sites.dcn0.networks.storage_mgmt.vlan',
    /template of DistributedComputeHCI/,
    /Write the VLAN id/,
  ],
  [
    'bridge that a template of TripleO does not make',
    labWithNics(undefined, '\n      bridges: { datacentre: br-leaf }'),
    files(template),
    'glance-dcn:sites.dcn0.bridges.datacentre',
    /single_nic_vlans of DistributedComputeScaleOut, which makes br-ex/,
    /Write a bridge that it makes/,
  ],
  [
    'bridge that a template of TripleO makes for hosts on external alone',
    labWithNics(
      '{ DistributedComputeHCI: nics/hci.j2, DistributedComputeScaleOut: multiple_nics }',
      '\n      bridges: { datacentre: br-ex }',
    ),
    files(template),
    'glance-dcn:sites.dcn0.bridges.datacentre',
    /multiple_nics of DistributedComputeScaleOut, which makes br-tenant/,
    /Write a bridge that it makes/,
  ],
  [
    'bridge on external in a lab without that network',
    labWithNics('{ DistributedComputeHCI: nics/hci.j2, DistributedComputeScaleOut: single_nic_vlans }', '')
      .replace(
        '{ nodes: { c-0',
        `{ nics: { Controller: multiple_nics, CephStorage: multiple_nics }, bridges: { datacentre: br-ex }, nodes: { c-0`,
      )
      .replace(
        '  glance-dcn:provisioner',
        '  glance-dcn:networks: { external: none }\n  glance-dcn:provisioner',
      ),
    files(template),
    'glance-dcn:sites.control-plane.bridges.datacentre',
    /multiple_nics of Controller, which makes br-tenant/,
    /Write a bridge that it makes/,
  ],
  [
    'two Linux bonds for a role without the network that the second bond is for',
    labWithNics(
      '{ DistributedComputeHCI: nics/hci.j2, DistributedComputeScaleOut: 2_linux_bonds_vlans }',
      '',
      '{ storage: { vlan: 30 }, internal_api: { vlan: 20 }, storage_mgmt: { vlan: 40 } }',
    ).replace(
      '  glance-dcn:provisioner',
      '  glance-dcn:networks: { tenant: none }\n  glance-dcn:provisioner',
    ),
    files(template),
    `${nics}.DistributedComputeScaleOut`,
    /fails for DistributedComputeScaleOut, which is not on the network tenant/,
    /bonds_vlans/,
  ],
  [
    'parameter of bonds, which node provision does not get',
    labWithNics(undefined, '\n      parameters: { BondInterfaceOvsOptions: bond_mode=balance-slb }'),
    files(template),
    'glance-dcn:sites.dcn0.parameters.BondInterfaceOvsOptions',
    /has no effect beside nics/,
    /into a NIC template/,
  ],
  [
    'template as a parameter',
    labWithNics(undefined, '\n      parameters: { DistributedComputeHCINetworkConfigTemplate: /a.j2 }'),
    files(template),
    'glance-dcn:sites.dcn0.parameters.DistributedComputeHCINetworkConfigTemplate',
    /cannot be set/,
    /nics: \{ DistributedComputeHCI: FILE \}/,
  ],
  [
    'hosts of the sandbox',
    labText({
      edges:
        '    dcn0: { nics: { DistributedComputeHCI: single_nic_vlans }, nodes: { h-0: DistributedComputeHCI } }\n',
    }),
    reader({}),
    nics,
    /kernel .* no VLANs/,
    /provisioner: existing/,
  ],
])('%s', (_, text, read, path, message, remedy) => {
  let error: unknown;
  try {
    parseLab('east', text, read);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(LabFileError);
  const { faults } = error as LabFileError;
  expect(faults.map((fault) => fault.path)).toEqual([path]);
  expect(faults[0]!.message).toMatch(message);
  expect(faults[0]!.remedy).toMatch(remedy);
  expect((error as LabFileError).message).not.toContain('hush');
});
