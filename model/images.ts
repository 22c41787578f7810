/** The source of an image's bytes. */
export type ImageSource =
  { file: string } | { url: string; sha256?: string } | { generated: { sizeMiB: number; seed: string } };

/** What Glance keeps about an image beside its data, under Glance's own names (Image API v2.12); absent: the lab sets none. */
export interface ImageSettings {
  visibility?: 'public' | 'private' | 'shared' | 'community';
  /** Names or ids of projects. */
  members?: string[];
  /** Name or id of a project. */
  owner?: string;
  protected?: boolean;
  os_hidden?: boolean;
  /** GiB. */
  min_disk?: number;
  /** MiB. */
  min_ram?: number;
  tags?: string[];
  properties?: Record<string, string>;
}

/** The direct way of an image's copies, from Ceph cluster to Ceph cluster; its limits are in Mbit/s. */
export interface DirectCopy {
  direct: {
    /** To each store. */
    rateMbit?: number;
    /** To all stores together. */
    rateInAllMbit?: number;
  };
}

/** An image and the sites, stores and caches that must have it. */
export interface ImagePlan {
  name: string;
  source: ImageSource;
  /** Format of the source; in Ceph an image is always raw, because only raw images can be cloned. */
  diskFormat: 'raw' | 'qcow2';
  /** Topology `cache`: keeps the source's format, which takes less of the WAN and of the caches; Swift has no clones. */
  keepFormat?: true;
  /** Edge sites that must have it. */
  sites: string[];
  /** Ids of the stores that must have it: the control plane's first, then those of `sites`. */
  stores: string[];
  /** How it comes into the stores of `sites`; absent: by Glance's own copy-image. */
  copy?: DirectCopy;
  /** Topology `cache`: sites whose caches must have it, on each node with a cache. */
  caches?: string[];
  /** Absent: the lab file has no setting of it. */
  settings?: ImageSettings;
}
