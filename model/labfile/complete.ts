import { certificatesIn } from '../certificates';
import type {
  CloudLab,
  CloudLabNode,
  CloudLabSite,
  DeployedCeph,
  HostLabNode,
  HostLabSite,
  Lab,
  LabCeph,
  LabNode,
  LabStore,
  PlacedDriveGroup,
  PublicTls,
} from '../lab';
import type { ImageSettings } from '../images';
import { controlPlane, externalCeph } from '../names';
import { subnetsOfNode } from '../networks';
import type { NicTemplate } from '../nicTemplates';
import type { Role } from '../roles';
import type { NodeAddresses, RackPlan, SubnetPlan } from '../types';
import type { ResolvedDevices } from './devices';
import type { ResolvedLab, ResolvedNode, ResolvedSite } from './resolve';
import { networksOfSite, type ResolvedRack } from './resolveNetworks';
import type { LabFileSite } from './schema';
import type { WrittenImageSettings } from './schema/images';

/** Settings of an image whose properties are texts, as Glance has them. */
function textsOf({ properties, ...settings }: WrittenImageSettings): ImageSettings {
  const texts = Object.entries(properties ?? {}).map(([name, value]) => [name, String(value)] as const);
  return { ...settings, ...(properties && { properties: Object.fromEntries(texts) }) };
}

/** The lab of a resolved lab file; undefined if a value is missing that nothing determines. */
export function complete(lab: ResolvedLab): Lab | undefined {
  const { name, topology, networks, defaultZone, physicalNetworks, physicalNetworkMtu, hosts, sandbox } = lab;
  const { provisioner, openstack } = lab;
  const { written, host, port, home } = lab.undercloud;
  if (host === undefined) {
    return undefined;
  }
  const undercloud = { ...written, host, port, home };
  const images = Object.entries(lab.images).map(([image, { source, format, sites, copy, ...settings }]) => ({
    name: image,
    source,
    diskFormat: format,
    sites: [...new Set(sites)],
    ...(copy !== undefined && copy !== 'glance' && { copy: copy === 'direct' ? { direct: {} } : copy }),
    ...(Object.keys(settings).length > 0 && { settings: textsOf(settings) }),
  }));
  const publicTls = publicTlsOf(lab);
  const base = {
    name,
    topology,
    undercloud,
    networks: labNetworks(networks),
    hosts,
    ...(physicalNetworks && { physicalNetworks }),
    ...(physicalNetworkMtu !== undefined && { physicalNetworkMtu }),
    ...(publicTls && { publicTls }),
    ...(defaultZone !== undefined && { defaultZone }),
    copyOnDemand: lab.copyOnDemand ?? ('public' as const),
    images,
    sandbox,
  };
  const first = [controlPlane, externalCeph];
  const ordered = lab.sites.toSorted((a, b) => first.indexOf(b.name) - first.indexOf(a.name));
  if (provisioner !== 'openstack') {
    const sites = all(ordered.map((site) => hostSite(lab, site)));
    return sites && { ...base, provisioner, sites: byName(sites) };
  }
  const sites = all(ordered.map((site) => cloudSite(lab, site)));
  return sites && openstack && ({ ...base, provisioner, openstack, sites: byName(sites) } satisfies CloudLab);
}

/** The networks without what only decides on the subnets of sites. */
function labNetworks(networks: ResolvedLab['networks']): Lab['networks'] {
  const entries = Object.entries(networks).map(([key, { name, existing, mtu, dnsDomain, ranges }]) => [
    key,
    {
      name,
      ...(existing && { existing }),
      mtu,
      ...(dnsDomain !== undefined && { dnsDomain }),
      ranges,
    },
  ]);
  return Object.fromEntries(entries) as Lab['networks'];
}

function publicTlsOf({ publicTls }: ResolvedLab): PublicTls | undefined {
  if (!publicTls || 'unreadable' in publicTls.certificate) {
    return undefined;
  }
  const { written, certificate, ca } = publicTls;
  const [own, ...others] = pemsIn(certificate.text);
  return own === undefined
    ? undefined
    : {
        certificate: own,
        intermediates: others.join(''),
        ...(ca && 'text' in ca && { ca: pemsIn(ca.text).join('') }),
        key: written.key,
        ...(written.name !== undefined && { name: written.name }),
      };
}

function pemsIn(text: string): string[] {
  return (certificatesIn(text) ?? []).map(({ pem }) => pem);
}

function hostSite(lab: ResolvedLab, site: ResolvedSite): HostLabSite | undefined {
  const nodes = all(site.nodes.map((node) => hostNode(site, node)));
  const base = nodes && siteOf(lab, site, nodes);
  return base && { ...base, nodes };
}

function cloudSite(lab: ResolvedLab, site: ResolvedSite): CloudLabSite | undefined {
  const nodes = all(site.nodes.map((node) => cloudNode(site, node)));
  const base = nodes && siteOf(lab, site, nodes);
  const { availabilityZone, volumes, written } = site;
  const { networks } = written.openstack;
  return base && { ...base, nodes, openstack: { availabilityZone, volumes, networks } };
}

