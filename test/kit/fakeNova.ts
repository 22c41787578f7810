import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Call, FakeApi } from './fakeApi';
import { projectOf, user } from './fakeKeystone';

/** Id of the administrator's project at the fake Keystone. */
const admins = 'admin';

/** A server of the fake, as the API shows it. */
export interface FakeServer {
  id: string;
  name: string;
  /** Ids of its project, and of the user who asked for it. */
  tenant_id: string;
  user_id: string;
  status: string;
  /** The flavor as it was when the server was asked for. */
  flavor: FakeFlavor;
  fault?: { message: string };
  'OS-EXT-STS:task_state': string | null;
  'OS-EXT-SRV-ATTR:host': string | null;
  'OS-EXT-AZ:availability_zone': string;
  'os-extended-volumes:volumes_attached': { id: string }[];
}

/** A flavor: `swap` in MiB, `OS-FLV-EXT-DATA:ephemeral` in GiB. */
export interface FakeFlavor {
  id: string;
  name: string;
  vcpus?: number;
  ram?: number;
  disk?: number;
  swap?: number;
  'OS-FLV-EXT-DATA:ephemeral'?: number;
  extra_specs?: Record<string, string>;
  'os-flavor-access:is_public': boolean;
}

/** A network of the fake, as the API shows it. */
export interface FakeNetwork {
  id: string;
  name: string;
  subnets: string[];
  /** Shared with all projects. */
  shared: boolean;
  project_id: string;
}

/** What a server was asked for with. */
export interface AskedServer {
  name: string;
  flavorRef: string;
  imageRef?: string;
  availability_zone: string;
  networks: { uuid: string }[];
  config_drive: boolean;
  block_device_mapping_v2?: { uuid: string }[];
}

/**
 * What the fake's Placement has of a host: `inUse` of what the host `has`, by resource class, of which one server may have `most` (all,
 * where it is not said), and its aggregates.
 */
export interface FakeProvider {
  has: Record<string, number>;
  inUse: Record<string, number>;
  most?: Record<string, number>;
  aggregates: string[];
}

/**
 * Stands in for the control plane's Nova, Placement and Neutron: what the kit asks of them for its servers. A server is ACTIVE after
 * `bootSeconds`, on the first host of its zone, and its disk lies where the fake `rbd` looks: a zone's Ceph cluster is called
 * as the zone. Types and URLs for Keystone's catalog: `catalog`.
 */
export class FakeNova extends FakeApi {
  bootSeconds = 0.3;
  /** Seconds until a request for a server is answered; only then `GET servers` shows the server. */
  createSeconds = 0;
  /** Requests for servers, answered or not. */
  requests = 0;
  /** Seconds until a server that was deleted is gone. */
  deleteSeconds = 0.1;
  /** Zone -> its hosts, and whether nova-compute is up there. */
  zones: Record<string, Record<string, boolean>> = {};
  /** Resource providers of hosts in Placement, whose UUIDs are `uuid-of-<host>`. The aggregate of a zone is `uuid-of-<zone>`. */
  readonly providers = new Map<string, FakeProvider>();
  /** Why a server becomes ERROR, by the id of its image. */
  readonly broken = new Map<string, string>();
  /** At most this many servers in one answer (Nova: osapi_max_limit). */
  pageSize = 1000;
  /** Images of which disks are full copies. */
  readonly flat = new Set<string>();
  /** What servers write to their consoles. */
  console = 'Linux version 6.1\nguest login: ';
  /** Called when a server's image is read. */
  onBoot: (image: string) => void = () => undefined;
  readonly asked: AskedServer[] = [];
  /** Each server's life, in order: `+ name`, `- name`. */
  readonly events: string[] = [];
  readonly flavors: FakeFlavor[] = [];
  readonly networks: FakeNetwork[] = [];
  /** Neutron's policies by which projects use the networks of others. */
  rbacPolicies: { id: string; object_id: string; target_tenant: string }[] = [];
  /** Ids of the projects that have a security group: Neutron makes a project's first one itself. */
  readonly securityGroups = new Set<string>();
  readonly servers = new Map<string, FakeServer>();
  /** Files that list a server's disk as the clone of its image, by the server's id. */
  private readonly clones = new Map<string, string>();

