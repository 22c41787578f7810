/** An edge site and the number of its nodes. */
export interface InitSite {
  name: string;
  nodes: number;
}

/** The first image of a new lab: one that the sandbox serves, one from a URL, or none. */
export type InitImage = { from: 'sandbox' } | { from: 'url'; url: string } | { from: 'nowhere' };

/** What `dcn init` asks about a new lab. */
export interface InitAnswers {
  provisioner: 'sandbox' | 'existing' | 'openstack';
  topology: 'multistore' | 'cache';
  controllers: number;
  /** Hosts with disks for Ceph at the control plane; only of the topology `multistore`. */
  cephNodes: number;
  sites: InitSite[];
  /** The first of six ranges, one for each network; absent: the numbering plan's. */
  firstRange?: string;
  image: InitImage;
}
