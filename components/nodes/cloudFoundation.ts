import * as openstack from '@pulumi/openstack';
import * as pulumi from '@pulumi/pulumi';
import { stringify } from 'yaml';
import {
  type CloudPlan,
  type SubnetPlan,
  type UndercloudServerPlan,
  controlPlane,
  cloudNetworkName,
} from '../../model';
import { Component, type ChildOptions } from '../component';
import { type HostKey, hostKeyFor } from '../remote';
import type { Foundation, SharedCloud } from './nodes';

/** Name of the undercloud's server, where the lab makes it. */
const undercloudName = 'undercloud';

/** A network and its subnet in the cloud: ids. */
type NetworkIds = { network: pulumi.Output<string>; subnet: pulumi.Output<string> };

interface Parts {
  networks: Record<string, Record<string, NetworkIds>>;
  securityGroups: pulumi.Output<string>[];
  undercloud?: Foundation['undercloud'];
}

/**
 * The resources that the sites of a lab share in a cloud: their networks and the router between these, security groups,
 * and the undercloud if it is a server. Networks and groups that exist already by the lab file are not made.
 */
export class CloudFoundation extends Component<Parts> implements Foundation {
  readonly undercloud: Foundation['undercloud'];

  constructor(
    private readonly plan: CloudPlan,
    provider: openstack.Provider,
  ) {
    super('nodes:CloudFoundation', `${plan.lab}-cloud`, { providers: [provider] }, (under) => {
      const routed = plan.networks.length > 0 ? new RoutedNetworks(plan, under) : undefined;
      const securityGroups = plan.securityGroups?.map((id) => pulumi.output(id)) ?? [nodesGroup(plan, under)];
      const networks = routed?.ids ?? {};
      return {
        networks,
        securityGroups,
        ...(plan.undercloud && {
          undercloud: undercloudServer(plan, plan.undercloud, {
            networks,
            links: routed?.links ?? [],
            under,
          }),
        }),
      };
    });
    this.undercloud = this.outputs.undercloud;
  }

  share(undercloudKey: pulumi.Output<string>): pulumi.Output<SharedCloud> {
    const { keyPair, lab } = this.plan;
    const { networks, securityGroups } = this.outputs;
    const name =
      keyPair ??
      new openstack.compute.Keypair(
        `${lab}-undercloud`,
        { name: `${lab}-undercloud`, publicKey: undercloudKey },
        { parent: this },
      ).name;
    return pulumi.output({ keyPair: name, securityGroups, networks });
  }
}

/** The networks that are made for sites, and the router that joins them. */
class RoutedNetworks {
  /** By site and network. */
  readonly ids: Record<string, Record<string, NetworkIds>> = {};
  /** Links of the router to subnets: a floating IP can be associated only after them. */
  readonly links: pulumi.Resource[] = [];
  private readonly router: openstack.networking.Router;

  constructor(
    private readonly plan: CloudPlan,
    private readonly under: ChildOptions,
  ) {
    const { lab, externalNetwork } = plan;
    this.router = new openstack.networking.Router(
      lab,
      { name: lab, externalNetworkId: externalNetwork },
      under(),
    );
    for (const { site, subnets } of plan.networks) {
      this.ids[site] = Object.fromEntries(
        subnets.map((subnet) => [subnet.network, this.network(site, subnet)]),
      );
    }
  }

  /**
   * Only the subnet of ctlplane has a gateway, because a host has one default route. The other subnets have routes to the
   * same network at the other sites. The router is on each subnet that has a gateway.
   */
  private network(site: string, { network, cidr, gateway, pools, routes }: SubnetPlan): NetworkIds {
    const name = cloudNetworkName(this.plan.lab, site, network);
    const logical = `${site}-${network}`;
    const created = new openstack.networking.Network(logical, { name }, this.under());
    const subnet = new openstack.networking.Subnet(
      logical,
      {
        name,
        networkId: created.id,
        cidr,
        ipVersion: 4,
        allocationPools: pools,
        ...(network === 'ctlplane' ? { gatewayIp: gateway } : { noGateway: true }),
      },
      this.under(),
    );
    if (network !== 'ctlplane') {
      for (const [number, { destination, nexthop }] of routes.entries()) {
        new openstack.networking.SubnetRoute(
          number === 0 ? logical : `${logical}-${number}`,
          { subnetId: subnet.id, destinationCidr: destination, nextHop: nexthop },
          this.under(),
        );
      }
    }
    if (gateway !== undefined) {
      this.connect(logical, name, { network: created.id, subnet: subnet.id }, gateway);
    }
    return { network: created.id, subnet: subnet.id };
  }

