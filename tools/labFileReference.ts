import * as fs from 'node:fs';
import * as path from 'node:path';
import { type JsonSchema, type Role, definitionOf, labJsonSchema, prefix, roles } from '../model';
import { projectRoot } from '../lib/paths';
import { stepArguments } from '../model/stepArguments';

/** docs/lab-file.md: every key with its form, default and meaning. */
export function labFileReference(): string {
  return [
    '# The lab file',
    '<!-- Generated from model/labfile/schema/ by `npm run docs`: change the schema, not this file. -->',
    '`Pulumi.<lab>.yaml` describes a whole lab; `<lab>` is lower-case letters and digits, a letter first. The keys below are under ' +
      '`config:`. Every key except `glance-dcn:sites` has a default. Unknown keys and invalid values are refused before ' +
      'anything is touched: one message has all faults, each with its place and what to write instead; only faults that ' +
      'depend on an invalid value follow once this value is corrected. Editors with `yaml-language-server` complete and check the file because of its first line:',
    '```yaml\n# yaml-language-server: $schema=schema/lab.schema.json\n```',
    'Complete files: [Pulumi.dev.yaml](../Pulumi.dev.yaml) for the sandbox, [existing hosts](../examples/existing/Pulumi.existing.yaml), [existing hosts in their own networks](../examples/dcn-storage/Pulumi.dcnstorage.yaml), ' +
      '[servers of a cloud](../examples/openstack/Pulumi.openstack.yaml), [an external Ceph ' +
      'cluster](../examples/multistore/Pulumi.multistore.yaml), [caches](../examples/cache/Pulumi.cache.yaml).',
    ...Object.entries(labJsonSchema().properties ?? {}).map(([key, schema]) => section(key, schema)),
    rolePlan(),
    ownRoles,
    addressPlan,
    driveGroups(),
    cephUsers,
    stepOptions(),
    hooks,
    completeExamples(),
    notSet,
  ].join('\n\n');
}

/** A key of the lab with a table of everything below it. */
function section(key: string, schema: JsonSchema): string {
  const rows = below('', schema)
    .filter((row) => row.at(-1))
    .map((row) => `| ${row.join(' | ')} |`);
  const fallback = defaultOf(schema);
  const own = rows.length > 0 ? '' : `One of: ${form(schema)}.${fallback && ` Default: ${fallback}.`}`;
  const table = ['| key | form | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n');
  return [`## ${prefix}${key}`, `${schema.description} ${own}`, ...(rows.length > 0 ? [table] : [])].join(
    '\n\n',
  );
}

/** Rows of the keys below a schema; `<name>` is a key that the author of a lab file chooses. */
function below(path: string, schema: JsonSchema): string[][] {
  const values = schema.additionalProperties;
  return [
    ...(schema.anyOf ?? []).flatMap((branch) => below(path, branch)),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, value]) =>
      rowAndBelow(`${path}${key}`, value, schema.required?.includes(key) ?? false),
    ),
    ...(typeof values === 'object' ? rowAndBelow(`${path}<name>`, values, false) : []),
  ];
}

function rowAndBelow(path: string, schema: JsonSchema, required: boolean): string[][] {
  const row = [
    `\`${path}\``,
    form(schema),
    required ? 'required' : defaultOf(schema),
    schema.description ?? '',
  ];
  return [row, ...below(`${path}.`, schema)];
}

function form(schema: JsonSchema): string {
  const named = definitionOf(schema);
  if (named?.description) {
    return named.description;
  }
  if (schema.const !== undefined) {
    return `\`${schema.const}\``;
  }
  if (schema.anyOf) {
    return [...new Set(schema.anyOf.map(form))].join(' or ');
  }
  if (schema.enum) {
    return schema.enum.map((value) => `\`${value}\``).join(', ');
  }
  if (schema.type === 'array') {
    return `list of ${form(schema.items ?? {})}`;
  }
  if (schema.type === 'integer' || schema.type === 'number') {
    return `${schema.minimum} to ${schema.maximum}`;
  }
  if (schema.type === 'object') {
    return 'keys and values';
  }
  if (schema.type === 'boolean') {
    return '`true`, `false`';
  }
  return schema.type === 'string' ? 'text' : 'any value';
}

function defaultOf(schema: JsonSchema): string {
  if (schema.default === undefined || JSON.stringify(schema.default) === '{}') {
    return '';
  }
  return `\`${JSON.stringify(schema.default)}\``;
}