  /** @param home where the fake Ceph clusters lie */
  constructor(private readonly home: string) {
    super();
  }

  get catalog(): Record<string, string> {
    const { url } = this;
    return {
      compute: `${url}/v2.1`,
      network: url,
      placement: `${url}/placement`,
      volumev3: `${url}/v3/p`,
    };
  }

  protected answer({ call, url, headers, body: text }: Call): [number, object?] | Promise<[number, object?]> {
    const body = (text ? JSON.parse(text) : {}) as Record<string, unknown>;
    const version = headers['openstack-api-version'];
    const project = projectOf(String(headers['x-auth-token'])) ?? admins;
    switch (call) {
      case 'GET /v2.1/os-aggregates':
        return [200, { aggregates: this.aggregates(version === 'compute 2.53') }];
      case 'GET /v2.1/os-hypervisors/detail':
        return [200, { hypervisors: this.hypervisors(version === 'compute 2.53') }];
      case 'GET /v2.1/os-availability-zone/detail':
        return [200, { availabilityZoneInfo: this.zoneInfo() }];
      case 'GET /v2.1/flavors/detail':
        return [200, { flavors: this.flavors }];
      case 'POST /v2.1/flavors':
        this.flavors.push({
          id: randomUUID(),
          'os-flavor-access:is_public': true,
          ...(body.flavor as { name: string }),
        });
        return [200, { flavor: this.flavors.at(-1) }];
      case 'GET /v2.0/networks':
        return [200, { networks: this.networks }];
      case 'POST /v2.0/networks':
        this.networks.push({
          id: randomUUID(),
          subnets: [],
          shared: false,
          project_id: project,
          ...(body.network as { name: string }),
        });
        return [201, { network: this.networks.at(-1) }];
      case 'POST /v2.0/subnets': {
        const subnet = body.subnet as { network_id: string; cidr: string };
        this.networks.find(({ id }) => id === subnet.network_id)?.subnets.push(subnet.cidr);
        return [201, { subnet }];
      }
      case 'GET /v2.1/servers/detail': {
        const name = new RegExp(url.searchParams.get('name') ?? '');
        const isSeen = ({ tenant_id: owner }: FakeServer): boolean =>
          url.searchParams.get('all_tenants') === '1' || owner === project;
        const servers = [...this.servers.values()].filter((one) => isSeen(one) && name.test(one.name));
        const after = servers.findIndex(({ id }) => id === url.searchParams.get('marker')) + 1;
        const page = servers.slice(after, after + this.pageSize);
        return [200, { servers: page.map((server) => shown(server, version)) }];
      }
      case 'POST /v2.1/servers':
        return this.createLater(body.server as AskedServer, project);
      case 'GET /v2.0/rbac-policies': {
        const { object_id: of, target_tenant: to } = Object.fromEntries(url.searchParams);
        const all = [
          ...this.rbacPolicies,
          ...this.networks.flatMap(({ id, shared: isShared }) =>
            isShared ? [{ id: `all-of-${id}`, object_id: id, target_tenant: '*' }] : [],
          ),
        ];
        return [
          200,
          {
            rbac_policies: all.filter(
              ({ object_id: network, target_tenant: target }) =>
                (of === undefined || network === of) && (to === undefined || target === to),
            ),
          },
        ];
      }
      case 'POST /v2.0/rbac-policies': {
        const policy = body.rbac_policy as { object_id: string; target_tenant: string };
        this.rbacPolicies.push({ id: randomUUID(), ...policy });
        return [201, { rbac_policy: this.rbacPolicies.at(-1) }];
      }
      case 'GET /v2.0/security-groups': {
        const of = url.searchParams.get('project_id') ?? '';
        return [200, { security_groups: this.securityGroups.has(of) ? [{ id: `group-of-${of}` }] : [] }];
      }
    }
    if (url.pathname.startsWith('/v2.0/')) {
      return this.deleteOfNeutron(url.pathname.split('/')[2] ?? '', url.pathname.split('/')[3] ?? '');
    }
    const id = url.pathname.split('/')[3] ?? '';
    if (url.pathname.startsWith('/placement/resource_providers/')) {
      return this.ofProvider(id, url.pathname.split('/')[4] ?? '');
    }
    const server = this.servers.get(id);
    if (!server) {
      return [404, { itemNotFound: { code: 404, message: `Instance ${id} could not be found.` } }];
    }
    if (call.startsWith('DELETE')) {
      setTimeout(() => this.remove(server), this.deleteSeconds * 1000);
      return [204];
    }
    if (call.endsWith('/action')) {
      return server.status === 'ACTIVE'
        ? [200, { output: this.console }]
        : [404, { itemNotFound: { code: 404, message: 'Guest does not have a console available.' } }];
    }
    return [200, { server: shown(server, version) }];
  }