function siteOf(lab: ResolvedLab, site: ResolvedSite, nodes: LabNode[]) {
  const { name, kind, stack, zone, subnets, ntpServers, written } = site;
  const ceph = cephOf(lab, site, nodes);
  const store = storeOf(lab, site);
  const nics = nicsOf(site);
  const hooks = all(site.hooks.map((hook) => ('unreadable' in hook ? undefined : hook)));
  const racks = all(site.racks.map(rackOf));
  const ownRoles = lab.ownRoles.roles.filter((role) => nodes.some((node) => node.role === role.name));
  const missing = subnets.length < networksOfSite(lab.networks, site).length;
  return missing || !racks || zone === undefined || !ceph || !store || !nics || !hooks
    ? undefined
    : {
        name,
        kind,
        stack,
        zone,
        subnets,
        racks,
        ceph,
        store,
        ntpServers,
        ...(lab.topology === 'cache' &&
          kind === 'edge' && {
            // The unit of GlanceImageCacheMaxSize.
            cache: { limitBytes: site.cacheLimitMiB * 2 ** 20 },
          }),
        ...(ownRoles.length > 0 && { ownRoles }),
        bridges: written.bridges,
        nics,
        parameters: written.parameters,
        environments: written.environments,
        steps: written.steps,
        hooks,
      };
}

function rackOf({ name, networks, subnets }: ResolvedRack): RackPlan | undefined {
  return subnets.length < networks.length ? undefined : { name, subnets };
}

function nicsOf({ nics }: ResolvedSite): Record<string, NicTemplate> | undefined {
  const templates = Object.entries(nics).map(([role, template]) =>
    'unreadable' in template ? undefined : ([role, template] as const),
  );
  const readable = all(templates);
  return readable && Object.fromEntries(readable);
}

function cephOf(lab: ResolvedLab, site: ResolvedSite, nodes: LabNode[]): LabCeph | undefined {
  const { ownCeph, poolSize, pools, written } = site;
  if (!ownCeph) {
    const { centralSite, centralStore } = lab;
    const home = lab.sites.find(({ name }) => name === centralSite);
    const client =
      centralStore &&
      home &&
      ({ kind: 'client', cluster: centralStore.cluster, site: centralSite, pools: home.pools } as const);
    return lab.topology === 'cache' ? { kind: 'none' } : client;
  }
  const { cluster, user } = ownCeph;
  if (written.ceph.existing) {
    return { kind: 'existing', cluster, ...written.ceph.existing, user, pools };
  }
  const monitors = site.nodes.filter(({ role }) => role.mon).map(({ name }) => name);
  const monitor = nodes.find(({ name }) => monitors.includes(name));
  const driveGroups = all(site.devices.filter((group) => group.nodes.length > 0).map(driveGroupOf));
  const config = configOf(written.ceph.config);
  const locations = locationsOf(site);
  return (
    monitor &&
    driveGroups && {
      kind: 'deployed',
      cluster,
      user,
      driveGroups,
      poolSize,
      hasPoolSize: written.ceph.poolSize !== undefined,
      pools,
      locations,
      config,
      monitor,
    }
  );
}

/** Types of buckets, the outermost first (src/crush/CrushWrapper.h of Ceph). */
const bucketTypes = [
  'root',
  'region',
  'zone',
  'datacenter',
  'room',
  'pod',
  'pdu',
  'row',
  'rack',
  'chassis',
] as const;

function locationsOf({ nodes }: ResolvedSite): DeployedCeph['locations'] {
  return Object.fromEntries(
    nodes.flatMap(({ name, written: { location } }) => {
      if (!location) {
        return [];
      }
      // Without a root, Ceph would make the outermost bucket beside the hierarchy that its rules know.
      const whole = { root: 'default', ...location };
      const buckets = bucketTypes.flatMap((type) =>
        whole[type] === undefined ? [] : [[type, whole[type]] as const],
      );
      return [[name, Object.fromEntries(buckets)]];
    }),
  );
}

function configOf(written: LabFileSite['ceph']['config'] = {}): DeployedCeph['config'] {
  return Object.fromEntries(
    Object.entries(written).map(([section, options]) => [
      section,
      Object.fromEntries(Object.entries(options ?? {}).map(([option, value]) => [option, String(value)])),
    ]),
  );
}

function driveGroupOf({ id, nodes, content }: ResolvedDevices): PlacedDriveGroup | undefined {
  return content.kind === 'valid' ? { id, nodes, devices: content.devices } : undefined;
}

function storeOf(lab: ResolvedLab, { name, ownCeph }: ResolvedSite): LabStore | undefined {
  const { topology, centralStore, centralSite, swiftStore } = lab;
  if (topology === 'cache') {
    return { kind: 'swift', id: swiftStore };
  }
  return (
    centralStore && {
      kind: 'rbd',
      ...(ownCeph ?? centralStore),
      site: ownCeph ? name : centralSite,
      central: centralStore,
    }
  );
}

function hostNode(site: ResolvedSite, node: ResolvedNode): HostLabNode | undefined {
  const base = nodeOf(site, node);
  return base && { ...base, ...(node.login && { login: node.login }) };
}

function cloudNode(site: ResolvedSite, node: ResolvedNode): CloudLabNode | undefined {
  const base = nodeOf(site, node);
  const { flavor } = node;
  return base && flavor !== undefined ? { ...base, flavor } : undefined;
}

function nodeOf(site: ResolvedSite, node: ResolvedNode) {
  const { name, role, rack, addresses } = node;
  return hasAll(subnetsOfNode(site, node), role, addresses)
    ? { name, role: role.name, ...(rack !== undefined && { rack }), addresses }
    : undefined;
}

/** Whether a node has an address in each of its subnets that its role is on. */
function hasAll(
  subnets: SubnetPlan[],
  { networks }: Role,
  addresses: ResolvedNode['addresses'],
): addresses is NodeAddresses {
  return subnets.every(({ network }) => !networks.includes(network) || addresses[network] !== undefined);
}

/** The values, or undefined if one of them is. */
function all<T>(values: (T | undefined)[]): T[] | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === values.length ? present : undefined;
}

function byName<T extends { name: string }>(values: T[]): Record<string, T> {
  return Object.fromEntries(values.map((value) => [value.name, value]));
}
