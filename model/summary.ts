import { type Cell, table } from '../lib/table';
import { selectionsOf } from './driveGroups';
import type { ImagePlan, ImageSettings } from './images';
import type { Lab } from './lab';
import { allSubnets, networkNames, segmentsOf } from './networks';
import { type Quota, flavorsOf, planCloud, quotasOf } from './openstack';
import { type VirtualAddress, virtualAddresses } from './tripleo/networks';
import type { CloudPlan, LabPlan, NetworkName, OsdDevices, SitePlan } from './types';

/** The plan of a lab for programs: with the values that a plan has only in its files, or not at all. */
export interface ListedPlan extends Omit<LabPlan, 'sites'> {
  networks: ListedNetwork[];
  sites: (SitePlan & { virtualAddresses: VirtualAddress[] })[];
  /** The part of the quotas that the lab takes, and its servers by flavor; absent: the lab is not on a cloud. */
  cloud?: { name: string; quotas: Quota[]; flavors: Record<string, number> };
}

/** A network of a lab, with what holds at all sites. */
interface ListedNetwork {
  network: NetworkName;
  /** Neutron's name of the network. */
  name: string;
  /** Ranges that contain the subnets of all sites. */
  ranges: string[];
  /** Absent for ctlplane, which has `local_mtu` of undercloud.conf. */
  mtu?: number;
  /** With the final dot; absent: TripleO's name of the network and the domain of ctlplane. */
  dnsDomain?: string;
}

/** The plan of a lab for `./dcn plan --json`. */
export function listedPlan(lab: Lab, plan: LabPlan): ListedPlan {
  const cloud = lab.openstack && planCloud(lab);
  return {
    ...plan,
    networks: listedNetworks(lab),
    sites: plan.sites.map((site) => ({ ...site, virtualAddresses: vipsOf(site) })),
    ...(cloud && {
      cloud: {
        name: cloud.cloud,
        quotas: quotasOf(cloud, plan.sites),
        flavors: Object.fromEntries(flavorsOf(cloud, plan.sites)),
      },
    }),
  };
}

function listedNetworks({ networks }: Lab): ListedNetwork[] {
  return networkNames.flatMap((network) => {
    const settings = networks[network];
    if (!settings) {
      return [];
    }
    const { name, ranges, mtu, dnsDomain } = settings;
    return [
      {
        ...{ network, name, ranges },
        ...(network !== 'ctlplane' && { mtu }),
        ...(dnsDomain !== undefined && { dnsDomain }),
      },
    ];
  });
}

/** The plan of a lab for a terminal: sites, networks, nodes with their addresses, images, and the steps of each site. */
export function planText(lab: Lab, plan: LabPlan): string {
  const { undercloud } = plan;
  const cloud = lab.openstack && planCloud(lab);
  return [
    `Lab ${plan.lab}: undercloud ${undercloud.user}@${undercloud.host}:${undercloud.port}, files in ${undercloud.directory}`,
    siteTable(plan.sites),
    networkTable(listedNetworks(lab)),
    subnetTable(plan.sites),
    nodeTable(plan.sites),
    addressTable(plan.sites),
    ...(plan.images.length > 0 ? [imageTable(plan.images)] : []),
    ...(cloud ? [quotaTable(cloud, plan.sites)] : []),
    ...plan.sites.map(stepTable),
  ].join('\n\n');
}

function siteTable(sites: SitePlan[]): string {
  const caches = sites.some((site) => site.cache);
  return compactTable(
    ['site', 'kind', 'Ceph cluster', 'store', ...(caches ? ['cache'] : [])],
    sites.map((site) => [
      site.name,
      site.kind,
      site.cluster?.name ?? '-',
      site.store?.id ?? '-',
      ...(caches ? [site.cache ? `${site.cache.limitBytes / 2 ** 20} MiB` : '-'] : []),
    ]),
  );
}

function networkTable(networks: ListedNetwork[]): string {
  const renamed = networks.some(({ network, name }) => name !== network);
  const named = networks.some(({ dnsDomain }) => dnsDomain);
  return compactTable(
    [
      ...['network', ...(renamed ? ['name in Neutron'] : []), 'ranges', 'MTU'],
      ...(named ? ['DNS domain'] : []),
    ],
    networks.map(({ network, name, ranges, mtu, dnsDomain }) => [
      network,
      ...(renamed ? [name] : []),
      ranges,
      mtu ?? 'local_mtu of undercloud.conf',
      ...(named ? [dnsDomain ?? '-'] : []),
    ]),
  );
}

function subnetTable(sites: SitePlan[]): string {
  const inRacks = haveRacks(sites);
  const onVlans = sites.some((site) => allSubnets(site).some(({ vlan }) => vlan !== undefined));
  const exist = sites.some(({ existing }) => existing);
  return compactTable(
    [
      ...['site', ...(inRacks ? ['rack'] : []), 'network', ...(onVlans ? ['VLAN'] : [])],
      ...['subnet', 'gateway', 'Neutron hands out', 'VIP', ...(exist ? ['exists'] : [])],
    ],
    sites.flatMap((site) => {
      const vips = vipsOf(site);
      return segmentsOf(site).flatMap(({ rack, subnets }) =>
        subnets.map(({ network, vlan, cidr, gateway, pools }) => [
          site.name,
          ...(inRacks ? [rack ?? '-'] : []),
          network,
          ...(onVlans ? [vlan ?? '-'] : []),
          cidr,
          gateway ?? '-',
          pools.map(({ start, end }) => `${start} to ${end}`),
          (rack === undefined && vips.find((vip) => vip.network === network)?.address) || '-',
          ...(exist ? [existingCell(site, network)] : []),
        ]),
      );
    }),
    inRacks ? 3 : 2,
  );
}

