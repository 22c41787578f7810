import { parse, stringify } from 'yaml';
import { allSubnets, type LabPlan, type NodePlan, type SitePlan, roleAt } from '../../model';
import { composeStores, rbdStoresOf, storeDefaults } from '../../model/tripleo/stores';
import { composableName } from '../../model/tripleo/networks';
import { networkNameOf } from '../../model/networks';
import { hostKeyOf } from '../hostKeys';
import type { TestUndercloud } from './undercloud';

/*
 * STAND-IN for a deployment of a plan by hand: writes what TripleO's verbs leave in ~/overcloud-deploy, under the names and in the forms
 * of python-tripleoclient (constants.py KIND_TEMPLATES, utils.py save_stack and build_user_env_path), of tripleo-ansible's inventories and of
 * `ceph deploy`. Parameters of TripleO's own environment files, and services of roles but one, are left out. Passwords and keys are
 * among the files as in life.
 */

/** Texts that are secrets in the files; none may leave the undercloud. */
export const secrets = {
  password: 'pAssw0rdOfGlance-3f9c',
  ceph: 'AQBvTmJlAAAAABAAbcdefghijklmnopqrstuvwx==',
  token: 'tokenOfTheOperator-77ab12',
};

const passwords = { GlancePassword: secrets.password, RpcPassword: `${secrets.password}-rpc` };

type Values = Record<string, unknown>;

/** What an operator has given to `overcloud deploy` beside the plan: parameters by the path of the environment file. */
export type OperatorFiles = Record<string, Values>;

/** Lays out the tree of all stacks of a plan, and a Neutron with the undercloud's own network. */
export async function layOut(
  here: TestUndercloud,
  plan: LabPlan,
  operator: Record<string, OperatorFiles> = {},
): Promise<void> {
  for (const site of plan.sites) {
    await layOutStack(here, plan, site, operator[site.name] ?? {});
  }
  const known = plan.sites.flatMap(({ nodes }) =>
    nodes.map((node) => `${node.addresses.ctlplane} ${keyOf(node)}`),
  );
  here.write('.ssh/known_hosts', `${known.join('\n')}\n`);
  neutron(here, plan);
}

const keyOf = (node: NodePlan): string => node.login?.hostKey ?? hostKeyOf(node.name);

async function layOutStack(
  here: TestUndercloud,
  plan: LabPlan,
  site: SitePlan,
  operator: OperatorFiles,
): Promise<void> {
  const { stack } = site;
  const at = (file: string) => `overcloud-deploy/${stack}/${file}`;
  const step = (verb: string) => site.steps.find(({ name }) => name === verb);
  const text = (verb: string) => Object.values(step(verb)?.files ?? {})[0];
  const copied = {
    'network-data': text('network-provision'),
    'virtual-ips': text('vip-provision'),
    'baremetal-deployment': Object.entries(step('node-provision')?.files ?? {}).find(([file]) =>
      file.includes('baremetal'),
    )?.[1],
  };
  for (const [kind, content] of Object.entries(copied)) {
    if (content !== undefined) {
      here.write(at(`tripleo-${stack}-${kind}.yaml`), content);
    }
  }
  here.write(at('tripleo-ansible-inventory.yaml'), stringify(inventory(site)));
  if (site.cluster && site.nodes.length > 0) {
    here.write(at('ceph_client.yml'), stringify(cephClient(site)));
    const [file, spec] =
      Object.entries(step('ceph-deploy')?.files ?? {}).find(([name]) =>
        /(osd|ceph)_spec\.yaml$/.test(name),
      ) ?? [];
    if (file?.endsWith('osd_spec.yaml')) {
      here.write(at('generated_ceph_spec.yaml'), generatedSpec(site, spec as string));
    }
  }
  if (!step('overcloud-stack')) {
    return;
  }
  await writeRoles(here, site, at(`tripleo-${stack}-roles-data.yaml`));
  here.write(at(`${stack}-deployment_status.yaml`), 'deployment_status: DEPLOY_SUCCESS\n');
  here.write(at(`${stack}-passwords.yaml`), stringify({ parameter_defaults: passwords }));
  here.write(at(`${stack}-export.yaml`), stringify(exported));
  const files = environments(plan, site, operator);
  const merged: Values = { ...passwords };
  const registry: Values = {};
  for (const [path, content] of files) {
    here.write(at(`tripleo-heat-templates/user-environments${path}`), stringify(content));
    Object.assign(merged, content.parameter_defaults);
    Object.assign(registry, content.resource_registry);
  }
  here.write(
    at(`environment/tripleo-${stack}-environment.yaml`),
    stringify({ parameter_defaults: merged, parameters: {}, resource_registry: registry }),
  );
  here.write(
    at('tripleo-heat-templates/user-environments/tripleoclient-parameters.yaml'),
    'parameter_defaults: {}\n',
  );
}

