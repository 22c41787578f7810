/*
 * Together with cloudFoundation.ts the only importer of @pulumi/openstack; loaded for labs of this provisioner alone. What
 * its provider does badly is kept away from everybody else here:
 *
 * - A change to a server's ports, user data or scheduler hints replaces it. So each has a port of its own for every address,
 *   user data that hold nothing but the host key, and the server group of its role also where it is alone in it.
 * - Another image rebuilds a server in place and wipes its disk: the image is for new servers only.
 * - A server holds its ports, and an address can be had once: what is replaced goes before the new one comes.
 * - Volumes are attached in no order of their own and get letters in the order of their arrival: attachments follow one
 *   another, and the kit finds disks by the ids of the volumes.
 * - User data are plain text in the state unless they are a secret.
 * - Groups are on the ports, by id: a server takes them by name, and each port it has would get them. What a port itself says
 *   of its groups is never read back, so that an association, which is, says it again.
 */
import * as openstack from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import {
  type CloudPlan,
  type NetworkName,
  type CloudSitePlan,
  type NodePlan,
  type ServerNodePlan,
  type SitePlan,
  rolesOf,
} from '../../model';
import { Component, type ChildOptions } from '../component';
import { Refusal } from '../refusal';
import { type Undercloud, hostKeyFor } from '../remote';
import { CloudFoundation, serverData } from './cloudFoundation';
import { type Host, host, lookedFor, type Provisioner, type SharedCloud } from './nodes';

/** Minutes until every server of a site must be fit: one of a slow cloud boots for as long as ten. */
const limitMinutes = 20;

/** What the servers of one site have in common. */
interface SiteServers {
  plan: CloudPlan;
  site: CloudSitePlan;
  shared: SharedCloud;
  groups: Map<string, openstack.compute.ServerGroup>;
}

/**
 * Servers of a cloud. The kit makes them hosts as the existing ones are: an account for TripleO, the names of the site's
 * nodes, links to the volumes. Their identity is the machine-id, which a server that was replaced has not.
 */
export class OpenstackNodes extends Component<Record<string, pulumi.Output<Host>>> {
  /** @param shared what the lab's own stack made. @throws Refusal if that is not all that the site builds on */
  constructor(
    plan: CloudPlan,
    site: CloudSitePlan,
    undercloud: Undercloud,
    shared: SharedCloud,
    options: pulumi.ComponentResourceOptions,
  ) {
    super('nodes:Openstack', `${site.name}-nodes`, options, (under) => {
      const groups = new Map(
        rolesOf(site.nodes).map((role) => [role, serverGroup(plan.lab, site.name, role, under)]),
      );
      const servers = site.nodes.map((node) => new Server({ plan, site, shared, groups }, node, under));
      const { result } = undercloud.run(
        `${site.name}-servers`,
        {
          run: ['nodes', 'prepare'],
          document: { site: site.name, nodes: site.nodes.map(lookedFor), limitMinutes },
          learned: {
            hosts: Object.fromEntries(servers.map((server) => [server.name, server.login(plan.user)])),
          },
          limitMinutes,
          result: z.object({ hosts: z.record(z.string(), host) }),
        },
        under({ dependsOn: servers.flatMap(({ attachments }) => attachments) }),
      );
      return Object.fromEntries(
        site.nodes.map(({ name }) => [name, result.apply(({ hosts }) => hosts[name] as Host)]),
      );
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
        // On another server it would have to be blank again.
        under({ deleteBeforeReplace: true, replaceWith: [this.server] }),
      ),
    ]);
    volumes.forEach(({ name }, number) => this.attach(name, number, under));
  }

  /** What the kit must know of it to enter it and to find its disks. */
  login(user: string): pulumi.Input<object> {
    const volumes = Object.fromEntries(this.volumes.map(([device, { id }]) => [device, id]));
    return { instanceId: this.server.id, hostKey: this.hostKey, user, volumes };
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

/** A port with the address of the plan in each network of a node; that in ctlplane is the server's first. */
function portsOf(
  { plan, site, shared }: SiteServers,
  node: ServerNodePlan,
  under: ChildOptions,
): openstack.networking.Port[] {
  const { virtualAddresses } = node.server;
  return (Object.entries(node.addresses) as [NetworkName, string][]).map(([network, ipAddress]) => {
    const place = site.openstack.networks[network] ?? shared.networks[site.name]?.[network];
    if (!place) {
      throw new Refusal(
        `Stack ${plan.lab}, which this one builds on, has not made the network ${network} of ${site.name}: bring it up ` +
          `again with \`pulumi up -s ${plan.lab}\`.`,
      );
    }
    const virtual = virtualAddresses[network];
    const name = `${node.name}-${network}`;
    const port = new openstack.networking.Port(
      name,
      {
        name,
        networkId: place.network,
        fixedIps: [{ subnetId: place.subnet, ipAddress }],
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

/** Keeps the nodes of a role at a site on different hypervisors, as far as there are enough. */
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
  private made?: openstack.Provider;

  constructor(private readonly plan: CloudPlan) {}

  layFoundation(): CloudFoundation {
    return new CloudFoundation(this.plan, this.provider);
  }

  async refuseMissing(nodes?: NodePlan[]): Promise<void> {
    // What a preview shows needs no cloud that answers.
    if (nodes?.length === 0 || pulumi.runtime.isDryRun()) {
      return;
    }
    const { image, undercloud } = this.plan;
    const flavors = (nodes ?? []).flatMap(({ server }) => server?.flavor ?? []);
    const faults = await Promise.all([
      this.missingImages({
        image,
        ...(!nodes && undercloud && { 'undercloud.image': undercloud.image }),
      }),
      ...[...new Set(flavors)].map((name) => this.missingFlavor(name, 'flavor')),
      ...(nodes || !undercloud ? [] : [this.missingFlavor(undercloud.flavor, 'undercloud.flavor')]),
    ]);
    const told = [...new Set(faults.flat())];
    if (told.length > 0) {
      throw new Refusal(told.join('\n'));
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
      throw new Refusal(
        `Stack ${lab}, which this one builds on, has made nothing in cloud ${cloud}: bring it up again with ` +
          `\`pulumi up -s ${lab}\`.`,
      );
    }
    const inCloud = pulumi.mergeOptions(options, { providers: [this.provider] });
    return new OpenstackNodes(this.plan, site, undercloud, shared, inCloud);
  }

  undercloudAccess(): Record<string, never> {
    return {};
  }

  /** The credentials come from clouds.yaml whenever the provider is asked for something, and are in no state. */
  private get provider(): openstack.Provider {
    return (this.made ??= new openstack.Provider('cloud', { cloud: this.plan.cloud }));
  }

  /** @param images ids by the keys of the lab file that they stand under */
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

/** Why a cloud did not answer, in one sentence: of what the provider says, what it got from the cloud. */
function unanswered(cloud: string, { message }: Error): string {
  const [, said = message] = /\* (?:Error creating OpenStack \S+ client: )?([^\n]+)/.exec(message) ?? [];
  return (
    `cloud ${cloud} of clouds.yaml: ${said}: mend what is there of it (~/.config/openstack/clouds.yaml, or what ` +
    'OS_CLIENT_CONFIG_FILE names).'
  );
}
