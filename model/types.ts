import type { ImagePlan } from './images';
import type { Role } from './roles';
import type { NetworkName, SiteKind, StepName } from './names';

export type { NetworkName, SiteKind, StepName, VerbName } from './names';

/** The plan of a whole lab, as values that can be printed. */
export interface LabPlan {
  lab: string;
  undercloud: UndercloudPlan;
  sites: SitePlan[];
  images: ImagePlan[];
}

/** How to reach the host that runs `openstack overcloud …`, and the lab's directory on it. */
export interface UndercloudPlan {
  host: string;
  port: number;
  user: string;
  /** Home directory of `user` on the undercloud. */
  home: string;
  /** Public host key as `ssh-ed25519 AAAA…`; absent: the provisioner knows it (sandbox). */
  hostKey?: string;
  /** File on the operator's machine; absent: the provisioner knows it (sandbox). */
  privateKeyFile?: string;
  bastion?: { host: string; port: number; user: string; hostKey?: string };
  /** Lab directory on the undercloud; all relative paths of a plan are below it. */
  directory: string;
}

/** One TripleO stack with its nodes, and the commands that bring it up. */
export type SitePlan = HostSitePlan | CloudSitePlan;

/** A site of hosts of the sandbox, or of existing hosts. */
export interface HostSitePlan extends SitePlanBase {
  openstack?: undefined;
}

/** A site of servers of an OpenStack cloud. */
export interface CloudSitePlan extends SitePlanBase {
  nodes: ServerNodePlan[];
  openstack: SiteCloudPlan;
}

/** The part of a site that is the same for all provisioners. */
export interface SitePlanBase {
  name: string;
  kind: SiteKind;
  /** Name of its TripleO stack. */
  stack: string;
  nodes: NodePlan[];
  /** The site's own subnets, without those of its racks and the control plane's. */
  subnets: SiteSubnetPlan[];
  /** The lab's own roles that its nodes have; absent: they have TripleO's alone. */
  ownRoles?: Role[];
  /** Racks with subnets of their own; absent: all nodes are in the site's own subnets. */
  racks?: RackPlan[];
  /** Networks and subnets that the site's first step must leave as they are; absent: the lab makes all. */
  existing?: ExistingNetworksPlan;
  /** Control plane only: TLS of its public end points; absent: they are plain http. */
  publicTls?: PublicTlsPlan;
  /** Environment files of the operator on the undercloud; absent: none. */
  environments?: string[];
  /** The site's own Ceph cluster; absent: it has none, or is a client of another site's. */
  cluster?: { name: string; pools: string[] };
  /** The store that the site adds to the control plane's Glance, or the control plane's own. */
  store?: StorePlan;
  /** Topology `cache`, edge sites: the nodes that run a glance-api, and the bytes of images that each keeps. */
  cache?: { nodes: string[]; limitBytes: number };
  /** Where servers of the site run, and the Ceph cluster with their disks; absent: it has no computes. */
  servers?: { zone: string; ceph?: ClusterPlan };
  /** Domain that `hostname` may print after the name on the hosts; absent: they have short names. */
  hostDomain?: string;
  /** Time servers that TripleO sets on the hosts; absent: the hosts have a time service already. */
  ntpServers?: string[];
  /** In an order in which they can run one after another. */
  steps: StepPlan[];
}

/** TLS of the public end points, as clients on the undercloud meet it. */
export interface PublicTlsPlan {
  /** PEM text, with the certificates between it and the CA. */
  certificate: string;
  /** PEM text; absent: the undercloud's system trusts the CA already. */
  ca?: string;
  /** Path on the undercloud. */
  key: string;
  /** DNS name of the end points; absent: clients ask the address. */
  name?: string;
  /** Virtual address of the end points. */
  address: string;
}

/** Ids of a network that existed in the cloud before the lab, and of its subnet with a site's range. */
export interface ExistingNetwork {
  network: string;
  subnet: string;
}

/** What is in the undercloud's Neutron before the lab, and stays there. */
export interface ExistingNetworksPlan {
  networks: ExistingNetworkPlan[];
  /** The subnets of networks that exist with theirs: those of the control plane and of the site. */
  subnets: ExistingSubnetPlan[];
}

/** A network of Neutron that the lab uses and neither changes nor removes. */
export interface ExistingNetworkPlan {
  network: NetworkName;
  /** Neutron's name of the network. */
  name: string;
  /** `network`: the lab makes its subnets in the network; `subnets`: these exist, too. */
  existing: 'network' | 'subnets';
  /** TripleO's name of the network, such as InternalApi. */
  tripleoName: string;
  mtu: number;
  /** With the final dot; absent: TripleO's name of the network and the domain of ctlplane. */
  dnsDomain?: string;
  /** All tags of the network. */
  tags: string[];
}