function rolePlan(): string {
  const services = ({ mon, osd, etcd, glance, compute, services: all }: Role) =>
    Object.entries({
      'Ceph monitor': mon,
      OSD: osd,
      etcd,
      Keystone: all.includes('Keystone'),
      'glance-api': glance,
      'nova-api': all.includes('NovaApi'),
      database: all.includes('MySQL'),
      'message bus': all.includes('OsloMessagingRpc'),
      'nova-compute': compute,
    })
      .filter(([, has]) => has)
      .map(([service]) => service)
      .join(', ');
  const rows = roles.map((role) => `| ${role.name} | ${role.kinds.join(', ')} | ${services(role)} |`);
  return [
    '## Roles',
    'Use one or three Ceph monitors, nodes with etcd, and Controllers at a site; two cannot keep quorum when one fails. Further nodes of an ' +
      'edge site have the …ScaleOut roles.',
    'The services of a Controller can be on several nodes: ControllerOpenstack with Database and Messaging, ControllerNovaStandalone with Novacontrol, ' +
      'ControllerNoCeph with CephAll. Roles with OvsDpdk, Sriov, RT or RealTime in their names are Compute, or ComputeHCI, until `environments` and `parameters` of the ' +
      'site turn their services on: environments/services/neutron-ovn-dpdk.yaml or neutron-ovn-sriov.yaml of TripleO’s templates, kernel arguments ' +
      '(`KernelArgs`, with a restart of the hosts), and NIC templates of your own with the bridges (`nics`). At edge sites such nodes have ' +
      '[roles of your own](#roles-of-your-own). **Not proven** on hardware.',
    ['| role | kind of site | runs, among others |', '| --- | --- | --- |', ...rows].join('\n'),
  ].join('\n\n');
}