/** What is in Neutron already, and stays: the network, or the subnet with the network. */
function existingCell({ existing }: SitePlan, network: NetworkName): Cell {
  const found = existing?.networks.find((candidate) => candidate.network === network);
  if (!found) {
    return '-';
  }
  return found.existing === 'subnets' ? 'subnet' : 'network';
}

function haveRacks(sites: SitePlan[]): boolean {
  return sites.some(({ racks }) => racks);
}

/** The virtual addresses that a site's overcloud has. */
function vipsOf(site: SitePlan): VirtualAddress[] {
  const hasOvercloud = site.steps.some(({ name }) => name === 'vip-provision');
  return hasOvercloud ? virtualAddresses(site) : [];
}

function nodeTable(sites: SitePlan[]): string {
  const inRacks = haveRacks(sites);
  return compactTable(
    ['node', 'site', ...(inRacks ? ['rack'] : []), 'role', 'OSDs'],
    sites.flatMap((site) =>
      site.nodes.map((node) => [
        node.name,
        site.name,
        ...(inRacks ? [node.rack ?? '-'] : []),
        node.role,
        osdCell(node.osdDevices),
      ]),
    ),
  );
}

function osdCell(devices: OsdDevices): Cell {
  if (devices === 'all' || Array.isArray(devices)) {
    return devices === 'all' ? 'all blank disks' : devices;
  }
  return selectionsOf(devices).map(([key, selection]) => {
    const words =
      'paths' in selection ? selection.paths : Object.entries(selection).map((entry) => entry.join('='));
    return `${key.replace('_devices', '')} ${words.join(' ')}`;
  });
}

/** The addresses of nodes, in the networks that any node is in. */
function addressTable(sites: SitePlan[]): string {
  const nodes = sites.flatMap((site) => site.nodes);
  const networks = [...new Set(sites.flatMap(({ subnets }) => subnets.map(({ network }) => network)))].filter(
    (network) => nodes.some(({ addresses }) => addresses[network]),
  );
  return compactTable(
    ['node', ...networks],
    nodes.map(({ name, addresses }) => [name, ...networks.map((network) => addresses[network] ?? '-')]),
  );
}

function imageTable(images: ImagePlan[]): string {
  const cached = images.some((image) => image.caches);
  const direct = images.some((image) => image.copy);
  const set = images.some((image) => image.settings);
  return compactTable(
    [
      ...['image', 'source', 'format', 'stores'],
      ...(cached ? ['caches'] : []),
      ...(direct ? ['copied'] : []),
      ...(set ? ['settings'] : []),
    ],
    images.map(({ name, source, diskFormat, sites, stores, caches, copy, settings }) => [
      name,
      describe(source),
      diskFormat,
      stores,
      ...(caches ? [caches] : []),
      ...(direct ? [sites.length > 0 ? wayLines(copy) : '-'] : []),
      ...(set ? [settingLines(settings ?? {})] : []),
    ]),
  );
}

/** How an image is copied, and a line for each limit. */
function wayLines(copy: ImagePlan['copy']): string[] {
  if (!copy) {
    return ['by Glance'];
  }
  const { rateMbit, rateInAllMbit } = copy.direct;
  return [
    'directly',
    ...(rateMbit === undefined ? [] : [`${rateMbit} Mbit/s to each site`]),
    ...(rateInAllMbit === undefined ? [] : [`${rateInAllMbit} Mbit/s in all`]),
  ];
}

/** A line for each setting of an image; properties as Glance's clients take them. */
function settingLines({ properties = {}, ...fields }: ImageSettings): string[] {
  return [
    ...Object.entries(fields).map(([key, value]) => `${key}: ${[value].flat().join(', ')}`),
    ...Object.entries(properties).map(([key, value]) => `${key}=${value}`),
  ];
}

function quotaTable(cloud: CloudPlan, sites: SitePlan[]): string {
  const flavors = [...flavorsOf(cloud, sites)].map(([name, count]) => `${count} × ${name}`);
  const quotas = quotasOf(cloud, sites).map(({ name, needed, what }) => [name, `${needed}`, what]);
  return [
    `Quotas of cloud ${cloud.cloud} that the lab takes`,
    compactTable(['quota', 'needed', 'for'], [...quotas, ['cores, ram', flavors, 'servers by flavor']]),
  ].join('\n');
}

function describe(source: ImagePlan['source']): string {
  if ('file' in source) {
    return source.file;
  }
  return 'url' in source ? source.url : `generated, ${source.generated.sizeMiB} MiB`;
}

function stepTable(site: SitePlan): string {
  return [
    `Steps of ${site.name}`,
    compactTable(
      ['step', 'commands', 'after'],
      site.steps.map(({ name, commands, needs, inputs }) => [
        name,
        commands.map(verbOf),
        [...needs, ...inputs],
      ]),
    ),
  ].join('\n');
}

/** The words of a command before its options; of a hook its script, without the digest that it gets. */
function verbOf(command: string[]): string {
  if (command[0] === 'bash') {
    return command.slice(0, 2).join(' ');
  }
  const end = command.findIndex((word) => word.startsWith('-'));
  return command.slice(0, end < 0 ? undefined : end).join(' ');
}

/** @param keys as for `table` */
function compactTable(head: string[], rows: Cell[][], keys = 1): string {
  return table(head, rows, { compact: true, keys });
}