/** A subnet that the lab uses and neither changes nor removes. */
export type ExistingSubnetPlan = SubnetPlan & { site: string; rack?: string };

/** A site's part of a cloud. */
export interface SiteCloudPlan {
  /** Availability zone of servers and volumes; absent: the cloud's default. */
  availabilityZone?: string;
  /** Networks that existed before the lab; the lab's stack makes the others. */
  networks: Partial<Record<NetworkName, ExistingNetwork>>;
}

/** A node as a server of a cloud. */
export interface ServerPlan {
  /** Name of the flavor. */
  flavor: string;
  /** Its OSD disks, in the order in which they are attached. */
  volumes: VolumePlan[];
  /** Virtual addresses of the control plane's services that the node may hold, by network. */
  virtualAddresses: Partial<Record<NetworkName, string>>;
}

/** A volume of a server. */
export interface VolumePlan {
  /** Name of the volume in the cloud. */
  name: string;
  /** Link on the node that leads to it. */
  device: string;
  sizeGiB: number;
  /** Volume type; absent: the cloud's default. */
  type?: string;
}

/** The resources that the sites of a lab share in an OpenStack cloud. */
export interface CloudPlan {
  /** Name in clouds.yaml. */
  cloud: string;
  lab: string;
  /** Id of the servers' image. */
  image: string;
  /** Account that the image's cloud-init makes. */
  user: string;
  /** Key pair of the undercloud that exists already; absent: one is made. */
  keyPair?: string;
  /** Ids of security groups that exist already; absent: one is made that allows traffic from `ranges`. */
  securityGroups?: string[];
  ranges: string[];
  /** Id of the network that the router leads to. */
  externalNetwork?: string;
  /** Subnets to be made, each in a network of its own, by site; without sites that need none. */
  networks: { site: string; subnets: SubnetPlan[] }[];
  /** The undercloud as a server. */
  undercloud?: UndercloudServerPlan;
}

/** An undercloud that is a server of the cloud. */
export interface UndercloudServerPlan {
  /** Name of the flavor. */
  flavor: string;
  /** Id of the image. */
  image: string;
  /** Name of the operator's key pair for it. */
  keyPair: string;
  /**
   * Its addresses on the control plane's networks: ctlplane, and external for the public endpoints. Through a router, answers
   * would leave by another port of the controllers than requests arrive at, and Neutron would drop them.
   */
  ports: { network: NetworkName; address: string; existing?: ExistingNetwork }[];
}

/** A Ceph cluster, and how the kit reaches it. */
export type ClusterPlan = {
  cluster: string;
  /** Names of the pools of Glance, Nova and Cinder that differ from images, vms and volumes; absent: none do. */
  poolNames?: Partial<Record<'images' | 'vms' | 'volumes', string>>;
  /** User of the cluster's clients, without `client.`; absent: TripleO's default. */
  clientUser?: string;
} & ClusterAccess;

/**
 * How the kit reaches a Ceph cluster. `node`: a node of a site, which has the cluster's admin keyring. `client`: the
 * undercloud is itself a client of the cluster, with these files below the lab directory.
 */
export type ClusterAccess =
  | { node: { site: string; name: string; address: string }; client?: undefined }
  | { client: { user: string; conf: string; keyring: string }; node?: undefined };

/** A Glance store: RBD pools of a Ceph cluster, or the control plane's Swift. Only the former has a cluster. */
export type StorePlan = RbdStorePlan | SwiftStorePlan;

/** A Glance store in a Ceph cluster. */
export type RbdStorePlan = { id: string; description: string; pools: string[] } & ClusterPlan;

/** The Glance store in the control plane's Swift. */
export interface SwiftStorePlan {
  id: string;
  description: string;
  cluster?: undefined;
}

/** One host of a site. */
export type NodePlan = HostNodePlan | ServerNodePlan;

/** A host of the sandbox, or an existing host. */
export type HostNodePlan = SandboxNodePlan | ExistingNodePlan;

/** A host of the sandbox. */
export interface SandboxNodePlan extends NodePlanBase {
  login?: undefined;
  server?: undefined;
}

/** A host that existed before the lab. */
export interface ExistingNodePlan extends NodePlanBase {
  login: NodeLogin;
  server?: undefined;
}

/** A server of an OpenStack cloud. */
export interface ServerNodePlan extends NodePlanBase {
  server: ServerPlan;
  login?: undefined;
}