/** Roles of a lab's own, and an example of both files. */
const ownRoles = `## Roles of your own

\`rolesData\` names a file with role data, as \`openstack overcloud roles generate\` writes them and \`-r\` of \`openstack overcloud deploy\` reads
them. Nodes have its roles by their names, beside TripleO's. Begin with a copy of a file in
/usr/share/openstack-tripleo-heat-templates/roles on the undercloud, under a name that TripleO does not have, also not in other capitals, and without its keys \`uses_deprecated_params\` and \`deprecated_…\`: a role also
has the services that every host needs, such as Kernel, Podman, Timesync and TripleoPackages, which the example below leaves out.

What a node is for follows from its role's services, not from the name:

| service (OS::TripleO::Services::…) | meaning |
| --- | --- |
| CephMon, CephOSD | a host of the site's Ceph cluster, with a monitor and manager, or with the disks of \`ceph.devices\` |
| NovaCompute | servers run there; with GlanceApiEdge or HAproxyEdge at edge sites, without them at the control plane and at \`central\` |
| GlanceApiEdge | a glance-api of the site, with \`topology: cache\` a cache; HAproxyEdge leads to the glance-apis of the site's other nodes |
| CinderVolumeEdge, Etcd | volumes of an edge site |
| HAproxy, OVNDBs, Redis | a host that may hold virtual addresses of the control plane, and so is in no rack |
| any other | a part of the control plane, if the role has none of the services above |

The control plane can have its services in several roles. Between them they have those of a Controller: the APIs of Keystone, Glance, Nova, Neutron,
Placement and Cinder, HAproxy, MySQL, OsloMessagingRpc and OVNDBs, and CephMon where the site has a Ceph cluster.

- Services that work only together are in one role: NovaAZConfig and NovaLibvirt with NovaCompute; CephMgr with CephMon; Pacemaker with HAproxy, MySQL,
  OsloMessagingRpc or CinderVolume; with servers, volumes and images of a Ceph cluster CephClient, at clients of external-ceph CephExternal.
- Count, host names of the nodes and subnets come from the lab file, in place of \`CountDefault\` and of the subnets under \`networks\`.
- A role is on the networks of its services: InternalApi for all but Ceph alone; Storage for Ceph, servers, volumes and images;
  StorageMgmt for OSDs; Tenant for servers and OVNController; for HAproxy, which has virtual addresses there, all but Tenant, with
  \`default_route_networks: [External]\`.
- Host names by which \`ceph deploy\` finds a role's hosts begin with \`%stackname%-\` and the name of the role in lower case; \`HostnameFormatDefault\`
  gives another part, which must not stand in the names of another role at the site, nor in that of TripleO's stack.
- Roles of your own are before TripleO's in \`roles.yaml\`, in the order of their file: where no role has the tags \`primary\` and \`controller\`, TripleO takes
  the first one as primary, and its hosts as controllers: give these tags to the control plane's role with HAproxy.
- While nodes of a role are up, the role keeps its networks and the services that leave data or records behind (Ceph, volumes, etcd, databases, servers, OVN,
  message bus, Swift, HAproxy): \`up\` and \`preview\` refuse a role that has lost one. It can get further services.
- A service of TripleO's release that the lab file's checks do not know is refused; one of an operator's own, which a file of
  \`environments\` maps, has a name that does not begin with OS::TripleO::Services::.
- From January 2023 on, roles with GlanceApi need GlanceApiInternal, too; the sandbox's TripleO is older, and refuses it.

A lab with a control plane in two roles and an edge role comes up on the sandbox to servers that are clones (\`npm run test:labs\`,
\`test/labs/roles.test.ts\`). **Not proven**: its configuration by TripleO's own plays; the stack phases gave what the plan says, with TripleO's
client and templates.

\`\`\`yaml
config:
  glance-dcn:rolesData: roles.yaml
  glance-dcn:sites:
    control-plane:
      nodes:
        controller-0: Controller
        ceph-0: CephStorage
    dcn0:
      nodes:
        storage-0: EdgeStorage
        compute-1: EdgeCompute
\`\`\`

\`\`\`yaml roles.yaml
- name: EdgeStorage
  networks: { Storage: {}, StorageMgmt: {} }
  ServicesDefault: [OS::TripleO::Services::CephMon, OS::TripleO::Services::CephMgr, OS::TripleO::Services::CephOSD]
- name: EdgeCompute
  tags: [compute]
  networks: { InternalApi: {}, Storage: {}, Tenant: {} }
  RoleParametersDefault: { TunedProfileName: virtual-host }
  ServicesDefault:
    - OS::TripleO::Services::CephClient
    - OS::TripleO::Services::CinderVolumeEdge
    - OS::TripleO::Services::Etcd
    - OS::TripleO::Services::GlanceApiEdge
    - OS::TripleO::Services::NovaAZConfig
    - OS::TripleO::Services::NovaCompute
    - OS::TripleO::Services::NovaLibvirt
    - OS::TripleO::Services::OVNController
    - OS::TripleO::Services::TripleoFirewall
\`\`\``;

const addressPlan = `## Which addresses a node gets

Each site has one subnet of each network that it is on, and each of its racks has one of each network that the rack's nodes are on. The
number of a site's subnets depends only on the site's name, so no site's addresses depend on another site: \`control-plane\` has number 0, \`central\` 1, \`external-ceph\` 2, \`<name>N\` has 16 + N (\`dcn0\` 16, \`dcn1\`
17), any other name needs \`index\` where a network gives the site no \`cidr\`, and so does each rack. Subnet n is the n-th part of the network's \`range\`, of prefix length \`prefix\`:
\`storage\` of \`dcn0\` is 10.8.16.0/24. Every subnet has one route: to the network's whole range, by its gateway.

| host number | use |
| --- | --- |
| 1 | gateway |
| 2 | undercloud, on the control plane's ctlplane |
| 5 | virtual addresses |
| 10 + N | Controllers, and roles of your own with neither servers nor Ceph alone |
| 30 + N | CephStorage, CephAll, and roles of your own with Ceph alone |
| 70 + N | all other roles |
| 200 to 250 | Neutron's allocation pool |

N is the number at the end of the node's name: \`oc0-ceph-4\`, a DistributedComputeHCI of \`dcn0\`, has 10.0.16.74,
10.8.16.74 and so on. \`{ role: DistributedComputeHCI, host: 80 }\` gives it another host number, \`addresses\` another address on one network.

An operator's own networks take the place of the plan, whole or in part. A network with \`ranges\` has no numbering: each site
writes the \`cidr\` of its subnet. A site can also write one value alone, such as its \`gateway\`; the others stay those of the plan.
[The operator's guide](operators-guide.md#networks) has an example.

\`\`\`yaml
config:
  glance-dcn:networks:
    storage: { ranges: [172.18.0.0/16], mtu: 9000 }
  glance-dcn:sites:
    dcn0:
      networks:
        storage: { subnet: storage_leaf1, cidr: 172.18.10.0/24, vlan: 31, gateway: 172.18.10.254 }
\`\`\``;

