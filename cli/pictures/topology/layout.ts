import { type LabPlan, isRemote } from '../../../model';
import { type Shape, row } from '../layout';
import type { Placement } from '../placement';
import { textWidth } from '../svg';
import { headTexts, legendWidth, margin } from './head';
import { siteCard } from './siteCard';

/** Room at the left for the WAN line that joins several rows. */
export const trunkRoom = 26;
const gap = 24;
/** Room above each row for its WAN line. */
export const wanGap = 58;
const headHeight = 96;

/** Positions: the sites of the central location at the top, the rows of remote sites below them. */
export interface TopologyLayout {
  width: number;
  height: number;
  top: Shape;
  edges: Shape[];
}

/** Places the sites of a lab: remote sites in rows of equal cards below the others. */
export function placeTopology(plan: LabPlan, placement: Placement): TopologyLayout {
  const centers = plan.sites.filter((each) => !isRemote(each));
  const edges = plan.sites.filter(isRemote);
  const top = row(
    centers.map((center) => siteCard(center, placement, centers.length === 1)),
    gap,
  );
  const cards = edges.map((edge) => siteCard(edge, placement, false));
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