/** The environment files of `overcloud deploy` that are not TripleO's own, in order. */
function environments(
  plan: LabPlan,
  site: SitePlan,
  operator: OperatorFiles,
): [string, Record<string, Values>][] {
  const { directory } = plan.undercloud;
  const step = site.steps.find(({ name }) => name === 'overcloud-stack');
  const words = step?.commands.flat() ?? [];
  const given = words.filter((path, index) => words[index - 1] === '-e' && !path.startsWith('/usr/share/'));
  const made: [string, Record<string, Values>][] = given.map((path) => {
    const relative = path.slice(directory.length + 1);
    const own = step?.files[relative];
    return [
      path,
      own === undefined ? madeByVerbs(plan, site, relative) : (parse(own) as Record<string, Values>),
    ];
  });
  const others = Object.entries(operator).map(([path, values]): [string, Record<string, Values>] => [
    path,
    { parameter_defaults: values },
  ]);
  return [...others, ...made];
}

const exported = {
  parameter_defaults: {
    EndpointMapOverride: { KeystoneInternal: { host: '10.4.0.5', port: '5000' } },
    GlancePassword: secrets.password,
    AllNodesExtraMapData: { redis_vip: '10.4.0.6' },
  },
};

/** Environment files that earlier verbs, exports or the kit have written. */
function madeByVerbs(plan: LabPlan, site: SitePlan, file: string): Record<string, Values> {
  const name = file.replace(/^.*\//, '');
  const edges = plan.sites.filter(({ kind }) => kind === 'edge');
  if (name.startsWith('deployed-ceph')) {
    const words = site.steps.find((step) => step.name === 'ceph-deploy')?.commands.flat() ?? [];
    return {
      parameter_defaults: {
        CephClusterFSID: fsidOf(site.cluster?.name ?? ''),
        CephDynamicSpec: false,
        DeployedCeph: true,
        ...(words.includes('--tld') && { CephSpecFqdn: true }),
        CephClusterName: site.cluster?.name,
        ApplyCephConfigOverridesOnUpdate: true,
      },
    };
  }
  if (name.startsWith('deployed-vips')) {
    const vips = site.subnets.filter(({ network }) => network !== 'tenant');
    const of = (control: boolean) => vips.filter(({ network }) => (network === 'ctlplane') === control);
    return {
      parameter_defaults: {
        ...(site.kind === 'control-plane' && {
          VipPortMap: Object.fromEntries(
            of(false).map((subnet) => [
              networkNameOf(subnet),
              { ip_address: subnet.vip, ip_subnet: `${subnet.vip}/24` },
            ]),
          ),
        }),
        ControlPlaneVipData: {
          fixed_ips: of(true).map(({ vip }) => ({ ip_address: vip })),
          name: 'control_virtual_ip',
        },
      },
    };
  }
  if (name.startsWith('deployed-metal')) {
    return { parameter_defaults: { NodePortMap: {}, HostnameMap: {}, DeployedServerPortMap: {} } };
  }
  if (name === 'deployed-network.yaml') {
    return { parameter_defaults: { DeployedNetworkEnvironment: { net_attributes_map: {} } } };
  }
  if (name === 'glance-dcn-stores.yaml') {
    const own = rbdStoresOf([site])[0] ?? storeDefaults;
    return parse(composeStores(rbdStoresOf(edges), own)) as Record<string, Values>;
  }
  if (name.includes('ceph_external') || name === 'central_ceph_client.yaml') {
    const central = plan.sites.find(({ cluster, kind }) => cluster && kind !== 'edge')?.cluster?.name ?? '';
    const keys = [{ name: 'client.openstack', key: secrets.ceph }];
    return name === 'central_ceph_client.yaml'
      ? { parameter_defaults: { CephClusterFSID: fsidOf(central), CephClientKey: secrets.ceph } }
      : { parameter_defaults: { CephExternalMultiConfig: [{ cluster: central, keys }] } };
  }
  if (name === 'control-plane-export.yaml') {
    return exported;
  }
  // containers-prepare-parameter.yaml, and operators' own files.
  return {
    parameter_defaults: {
      ContainerImagePrepare: [{ set: { namespace: 'registry.example.com/rhosp' } }],
      ContainerImageRegistryCredentials: { 'registry.example.com': { operator: secrets.token } },
    },
  };
}

const fsidOf = (cluster: string): string =>
  `${Buffer.from(cluster.padEnd(4, '-')).toString('hex').slice(0, 8)}-1111-4111-8111-111111111111`;

function cephClient(site: SitePlan): Values {
  const monitors = site.nodes
    .filter(({ role }) => roleAt(site, role).mon)
    .map(({ addresses }) => addresses.storage);
  const { store } = site;
  const user = (store?.cluster !== undefined && store.clientUser) || 'openstack';
  return {
    tripleo_ceph_client_fsid: fsidOf(site.cluster?.name ?? ''),
    tripleo_ceph_client_cluster: site.cluster?.name,
    external_cluster_mon_ips: monitors.join(','),
    keys: [{ name: `client.${user}`, key: secrets.ceph, mode: '0600', caps: { mon: 'profile rbd' } }],
  };
}

/** As tripleo-ansible's ceph_spec_bootstrap.py makes it of roles and --osd-spec. */
function generatedSpec(site: SitePlan, osdSpec: string): string {
  const { nodes } = site;
  const hosts = nodes.filter(({ role }) => roleAt(site, role).osd).map(({ name }) => name);
  const documents = [
    ...nodes.map(({ name, addresses }) => ({
      service_type: 'host',
      hostname: name,
      addr: addresses.ctlplane,
    })),
    {
      service_type: 'osd',
      service_id: 'default_drive_group',
      service_name: 'osd.default_drive_group',
      placement: { hosts },
      ...(parse(osdSpec) as object),
    },
  ];
  return documents.map((document) => `---\n${stringify(document)}`).join('');
}

/** Inventories name the hosts of a role in a group below the role's (tripleo-common inventory.py). */
function inventory(site: SitePlan): Values {
  const { stack, nodes } = site;
  const roles = [...new Set(nodes.map(({ role }) => role))];
  const groups = roles.flatMap((role) => [
    [role, { children: { [`${stack}_${role}`]: {} } }] as const,
    [
      `${stack}_${role}`,
      {
        hosts: Object.fromEntries(
          nodes.filter((node) => node.role === role).map((node) => [node.name, hostVariables(site, node)]),
        ),
        vars: {
          ansible_ssh_user: 'tripleo-admin',
          ctlplane_gateway_ip: '192.0.2.1',
          tripleo_role_name: role,
        },
      },
    ] as const,
  ]);
  return {
    Undercloud: { hosts: { undercloud: {} }, vars: { ansible_connection: 'local' } },
    ...Object.fromEntries(groups),
  };
}

function hostVariables(site: SitePlan, { name, addresses }: NodePlan): Values {
  const nameOf = (network: string) =>
    networkNameOf(allSubnets(site).find((subnet) => subnet.network === network)!);
  return {
    ansible_host: addresses.ctlplane,
    canonical_hostname: `${name}.localdomain`,
    ...Object.fromEntries(
      Object.entries(addresses).map(([network, address]) => [`${nameOf(network)}_ip`, address]),
    ),
  };
}

/** `openstack overcloud roles generate` with TripleO's networks of the roles, then the kit's own verb as in the plan. */
async function writeRoles(here: TestUndercloud, site: SitePlan, file: string): Promise<void> {
  const names = [...new Set(site.nodes.map(({ role }) => role))];
  const step = site.steps.find((one) => one.name === 'roles-generate');
  const own = new Map(
    Object.values(step?.files ?? {}).flatMap((text) =>
      (parse(text) as { name: string }[]).map((role) => [role.name, role] as const),
    ),
  );
  const data = names.map((name) => ({
    name,
    networks: Object.fromEntries(
      roleAt(site, name).networks.flatMap((network) => {
        const own = composableName(network);
        return own === undefined ? [] : [[own, { subnet: `${network}_subnet` }]];
      }),
    ),
    ...(name === 'Controller' && { default_route_networks: ['External'] }),
    ServicesDefault: [`OS::TripleO::Services::${name === 'Controller' ? 'Keystone' : 'Sshd'}`],
    ...own.get(name),
  }));
  here.write(file, stringify(data));
  const words = step?.commands.find((command) => command.includes('subnets'));
  if (words) {
    const [, , ...verb] = words;
    verb[verb.indexOf('--file') + 1] = here.path(file);
    await here.kit(verb);
  }
}

/** The undercloud's Neutron, as far as a survey asks it. */
function neutron(here: TestUndercloud, { sites }: LabPlan): void {
  const subnets = sites.flatMap((site) => allSubnets(site)).filter(({ network }) => network === 'ctlplane');
  here.write('subnets', JSON.stringify(subnets.map(({ name }) => ({ ID: `${name}-id`, Name: name }))));
  for (const { name, cidr, gateway, pools, routes } of subnets) {
    const shown = { name, cidr, gateway_ip: gateway ?? null, allocation_pools: pools, host_routes: routes };
    here.write(`show/${name}-id`, JSON.stringify(shown));
  }
  here.behave('case $all in "subnet list "*) cat ~/subnets ;; "subnet show "*) cat ~/"show/$3" ;; esac');
}