  /** A server that has not booted by then never will: its disk would outlive the test. */
  override async close(): Promise<void> {
    this.servers.clear();
    await super.close();
  }

  private aggregates(withUuids: boolean): object[] {
    return Object.entries(this.zones).map(([zone, hosts], id) => ({
      id,
      name: zone,
      availability_zone: zone,
      hosts: Object.keys(hosts),
      ...(withUuids ? { uuid: `uuid-of-${zone}` } : {}),
    }));
  }

  private hypervisors(withUuids: boolean): object[] {
    const hosts = Object.values(this.zones).flatMap((zone) => Object.keys(zone));
    return hosts.map((host, id) => ({ id: withUuids ? `uuid-of-${host}` : id, service: { host } }));
  }

  /** As Placement answers from 1.1 to 1.18. */
  private ofProvider(uuid: string, part: string): [number, object] {
    const provider = this.providers.get(uuid.replace('uuid-of-', ''));
    if (!provider) {
      const detail = `No resource provider with uuid ${uuid} found`;
      return [404, { errors: [{ status: 404, title: 'Not Found', detail }] }];
    }
    const { has, inUse: usages, most = {}, aggregates } = provider;
    const inventories = Object.fromEntries(
      Object.entries(has).map(([name, total]) => [
        name,
        { total, reserved: 0, allocation_ratio: 1, max_unit: most[name] ?? total },
      ]),
    );
    return [
      200,
      { aggregates: { aggregates }, inventories: { inventories }, usages: { usages } }[part] ?? {},
    ];
  }

  private zoneInfo(): object[] {
    const zones = Object.entries(this.zones).map(([zoneName, hosts]) => ({
      zoneName,
      hosts: Object.fromEntries(
        Object.entries(hosts).map(([host, available]) => [
          host,
          { 'nova-compute': { active: true, available } },
        ]),
      ),
    }));
    const internal = { c: { 'nova-conductor': { active: true, available: true } } };
    return [{ zoneName: 'internal', hosts: internal }, ...zones];
  }

  /** Neutron deletes a security group, or a policy of a network that no server of the policy's project uses. */
  private deleteOfNeutron(kind: string, id: string): [number, object?] {
    if (kind === 'security-groups') {
      return this.securityGroups.delete(id.replace('group-of-', '')) ? [204] : [404, {}];
    }
    const policy = this.rbacPolicies.find((one) => one.id === id);
    if ([...this.servers.values()].some(({ tenant_id: of }) => of === policy?.target_tenant)) {
      return [409, { NeutronError: { message: `RBAC policy on object ${id} cannot be removed` } }];
    }
    this.rbacPolicies = this.rbacPolicies.filter((one) => one !== policy);
    return [204];
  }

  private async createLater(asked: AskedServer, project: string): Promise<[number, object]> {
    this.requests += 1;
    await new Promise((resolve) => setTimeout(resolve, this.createSeconds * 1000));
    const refusal = project === admins ? undefined : this.refusalOfMembers(asked, project);
    return refusal ?? [202, { server: { id: this.create(asked, project) } }];
  }

