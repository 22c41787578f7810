import { type LabPlan, type SitePlan, segmentsOf } from '../../../model';
import { type PlacedImage, type Placement, sourceText } from '../placement';

/** A lab as a tree of text: its sites with networks, nodes, roles, cluster, store, caches and images. */
export function topologyText(plan: LabPlan, placement: Placement): string {
  const lines = plan.sites.flatMap((site, index) =>
    branch(siteTree(site, placement), index === plan.sites.length - 1),
  );
  return [topologyTitle(plan), sourceText(placement), ...lines].join('\n');
}

interface Tree {
  label: string;
  below: Tree[];
}

const inRack = (rack?: string): string => (rack === undefined ? '' : `  rack ${rack}`);

function siteTree(site: SitePlan, placement: Placement): Tree {
  const leaf = (label: string): Tree => ({ label, below: [] });
  const leaves = (images: PlacedImage[] = []): Tree[] =>
    images.map(({ name, state }) =>
      leaf(state === 'present' || state === 'wanted' ? name : `${name} (${state})`),
    );
  const names = Math.max(0, ...site.nodes.map(({ name }) => name.length));
  const networks = Math.max(0, ...site.subnets.map(({ network }) => network.length));
  const store = site.store && {
    label: `store ${site.store.id}`,
    below: leaves(placement.at[site.store.id]),
  };
  const caches = site.cache && {
    label: `caches of ${cacheSize(site.cache)}`,
    below: site.cache.nodes.map((node) => ({ label: node, below: leaves(placement.cached[node]) })),
  };
  return {
    label: site.kind === site.name ? site.name : `${site.name} (${site.kind})`,
    below: [
      {
        label: 'networks',
        below: segmentsOf(site).flatMap(({ rack, subnets }) =>
          subnets.map(({ network, cidr }) => leaf(`${network.padEnd(networks)}  ${cidr}${inRack(rack)}`)),
        ),
      },
      {
        label: 'nodes',
        below: site.nodes.map(({ name, role, rack }) =>
          leaf(`${name.padEnd(names)}  ${role}${inRack(rack)}`),
        ),
      },
      ...(site.cluster
        ? [{ label: clusterLine(site.cluster), below: store ? [store] : [] }]
        : store
          ? [store]
          : []),
      ...(caches ? [caches] : []),
    ],
  };
}

function clusterLine({ name, pools }: NonNullable<SitePlan['cluster']>): string {
  return `Ceph cluster ${name}, pools ${pools.join(', ')}`;
}

function branch({ label, below }: Tree, isLast: boolean): string[] {
  return [
    `${isLast ? '└─' : '├─'} ${label}`,
    ...below
      .flatMap((tree, index) => branch(tree, index === below.length - 1))
      .map((text) => `${isLast ? '  ' : '│ '} ${text}`),
  ];
}

/** The lab and its undercloud, in one line. */
export function topologyTitle({ lab, undercloud }: LabPlan): string {
  return `lab ${lab}, undercloud ${undercloud.user}@${undercloud.host}:${undercloud.port}`;
}

/** The size of one cache of a site. */
export function cacheSize({ limitBytes }: NonNullable<SitePlan['cache']>): string {
  return `${limitBytes / 2 ** 20} MiB`;
}
