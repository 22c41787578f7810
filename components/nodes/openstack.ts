/*
 * With cloudFoundation.ts the only importer of @pulumi/openstack; only labs of this provisioner load it. The faults of its
 * provider are kept away from all other modules here:
 *
 * - A change of a server's ports, user data or scheduler hints replaces the server. So each address has a port of its own,
 *   user data hold the host key alone, and a node is in the server group of its role even where it is the only one.
 * - Another image rebuilds a server in place and wipes its disk: a change of the image is for new servers only.
 * - A server holds its ports, and an address can be allocated once: a replaced resource is deleted before the new one is
 *   created.
 * - Volumes get device letters in the order in which they are attached: they are attached one after another, and the
 *   kit finds disks by the ids of the volumes.
 * - User data are plain text in the state unless they are a secret.
 * - Security groups are on the ports, by id: a server takes groups by name and gives all of them to each of its ports.
 *   The provider never refreshes Port.securityGroupIds; PortSecGroupAssociate is what shows drift.
 */
import * as openstack from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';
import type { Host } from '../../kit/answers';
import { again, verbs } from '../../kit/verbs';
import type { HostAccess } from '../../kit/documents';
import {
  type CloudPlan,
  type NetworkName,
  type CloudSitePlan,
  type NodePlan,
  type ServerNodePlan,
  type SitePlan,
  bringUpFirst,
  rolesOf,
} from '../../model';
import { Component, type ChildOptions } from '../component';
import { PulumiUserError } from '../pulumiUserError';
import { type Undercloud, hostKeyFor } from '../remote';
import { CloudFoundation, serverData } from './cloudFoundation';
import { expectedHosts, hostOutputs, type Provisioner, type SharedCloud } from './nodes';

/** Minutes until every server of a site must be ready: a server of a slow cloud takes up to ten to boot. */
const limitMinutes = 20;

/** The common input of the servers of one site. */
interface SiteServers {
  plan: CloudPlan;
  site: CloudSitePlan;
  shared: SharedCloud;
  networks: SiteNetworks;
  groups: Map<string, openstack.compute.ServerGroup>;
}

/** The ids of a site's networks: those of the lab file, and those that the lab's own stack has made. */
type SiteNetworks = SharedCloud['networks'][string];

/** @throws PulumiUserError that names all networks of the site's nodes that the lab's own stack has not made yet */
function networksOf({ lab }: CloudPlan, site: CloudSitePlan, shared: SharedCloud): SiteNetworks {
  const networks: SiteNetworks = { ...shared.networks[site.name], ...site.openstack.networks };
  const used = new Set(site.nodes.flatMap(({ addresses }) => Object.keys(addresses)));
  const missing = [...used].filter((network) => !networks[network]);
  if (missing.length > 0) {
    throw new PulumiUserError(
      `Stack ${lab}, which this one builds on, has not made networks of ${site.name}: ${missing.join(', ')}: ` +
        bringUpFirst(lab),
    );
  }
  return networks;
}

/**
 * Servers of a cloud. The kit prepares them as hosts for TripleO: an account, the names of the site's nodes, links to the
 * volumes. The identity of a host is its machine-id: a replaced server has another one.
 */
export class OpenstackNodes extends Component<Record<string, pulumi.Output<Host>>> {
  /** @throws PulumiUserError if `shared`, which the lab's own stack made, lacks networks of the site */
  constructor(
    plan: CloudPlan,
    site: CloudSitePlan,
    undercloud: Undercloud,
    shared: SharedCloud,
    options: pulumi.ComponentResourceOptions,
  ) {
    const networks = networksOf(plan, site, shared);
    super('nodes:Openstack', `${site.name}-nodes`, options, (under) => {
      const groups = new Map(
        rolesOf(site.nodes).map((role) => [role, serverGroup(plan.lab, site.name, role, under)]),
      );
      const servers = site.nodes.map(
        (node) => new Server({ plan, site, shared, networks, groups }, node, under),
      );
      const { answer } = undercloud.run(
        `${site.name}-servers`,
        {
          verb: verbs.nodes.prepare,
          update: again(verbs.nodes.prepare),
          document: { ...expectedHosts(site), limitMinutes },
          learned: {
            hosts: pulumi.all(
              Object.fromEntries(servers.map((server) => [server.name, server.access(plan.user)])),
            ),
          },
          limitMinutes,
        },
        under({ dependsOn: servers.flatMap(({ attachments }) => attachments) }),
      );
      return hostOutputs(site, answer);
    });
  }
}