  /** What Nova answers a member of a project who may not use a flavor or a network; undefined: the member may. */
  private refusalOfMembers(asked: AskedServer, project: string): [number, object] | undefined {
    const flavor = this.flavors.find(({ id }) => id === asked.flavorRef);
    if (!flavor?.['os-flavor-access:is_public']) {
      return [404, { itemNotFound: { message: `Flavor ${asked.flavorRef} could not be found.` } }];
    }
    if (!flavor.disk && !asked.block_device_mapping_v2) {
      const message = 'Only volume-backed servers are allowed for flavors with zero disk.';
      return [403, { forbidden: { message } }];
    }
    const id = asked.networks[0]?.uuid;
    const isUsed = this.rbacPolicies.some((one) => one.object_id === id && one.target_tenant === project);
    return isUsed || this.networks.some((one) => one.id === id && one.shared)
      ? undefined
      : [400, { badRequest: { message: `Network ${id} could not be found.` } }];
  }

  private create(asked: AskedServer, project: string): string {
    this.securityGroups.add(project);
    const server: FakeServer = {
      id: randomUUID(),
      name: asked.name,
      tenant_id: project,
      user_id: user.id,
      status: 'BUILD',
      flavor: { ...(this.flavors.find(({ id }) => id === asked.flavorRef) as FakeFlavor) },
      'OS-EXT-STS:task_state': 'spawning',
      'OS-EXT-SRV-ATTR:host': null,
      'OS-EXT-AZ:availability_zone': asked.availability_zone,
      'os-extended-volumes:volumes_attached': [],
    };
    this.asked.push(asked);
    this.servers.set(server.id, server);
    this.events.push(`+ ${asked.name}`);
    const boot = (): void => {
      if (this.servers.has(server.id)) {
        this.boot(server, asked);
      }
    };
    setTimeout(boot, this.bootSeconds * 1000).unref();
    return server.id;
  }

  private boot(server: FakeServer, asked: AskedServer): void {
    const [device] = asked.block_device_mapping_v2 ?? [];
    const image = (device?.uuid ?? asked.imageRef) as string;
    const fault = this.broken.get(image);
    server['OS-EXT-STS:task_state'] = null;
    if (fault) {
      Object.assign(server, { status: 'ERROR', fault: { message: fault } });
      return;
    }
    this.onBoot(image);
    let disk = `vms/${server.id}_disk`;
    if (device) {
      const id = randomUUID();
      server['os-extended-volumes:volumes_attached'].push({ id });
      disk = `volumes/volume-${id}`;
    }
    const file = path.join(this.home, 'ceph', asked.availability_zone, disk);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, this.flat.has(image) ? 'a full copy\n' : `${image}\n`);
    if (!this.flat.has(image)) {
      const clone = {
        id: '1',
        pool: path.dirname(disk),
        pool_namespace: '',
        image: path.basename(disk),
        trash: false,
      };
      const children = path.join(this.home, 'ceph', asked.availability_zone, 'children', image);
      fs.mkdirSync(path.dirname(children), { recursive: true });
      fs.writeFileSync(children, JSON.stringify([clone]));
      this.clones.set(server.id, children);
    }
    const [host = null] = Object.keys(this.zones[asked.availability_zone] ?? {});
    Object.assign(server, { status: 'ACTIVE', 'OS-EXT-SRV-ATTR:host': host });
  }

  private remove(server: FakeServer): void {
    if (this.servers.delete(server.id)) {
      fs.rmSync(this.clones.get(server.id) ?? '', { force: true });
      this.events.push(`- ${server.name}`);
    }
  }
}

/** A server as Nova shows it: with its flavor's fields from microversion 2.47 on. */
function shown({ flavor, ...server }: FakeServer, version: unknown): object {
  const { id, name, vcpus = 1, ram = 512, disk = 0, swap = 0, extra_specs = {} } = flavor;
  const ephemeral = flavor['OS-FLV-EXT-DATA:ephemeral'] ?? 0;
  return {
    ...server,
    flavor:
      version === 'compute 2.53'
        ? { original_name: name, vcpus, ram, disk, swap, ephemeral, extra_specs }
        : { id },
  };
}
