import type { LabPlan } from '../../../model';
import { type Shape, drawnBy } from '../layout';
import type { Placement } from '../placement';
import { line, picture, text } from '../svg';
import { headTexts, legend, margin } from './head';
import { placeTopology, trunkRoom, wanGap } from './layout';
import { styles } from './style';
import { topologyTitle } from './text';

/** A lab as an SVG picture. */
export function topologySvg(plan: LabPlan, placement: Placement): string {
  const { width, height, top, edges } = placeTopology(plan, placement);
  return picture({ width, height }, styles, `Topology of ${topologyTitle(plan)}`, [
    ...headTexts(plan, placement).map(([content, size, , y]) =>
      text(margin, y, content, size === 20 ? 'heading' : 'subtitle'),
    ),
    ...legend(plan, placement),
    ...wires(top, edges),
    ...drawnBy(top),
    ...edges.flatMap(drawnBy),
  ]);
}

/** The WAN: from the sites at the top down to a line above each row of remote sites, and from that line to each site. */
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