/** One server with its ports and volumes. */
class Server {
  readonly name: string;
  readonly attachments: openstack.compute.VolumeAttach[] = [];
  private readonly server: openstack.compute.Instance;
  private readonly hostKey: pulumi.Output<string>;
  private readonly volumes: [device: string, volume: openstack.blockstorage.Volume][];

  constructor(site: SiteServers, node: ServerNodePlan, under: ChildOptions) {
    this.name = node.name;
    const { plan, shared, groups } = site;
    const { flavor, volumes } = node.server;
    const key = hostKeyFor(`${node.name}-hostkey`, node.name, under());
    this.hostKey = key.publicKey;
    const zone = site.site.openstack.availabilityZone;
    this.server = new openstack.compute.Instance(
      node.name,
      {
        name: node.name,
        imageId: plan.image,
        flavorName: flavor,
        keyPair: shared.keyPair,
        configDrive: true,
        availabilityZone: zone,
        networks: portsOf(site, node, under).map(({ id }) => ({ port: id })),
        schedulerHints: [{ group: (groups.get(node.role) as openstack.compute.ServerGroup).id }],
        userData: serverData(key),
      },
      under({ deleteBeforeReplace: true, ignoreChanges: ['imageId', 'imageName'] }),
    );
    this.volumes = volumes.map(({ name, device, sizeGiB, type }) => [
      device,
      new openstack.blockstorage.Volume(
        name,
        { name, size: sizeGiB, volumeType: type, availabilityZone: zone, description: `OSD of ${node.name}` },
        // On another server the volume must be blank again.
        under({ deleteBeforeReplace: true, replaceWith: [this.server] }),
      ),
    ]);
    volumes.forEach(({ name }, number) => this.attach(name, number, under));
  }

  /** The kit's login on the server, and the ids of its disks. */
  access(user: string): pulumi.Output<HostAccess> {
    const volumes = Object.fromEntries(this.volumes.map(([device, { id }]) => [device, id]));
    return pulumi.output({ instanceId: this.server.id, hostKey: this.hostKey, user, volumes });
  }

  private attach(name: string, number: number, under: ChildOptions): void {
    const [, volume] = this.volumes[number] as (typeof this.volumes)[number];
    const attachment = new openstack.compute.VolumeAttach(
      name,
      { instanceId: this.server.id, volumeId: volume.id },
      under({ deleteBeforeReplace: true, dependsOn: this.attachments.slice(-1) }),
    );
    this.attachments.push(attachment);
  }
}

/** One port for each planned address of a node; the port in ctlplane is the first. */
function portsOf(
  { shared, networks }: SiteServers,
  node: ServerNodePlan,
  under: ChildOptions,
): openstack.networking.Port[] {
  const { virtualAddresses } = node.server;
  return (Object.entries(node.addresses) as [NetworkName, string][]).map(([network, ipAddress]) => {
    const ids = networks[network] as SiteNetworks[string];
    const virtual = virtualAddresses[network];
    const name = `${node.name}-${network}`;
    const port = new openstack.networking.Port(
      name,
      {
        name,
        networkId: ids.network,
        fixedIps: [{ subnetId: ids.subnet, ipAddress }],
        securityGroupIds: shared.securityGroups,
        ...(virtual && { allowedAddressPairs: [{ ipAddress: virtual }] }),
      },
      under({ deleteBeforeReplace: true }),
    );
    new openstack.networking.PortSecGroupAssociate(
      name,
      { portId: port.id, securityGroupIds: shared.securityGroups, enforce: true },
      under({ deletedWith: port }),
    );
    return port;
  });
}