  /** Puts the router on a subnet, at the gateway's address. */
  private connect(logical: string, name: string, { network, subnet }: NetworkIds, gateway: string): void {
    const port = new openstack.networking.Port(
      `${logical}-gateway`,
      {
        name: `${name}-gateway`,
        networkId: network,
        fixedIps: [{ subnetId: subnet, ipAddress: gateway }],
        noSecurityGroups: true,
      },
      this.under({ deleteBeforeReplace: true }),
    );
    this.links.push(
      new openstack.networking.RouterInterface(
        logical,
        { routerId: this.router.id, portId: port.id },
        this.under({ deleteBeforeReplace: true }),
      ),
    );
  }
}

/** Allows all traffic from the lab's networks: TripleO's firewall rules on the nodes restrict it further. */
function nodesGroup({ lab, ranges }: CloudPlan, under: ChildOptions): pulumi.Output<string> {
  const group = securityGroup(`${lab}-nodes`, `Nodes of lab ${lab}`, under);
  for (const remoteIpPrefix of ranges) {
    new openstack.networking.SecGroupRule(
      `${lab}-nodes-${remoteIpPrefix}`,
      { ...ingress, securityGroupId: group.id, remoteIpPrefix },
      under(),
    );
  }
  return group.id;
}

const ingress = { direction: 'ingress', ethertype: 'IPv4' };

function securityGroup(
  name: string,
  description: string,
  under: ChildOptions,
): openstack.networking.SecGroup {
  return new openstack.networking.SecGroup(name, { name, description }, under());
}

function undercloudServer(
  { lab, externalNetwork, ranges }: CloudPlan,
  { flavor, image, keyPair, ports }: UndercloudServerPlan,
  { networks, links, under }: { networks: Parts['networks']; links: pulumi.Resource[]; under: ChildOptions },
): Foundation['undercloud'] {
  const group = securityGroup(`${lab}-${undercloudName}`, `Undercloud of lab ${lab}`, under);
  const rules = {
    ...Object.fromEntries(ranges.map((remoteIpPrefix) => [remoteIpPrefix, { remoteIpPrefix }])),
    ssh: { protocol: 'tcp', portRangeMin: 22, portRangeMax: 22, remoteIpPrefix: '0.0.0.0/0' },
  };
  for (const [name, rule] of Object.entries(rules)) {
    new openstack.networking.SecGroupRule(
      `${lab}-${undercloudName}-${name}`,
      { ...ingress, securityGroupId: group.id, ...rule },
      under(),
    );
  }
  const serverPorts = ports.map(({ network, address, existing }) => {
    const ids = existing ?? networks[controlPlane]![network]!;
    return new openstack.networking.Port(
      `${undercloudName}-${network}`,
      {
        name: `${lab}-${undercloudName}-${network}`,
        networkId: ids.network,
        fixedIps: [{ subnetId: ids.subnet, ipAddress: address }],
        securityGroupIds: [group.id],
      },
      under({ deleteBeforeReplace: true }),
    );
  });
  const [ctlplane] = serverPorts as [openstack.networking.Port];
  const key = hostKeyFor(`${undercloudName}-hostkey`, undercloudName, under());
  const server = new openstack.compute.Instance(
    undercloudName,
    {
      name: undercloudName,
      imageId: image,
      flavorName: flavor,
      keyPair,
      configDrive: true,
      networks: serverPorts.map(({ id }) => ({ port: id })),
      userData: serverData(key),
    },
    under({ deleteBeforeReplace: true, ignoreChanges: ['imageId', 'imageName'] }),
  );
  if (!externalNetwork) {
    return { host: pulumi.output(ports[0]!.address), hostKey: key.publicKey, ready: [server, ...links] };
  }
  // FloatingIp takes and reads back the pool's name, not its id.
  const pool = openstack.networking
    .getNetworkOutput({ networkId: externalNetwork }, { parent: under().parent })
    .apply(({ name }) => name as string);
  const floating = new openstack.networking.FloatingIp(undercloudName, { pool }, under());
  const association = new openstack.networking.FloatingIpAssociate(
    undercloudName,
    { floatingIp: floating.address, portId: ctlplane.id },
    under({ dependsOn: links }),
  );
  return { host: floating.address, hostKey: key.publicKey, ready: [server, association] };
}

/** cloud-config with a server's host key and nothing else: any change of it would replace the server. */
export function serverData({ privateKey, publicKey }: HostKey): pulumi.Output<string> {
  const text = pulumi.all([privateKey, publicKey]).apply(([privatePart, publicPart]) => {
    const keys = { ed25519_private: privatePart, ed25519_public: publicPart };
    return `#cloud-config\n${stringify({ ssh_keys: keys }, { lineWidth: 0 })}`;
  });
  return pulumi.secret(text);
}
