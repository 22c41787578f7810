import { type LabPlan, type NodePlan, type SitePlan, isRemote, roleOf } from '../../model';
import { type Part, type Shape, type TextStyle, column, drawnBy, framed, labelled, row } from './layout';
import type { PlacedImage, Placement } from './placement';
import { element, line, picture, rect, text, textWidth } from './svg';

/** A lab as a tree of text: sites, their networks, nodes with roles, cluster, store, caches, and the images in these. */
export function topologyText(plan: LabPlan, placement: Placement): string {
  const lines = plan.sites.flatMap((site, index) =>
    branch(siteTree(site, placement), index === plan.sites.length - 1),
  );
  return [title(plan), placement.source, ...lines].join('\n');
}

interface Tree {
  label: string;
  below: Tree[];
}

function siteTree(site: SitePlan, placement: Placement): Tree {
  const leaf = (label: string): Tree => ({ label, below: [] });
  const leaves = (images: PlacedImage[] = []): Tree[] =>
    images.map(({ name, state }) =>
      leaf(state === 'there' || state === 'wanted' ? name : `${name} (${state})`),
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
        below: site.subnets.map(({ network, cidr }) => leaf(`${network.padEnd(networks)}  ${cidr}`)),
      },
      { label: 'nodes', below: site.nodes.map(({ name, role }) => leaf(`${name.padEnd(names)}  ${role}`)) },
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

function title({ lab, undercloud }: LabPlan): string {
  return `lab ${lab}, undercloud ${undercloud.user}@${undercloud.host}:${undercloud.port}`;
}

function cacheSize({ limitBytes }: NonNullable<SitePlan['cache']>): string {
  return `${limitBytes / 2 ** 20} MiB`;
}

// -- the picture

const kinds = {
  controller: { label: 'controller', colour: '#6a4c93' },
  storage: { label: 'Ceph storage', colour: '#c8641b' },
  compute: { label: 'compute', colour: '#2f6fa8' },
  converged: { label: 'compute and Ceph', colour: '#1b8573' },
};

function kindOf({ role }: NodePlan): keyof typeof kinds {
  const { osd, compute } = roleOf(role);
  if (compute) {
    return osd ? 'converged' : 'compute';
  }
  return osd ? 'storage' : 'controller';
}

const styles = {
  heading: 'font-size:20px;font-weight:600;fill:#1f2933',
  subtitle: 'font-size:12px;fill:#52606d',
  site: 'font-size:15px;font-weight:600;fill:#1f2933',
  section: 'font-size:11px;font-weight:600;fill:#7b8794',
  name: 'font-size:12px;fill:#1f2933',
  detail: 'font-size:11px;fill:#52606d',
  card: 'fill:#f7f9fb;stroke:#9aa5b1;stroke-width:1.2',
  host: 'fill:#ffffff;stroke:#d3dae1;stroke-width:1',
  cluster: 'fill:#fdf1e6;stroke:#dfa878;stroke-width:1',
  store: 'fill:#ffffff;stroke:#dfa878;stroke-width:1',
  wan: 'stroke:#7b8794;stroke-width:2;stroke-dasharray:7 4',
  wanted: 'fill:#ffffff;stroke:#2f6fa8;stroke-width:1.6',
  there: 'fill:#2e8b57',
  coming: 'fill:#e0a100',
  failed: 'fill:#c0392b',
  missing: 'fill:#ffffff;stroke:#c0392b;stroke-width:1.6',
  ...Object.fromEntries(Object.entries(kinds).map(([kind, { colour }]) => [kind, `fill:${colour}`])),
};
const site: TextStyle = { style: 'site', size: 15, bold: true };
const section: TextStyle = { style: 'section', size: 11, bold: true };
const name: TextStyle = { style: 'name', size: 12 };
const detail: TextStyle = { style: 'detail', size: 11 };

const states: Record<PlacedImage['state'], { style: string; label: string }> = {
  wanted: { style: 'wanted', label: 'image, wanted' },
  there: { style: 'there', label: 'image, there' },
  'on its way': { style: 'coming', label: 'on its way' },
  failed: { style: 'failed', label: 'failed' },
  missing: { style: 'missing', label: 'missing' },
};

function square(style: string): (x: number, middle: number) => string {
  return (x, middle) => rect({ x, y: middle - 5, width: 10, height: 10 }, style, 2);
}

function disc(style: string): (x: number, middle: number) => string {
  return (x, middle) => element('circle', { cx: x + 6, cy: middle, r: 4.5, class: style });
}

function nodesPart({ nodes }: SitePlan): Part {
  return column(
    [
      labelled(['NODES', section], undefined, 16),
      ...nodes.map((node) =>
        framed(labelled([node.name, name], [node.role, detail], 16, square(kindOf(node))), 'host', 5, 4),
      ),
    ],
    4,
  );
}

function networksPart({ subnets }: SitePlan): Part {
  return column(
    [
      labelled(['NETWORKS', section], undefined, 16),
      ...subnets.map(({ network, cidr }) => labelled([network, name], [cidr, detail], 17)),
    ],
    1,
  );
}

/** A store or a cache, and the images in it. */
function imagesPart(heading: string, images: PlacedImage[] = []): Part {
  return framed(
    column(
      [
        labelled([heading, name], undefined, 16),
        ...images.map(({ name: image, state }) =>
          labelled(
            [image, name],
            state === 'there' || state === 'wanted' ? undefined : [state, detail],
            17,
            disc(states[state].style),
          ),
        ),
      ],
      2,
    ),
    'store',
    8,
    4,
  );
}

function storagePart({ cluster, store, cache }: SitePlan, placement: Placement): Part | undefined {
  const storePart = store && imagesPart(`Glance store ${store.id}`, placement.at[store.id]);
  const inner = cluster
    ? framed(
        column(
          [
            labelled([`Ceph cluster ${cluster.name}`, name], undefined, 16),
            labelled([`pools ${cluster.pools.join(', ')}`, detail], undefined, 15),
            ...(storePart ? [storePart] : []),
          ],
          4,
        ),
        'cluster',
        9,
      )
    : storePart;
  const caches = cache
    ? cache.nodes.map((node) => imagesPart(`Cache of ${node}, ${cacheSize(cache)}`, placement.cached[node]))
    : [];
  const parts = [...(inner ? [inner] : []), ...caches];
  return parts.length > 0 ? column([labelled(['STORAGE', section], undefined, 16), ...parts], 4) : undefined;
}

/** A site: its parts side by side (`wide`) or one below the other. */
function sitePart(plan: SitePlan, placement: Placement, wide: boolean): Part {
  const storage = storagePart(plan, placement);
  const parts = [nodesPart(plan), networksPart(plan), ...(storage ? [storage] : [])];
  const head = labelled([plan.name, site], plan.kind === plan.name ? undefined : [plan.kind, detail], 20);
  return framed(column([head, wide ? row(parts, 28) : column(parts, 10)], 8), 'card', 14, 10);
}

const margin = 28;
const trunkRoom = 26;
const gap = 24;
const wanGap = 58;
const headHeight = 96;

/** Where everything is: the sites in the central place at the top, and the rows of those beyond the WAN below them. */
export interface TopologyLayout {
  width: number;
  height: number;
  top: Shape;
  edges: Shape[];
}

/** Places the sites of a lab: those beyond the WAN in rows of equal cards below the others. */
export function placeTopology(plan: LabPlan, placement: Placement): TopologyLayout {
  const centers = plan.sites.filter((each) => !isRemote(each));
  const edges = plan.sites.filter(isRemote);
  const top = row(
    centers.map((center) => sitePart(center, placement, centers.length === 1)),
    gap,
  );
  const cards = edges.map((edge) => sitePart(edge, placement, false));
  const inRow = cards.length <= 4 ? Math.max(1, cards.length) : Math.ceil(Math.sqrt(cards.length * 1.3));
  const rows = Array.from({ length: Math.ceil(cards.length / inRow) }, (_, index) =>
    cards.slice(index * inRow, (index + 1) * inRow),
  );
  const narrowest = Math.max(0, ...cards.map(({ width }) => width));
  const headWidth = Math.max(
    legendWidth(plan, placement),
    ...headTexts(plan, placement).map(([content, size, bold]) => textWidth(content, size, bold)),
  );
  const left = margin + (rows.length > 1 ? trunkRoom : 0);
  const inner = Math.max(top.width, inRow * (narrowest + gap) - gap, headWidth);
  const cardWidth = (inner + gap) / inRow - gap;
  const topWidth = Math.min(inner, top.width * 1.25);
  let y = headHeight + top.height;
  const placed = rows.map((parts) => {
    const part = row(
      parts.map((card) => ({ ...card, width: cardWidth })),
      gap,
    );
    const shape = part.place({ x: left, y: y + wanGap, width: part.width, height: part.height });
    y += wanGap + part.height;
    return shape;
  });
  return {
    width: left + inner + margin,
    height: y + margin,
    top: top.place({ x: left + (inner - topWidth) / 2, y: headHeight, width: topWidth, height: top.height }),
    edges: placed,
  };
}

/** A lab as an SVG picture. */
export function topologySvg(plan: LabPlan, placement: Placement): string {
  const { width, height, top, edges } = placeTopology(plan, placement);
  return picture({ width, height }, styles, `Topology of ${title(plan)}`, [
    ...headTexts(plan, placement).map(([content, size, , y]) =>
      text(margin, y, content, size === 20 ? 'heading' : 'subtitle'),
    ),
    ...legend(plan, placement),
    ...wires(top, edges),
    ...drawnBy(top),
    ...edges.flatMap(drawnBy),
  ]);
}

function headTexts(plan: LabPlan, placement: Placement): [string, number, boolean, number][] {
  return [
    [`Lab ${plan.lab}`, 20, true, margin + 14],
    [`${title(plan).slice(`lab ${plan.lab}, `.length)} · ${placement.source}`, 12, false, margin + 34],
  ];
}

/** Roles and image states that the picture has. */
function legendEntries(
  plan: LabPlan,
  placement: Placement,
): { label: string; draw: (x: number, y: number) => string }[] {
  const nodes = new Set(plan.sites.flatMap((each) => each.nodes.map(kindOf)));
  const images = new Set(
    [...Object.values(placement.at), ...Object.values(placement.cached)].flat().map(({ state }) => state),
  );
  return [
    ...Object.entries(kinds)
      .filter(([kind]) => nodes.has(kind as keyof typeof kinds))
      .map(([kind, { label }]) => ({ label, draw: square(kind) })),
    ...Object.entries(states)
      .filter(([state]) => images.has(state as PlacedImage['state']))
      .map(([, { style, label }]) => ({ label, draw: disc(style) })),
  ];
}

const legendGap = 22;
const legendIndent = 16;

function legendWidth(plan: LabPlan, placement: Placement): number {
  return legendEntries(plan, placement).reduce(
    (sum, { label }) => sum + legendIndent + textWidth(label, 11) + legendGap,
    0,
  );
}

function legend(plan: LabPlan, placement: Placement): string[] {
  let x = margin;
  return legendEntries(plan, placement).flatMap(({ label, draw }) => {
    const drawn = [draw(x, margin + 50), text(x + legendIndent, margin + 54, label, 'detail')];
    x += legendIndent + textWidth(label, 11) + legendGap;
    return drawn;
  });
}

/** The WAN: from the sites at the top down to a line above each row of edge sites, and from there to each. */
function wires(top: Shape, rows: Shape[]): string[] {
  const [first] = rows;
  if (!first) {
    return [];
  }
  const middle = ({ box }: Shape): number => box.x + box.width / 2;
  const lines = rows.map(({ box }) => box.y - wanGap / 2);
  const trunk = margin + trunkRoom / 2;
  const centers = top.inside.map(middle);
  const [firstLine, lastLine] = [lines[0] as number, lines.at(-1) as number];
  return [
    ...top.inside.map((center) =>
      line(middle(center), center.box.y + center.box.height, middle(center), firstLine, 'wan'),
    ),
    text((centers[0] ?? 0) + 12, firstLine - 9, 'WAN, routed between the sites', 'detail'),
    ...(rows.length > 1 ? [line(trunk, firstLine, trunk, lastLine, 'wan')] : []),
    ...rows.flatMap((row, index) => {
      const y = lines[index] as number;
      const drops = row.inside.map(middle);
      const ends = [...drops, ...(rows.length > 1 ? [trunk] : []), ...(index === 0 ? centers : [])];
      return [
        line(Math.min(...ends), y, Math.max(...ends), y, 'wan'),
        ...row.inside.map((edge) => line(middle(edge), y, middle(edge), edge.box.y, 'wan')),
      ];
    }),
  ];
}