/** Keeps the nodes of a role at a site on different hypervisors, if there are enough of these. */
function serverGroup(
  lab: string,
  site: string,
  role: string,
  under: ChildOptions,
): openstack.compute.ServerGroup {
  return new openstack.compute.ServerGroup(
    `${site}-${role}`,
    { name: `${lab}-${site}-${role}`, policies: ['soft-anti-affinity'] },
    under(),
  );
}

/** Servers of an OpenStack cloud. */
export class Openstack implements Provisioner {
  readonly makesSubnets = false;
  private cloudProvider?: openstack.Provider;

  constructor(private readonly plan: CloudPlan) {}

  foundation(): CloudFoundation {
    return new CloudFoundation(this.plan, this.provider);
  }

  async checkAvailable(servers: NodePlan[] | 'foundation'): Promise<void> {
    // A preview does not show answers of a cloud.
    if (servers.length === 0 || pulumi.runtime.isDryRun()) {
      return;
    }
    const { image, undercloud } = this.plan;
    const missing = await Promise.all(
      servers === 'foundation'
        ? [
            this.missingImages({ image, ...(undercloud && { 'undercloud.image': undercloud.image }) }),
            ...(undercloud ? [this.missingFlavor(undercloud.flavor, 'undercloud.flavor')] : []),
          ]
        : [
            this.missingImages({ image }),
            ...[...new Set(servers.flatMap(({ server }) => server?.flavor ?? []))].map((name) =>
              this.missingFlavor(name, 'flavor'),
            ),
          ],
    );
    const faults = [...new Set(missing.flat())];
    if (faults.length > 0) {
      throw new PulumiUserError(faults.join('\n'));
    }
  }

  provision(
    site: SitePlan,
    undercloud: Undercloud,
    options: pulumi.ComponentResourceOptions,
    shared?: SharedCloud,
  ): OpenstackNodes {
    const { lab, cloud } = this.plan;
    if (!site.openstack) {
      throw new Error(`the nodes of site ${site.name} are not servers of a cloud`);
    }
    if (!shared) {
      throw new PulumiUserError(
        `Stack ${lab}, which this one builds on, has made nothing in cloud ${cloud}: ${bringUpFirst(lab)}`,
      );
    }
    const inCloud = pulumi.mergeOptions(options, { providers: [this.provider] });
    return new OpenstackNodes(this.plan, site, undercloud, shared, inCloud);
  }

  undercloudAccess(): Record<string, never> {
    return {};
  }

  /** The provider reads its credentials from clouds.yaml on each request; no state contains them. */
  private get provider(): openstack.Provider {
    return (this.cloudProvider ??= new openstack.Provider('cloud', { cloud: this.plan.cloud }));
  }

  /** @param images ids by their key in the lab file */
  private async missingImages(images: Record<string, string>): Promise<string[]> {
    const { cloud } = this.plan;
    try {
      const { ids } = await openstack.images.getImageIds({}, { provider: this.provider });
      return Object.entries(images)
        .filter(([, id]) => !ids.includes(id))
        .map(
          ([key, id]) =>
            `glance-dcn:openstack.${key}: cloud ${cloud} has no image ${id} that can be used: write the id of one that ` +
            '`openstack image list` shows as active.',
        );
    } catch (error) {
      return [unanswered(cloud, error as Error)];
    }
  }

  private async missingFlavor(name: string, key: string): Promise<string[]> {
    const { cloud } = this.plan;
    try {
      await openstack.compute.getFlavor({ name }, { provider: this.provider });
      return [];
    } catch (error) {
      return (error as Error).message.includes('no results')
        ? [
            `glance-dcn:openstack.${key}: cloud ${cloud} has no flavor ${name}: write one that \`openstack flavor list\` shows.`,
          ]
        : [unanswered(cloud, error as Error)];
    }
  }
}

/** Why a cloud did not answer, in one sentence: the part of the provider's error that came from the cloud. */
function unanswered(cloud: string, { message }: Error): string {
  const [, reason = message] = /\* (?:Error creating OpenStack \S+ client: )?([^\n]+)/.exec(message) ?? [];
  return (
    `cloud ${cloud} of clouds.yaml: ${reason}: correct its entry (~/.config/openstack/clouds.yaml, or the file that ` +
    'OS_CLIENT_CONFIG_FILE names).'
  );
}