/** The keys of a drive group, and an example. */
function driveGroups(): string {
  const [, , group = {}, file = {}] = labJsonSchema().definitions?.devices?.anyOf ?? [];
  const rows = [...below('', group), ...below('', file)].map((row) => `| ${row.join(' | ')} |`);
  return [
    '## Drive groups',
    'A drive group says what disks of a host become OSDs, as the specification of OSDs of [cephadm](https://docs.ceph.com/en/pacific/cephadm/services/osd/) ' +
      'does, with the same keys. The disks of a node are those under its `devices`, or else those of its role under ' +
      '`ceph.devicesByRole`, or else those under `ceph.devices`. `ceph deploy` gets an OSD spec (`--osd-spec`), or, where nodes of a site ' +
      'differ, a Ceph spec (`--ceph-spec`) with a service of OSDs for the site (`osd.default_drive_group`), for each role and for each node. Ceph ' +
      'keeps a service that the lab file no longer has: `ceph orch rm osd.NAME --force` removes it, without its OSDs.',
    ['| key | form | default | meaning |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    'Before the first verb touches a new host, the check of hosts finds out whether it has blank disks for each selection, by ' +
      'the facts that Ceph compares. The sandbox gives a node the disks that its drive group names, and for each selection by ' +
      '`rotational` as many as `limit`, or one. Its disks have no model and no vendor, all have 20 GiB, and its hosts have no LVM: it refuses the keys ' +
      'that need them.',
    `\`\`\`yaml
config:
  glance-dcn:sites:
    control-plane:
      ceph:
        devices:
          data_devices: { rotational: true, size: '1T:' }
          db_devices: { rotational: false, model: P4610, limit: 2 }
          block_db_size: 60G
          encrypted: true
        devicesByRole:
          ComputeHCI: { data_devices: { paths: [/dev/nvme0n1] }, osds_per_device: 2, crush_device_class: fast }
        config: { osd: { osd_max_backfills: 2 } }
      nodes:
        controller-0: Controller
        ceph-0: CephStorage
        ceph-1: { role: CephStorage, location: { rack: r1 }, devices: { file: old-disks.yaml } }
        compute-0: ComputeHCI
    dcn0:
      ceph:
        devices:
          data_devices: { vendor: SEAGATE, size: '4T:', limit: 8 }
          filter_logic: OR
          wal_devices: { paths: [/dev/nvme0n1] }
          block_wal_size: 2G
      nodes:
        hci-0: DistributedComputeHCI
        hci-1: { role: DistributedComputeHCIScaleOut, devices: { data_devices: { all: true, limit: 4 } } }
\`\`\``,
  ].join('\n\n');
}

/** The users of Ceph, and an example. */
const cephUsers = `## Users of Ceph

Glance, Nova and Cinder of all sites work with a cluster as its \`ceph.user\`, \`client.openstack\` where the key is not written. TripleO makes
this user of a cluster of the lab, and gives it the cluster's pools; in a cluster that exists already it must exist. Each site has the name
of its own cluster's user (\`CephClientUserName\`), and another name beside a store in another cluster (\`GlanceMultistoreConfig\`). The client
exports the keys of one user at a time (\`export ceph --cephx-key-client-name\`), so the control plane gets one export for each user, and the kit
puts these into one list (\`CephExternalMultiConfig\`).

\`\`\`yaml
config:
  glance-dcn:sites:
    external-ceph:
      ceph:
        user: dcn-lab
        existing:
          fsid: 4b5c8c0a-ff60-454b-a1b4-9747aa737d19
          monitors: [172.18.0.11, 172.18.0.12, 172.18.0.13]
          keyring: /home/stack/keys/central.client.dcn-lab.keyring
    control-plane: { nodes: { controller-0: Controller, compute-0: Compute } }
    dcn0:
      ceph: { user: openstack-dcn0 }
      nodes: { hci-0: DistributedComputeHCI }
\`\`\``;

/** The options of steps, and an example. */
function stepOptions(): string {
  const rows = Object.entries(stepArguments).flatMap(([step, options]) =>
    Object.entries(options).map(
      ([name, kind]) => `| \`${step}\` | \`${name}\` | ${kind === 'switch' ? '`true`' : kind} |`,
    ),
  );
  return [
    '## Steps',
    'A step is one verb of TripleO ([all steps](operators-guide.md#how-long)). `limitMinutes` gives it another time limit, `arguments` further ' +
      'options of its command: those that change how the step works, and neither what it makes nor on which hosts. Others are refused: with ' +
      '`--limit` or `--tags`, a step that left hosts or tasks undone would count as done.',
    ['| step | option | value |', '| --- | --- | --- |', ...rows].join('\n'),
    `\`\`\`yaml
config:
  glance-dcn:sites:
    dcn0:
      nodes: { hci-0: DistributedComputeHCI }
      steps:
        ceph-deploy: { limitMinutes: 180 }
        overcloud-config:
          limitMinutes: 360
          arguments: { ansible-forks: 50, overcloud-ssh-port-timeout: 600 }
\`\`\``,
  ].join('\n\n');
}

/** Scripts before and after steps, and an example. */
const hooks = `## Hooks

A hook is a bash script beside the lab file that runs on the undercloud, in the lab's directory and after \`source ~/stackrc\`: before a step, or
after the step and before all steps that need the step. A hook is a step of its own, such as \`dcn0/after-ceph-deploy\`: a job with a record, a log
(\`./dcn log dcn0/after-ceph-deploy\`) and a fixed limit of 60 minutes, which goes on when \`./dcn\` or the connection is killed, and whose failure
stops all steps after the hook. \`./dcn plan --out DIR\` writes its script, a preview shows the changed lines, the timeline its time.

A hook runs again when its script changes, and when the step runs in another revision; then also all later steps of the site run again. A
hook before a step gets the step's digest as its argument, a hook after a step none. At the control plane the hooks of
\`network-provision\`, \`overcloud-stack\` and \`overcloud-config\` run again in each update that brings a site's store there. A hook is
part of these updates once it has succeeded. So a script must do no harm when it runs again. A hook that is taken out of the file undoes
nothing. Secrets belong into files on the undercloud: scripts are in previews and in Pulumi's state.

The first line is \`#!/bin/bash\`, \`#!/usr/bin/bash\` or \`#!/usr/bin/env bash\` without options, because the kit runs \`bash FILE\`: write \`set -e\`
as a command, or a failed command before the last goes unnoticed.

\`\`\`yaml
config:
  glance-dcn:sites:
    dcn0:
      nodes: { hci-0: DistributedComputeHCI }
      hooks:
        before: { ceph-deploy: hooks/check-firmware.sh }
        after: { overcloud-config: hooks/monitoring.sh }
\`\`\``;

/** A whole lab file for each provisioner: the files that the project ships, so that tests of these files hold the page too. */
function completeExamples(): string {
  const files = {
    sandbox: 'Pulumi.dev.yaml',
    existing: 'examples/existing/Pulumi.existing.yaml',
    openstack: 'examples/openstack/Pulumi.openstack.yaml',
  };
  return [
    '## A complete lab file for each provisioner',
    ...Object.entries(files).map(([provisioner, file]) => {
      const [, ...lines] = fs.readFileSync(path.join(projectRoot, file), 'utf8').trimEnd().split('\n');
      return [`### ${provisioner}`, ['```yaml', ...lines, '```'].join('\n')].join('\n\n');
    }),
  ].join('\n\n');
}

const notSet = `## Settings without a key

These settings have no key in the lab file. Check that their values fit your network before the first \`up\`. The values are those of
TripleO's templates and roles; they have not been tried on hardware.

| setting | value | to change it |
| --- | --- | --- |
| MTU of a network at one site | that of the network at all sites: TripleO's \`network_data.yaml\` has one for each network | [NIC templates](operators-guide.md#nic-templates) of the site's roles |
| TLS of internal endpoints | none | [cannot be changed](operators-guide.md#tls) |
| container images | TripleO's defaults | \`undercloud.containerPrepare\` |
| memory that hosts with OSDs keep from servers | \`NovaReservedHostMemory\` of their roles: 4096 MiB and 5120 MiB for each OSD. Ceph gives 20 % of a host's memory to its OSDs, so write more for hosts with over 25 GiB of memory for each OSD | \`parameters: { <Role>Parameters: { NovaReservedHostMemory: MIB } }\` |
| IPv6 | none | cannot be changed |
`;