/** The part of a node that is the same for all provisioners. */
export interface NodePlanBase {
  name: string;
  /** TripleO role name. */
  role: string;
  /** Name of its rack; absent: it is in the site's own subnets. */
  rack?: string;
  /** One address for each network of the role. */
  addresses: NodeAddresses;
  /** NIC template with which `node provision` configures its interfaces. Absent: it has its interfaces and addresses already. */
  nicTemplate?: NicTemplatePlan;
  /** Block devices that become OSDs; empty for roles without an OSD. */
  osdDevices: OsdDevices;
}

/** A NIC template, and what `node provision` has to give it. */
export interface NicTemplatePlan {
  /** Absolute path on the undercloud, or relative to tripleo-ansible's role tripleo_network_config. */
  path: string;
  /** Options of the bonds that a template of TripleO's makes. */
  bondOptions?: string;
}

/** Block devices that become OSDs; `all`: every blank disk that the host has; a drive group: what cephadm takes by it. */
export type OsdDevices = string[] | 'all' | DriveGroup;

/** A specification of OSDs (ceph python-common drive_group.py), without the hosts that it is for. */
export interface DriveGroup {
  data_devices: { all: true; limit?: number } | DeviceSelection;
  db_devices?: DeviceSelection;
  wal_devices?: DeviceSelection;
  /** Bytes, or a text such as 60G; so is `block_wal_size`. */
  block_db_size?: number | string;
  block_wal_size?: number | string;
  osds_per_device?: number;
  encrypted?: boolean;
  crush_device_class?: string;
  /** Whether a disk must match all filters, as by default, or one. */
  filter_logic?: 'AND' | 'OR';
}

/** Disks of a host: by their paths, or by what they are. */
export type DeviceSelection = { paths: string[] } | DeviceFilters;

/** The properties that disks must have, at least one, and how many disks of a host are taken. */
export interface DeviceFilters {
  rotational?: boolean;
  /** LOW:HIGH, LOW:, :HIGH or one size. */
  size?: string;
  /** Part of the name. */
  model?: string;
  vendor?: string;
  limit?: number;
}

/** Addresses of a node by network. */
export type NodeAddresses = { ctlplane: string } & Partial<Record<NetworkName, string>>;

/** How the undercloud logs in to a host that existed before the lab. */
export interface NodeLogin {
  /** Account that accepts the undercloud's key, with sudo. */
  user: string;
  /** Public SSH host key, `ssh-ed25519 AAAA…`. */
  hostKey: string;
}

/** A network's subnet at one site, or in one of its racks. */
export interface SubnetPlan {
  network: NetworkName;
  /** Neutron's name of the network; absent: TripleO's own. */
  networkName?: string;
  /** Neutron's name of the subnet. */
  name: string;
  cidr: string;
  /** Absent: no router is on the subnet. */
  gateway?: string;
  /** VLAN id on the hosts' interfaces; absent: the subnet is not on a VLAN. */
  vlan?: number;
  /** Neutron's allocation pools, from `start` to `end` inclusive. */
  pools: { start: string; end: string }[];
  routes: { destination: string; nexthop: string }[];
}

/** A site's own subnet of a network. */
export interface SiteSubnetPlan extends SubnetPlan {
  /** Virtual address of the site's services, if they have one on this network. */
  vip: string;
}

/** A rack of a site: hosts in subnets of their own (TripleO: a leaf), which routers join to the site's other subnets. */
export interface RackPlan {
  name: string;
  /** One for each network of its nodes' roles. */
  subnets: SubnetPlan[];
}

/** One TripleO verb of a site, with its commands and files. */
export interface StepPlan {
  name: StepName;
  /** Argument lists in order; paths on the undercloud are absolute. */
  commands: string[][];
  /** Path relative to the lab directory -> text. Never holds a secret. */
  files: Record<string, string>;
  /** Steps of the same site that must succeed before; their content is part of this step's revision. */
  needs: StepName[];
  /** Files that another *site* made and that this step reads, relative to the lab directory. */
  inputs: string[];
  /** Files that the commands write, relative to the lab directory. */
  results: string[];
  /** Control plane only: files that are composed on the undercloud from the registered stores before each run. */
  fragments?: { stores: string; ceph: string };
  /**
   * Only one step with the same lock runs at a time on an undercloud. `heat`: TripleO's single ephemeral Heat (tripleoclient
   * heat_launcher.py). `network`: network provision makes a network if it finds none of that name
   * (tripleo_composable_network.py), so two runs at once would make it twice. `registry`: two runs at once would write the same
   * layers (tripleo-common image_export.py).
   */
  lock?: 'heat' | 'network' | 'registry';
  limitMinutes: number;
  /** Argument lists that undo the step, in order. */
  teardown: string[][];
}
