import type { LabPlan } from '../../../model';
import { type PlacedImage, type Placement, sourceText } from '../placement';
import { text, textWidth } from '../svg';
import { disc, kindOf, kinds, square, states } from './style';
import { topologyTitle } from './text';

/** Margin of the picture, in pixels. */
export const margin = 28;

/** The picture's heading and subtitle: text, font size, bold or not, base line. */
export function headTexts(plan: LabPlan, placement: Placement): [string, number, boolean, number][] {
  return [
    [`Lab ${plan.lab}`, 20, true, margin + 14],
    [
      `${topologyTitle(plan).slice(`lab ${plan.lab}, `.length)} · ${sourceText(placement)}`,
      12,
      false,
      margin + 34,
    ],
  ];
}

/** The kinds of nodes and the states of images in the picture. */
function legendEntries(
  plan: LabPlan,
  placement: Placement,
): { label: string; draw: (x: number, y: number) => string }[] {
  const nodes = new Set(plan.sites.flatMap((each) => each.nodes.map((node) => kindOf(each, node))));
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

/** Width of the legend. */
export function legendWidth(plan: LabPlan, placement: Placement): number {
  return legendEntries(plan, placement).reduce(
    (sum, { label }) => sum + legendIndent + textWidth(label, 11) + legendGap,
    0,
  );
}

/** The legend, drawn. */
export function legend(plan: LabPlan, placement: Placement): string[] {
  let x = margin;
  return legendEntries(plan, placement).flatMap(({ label, draw }) => {
    const drawn = [draw(x, margin + 50), text(x + legendIndent, margin + 54, label, 'detail')];
    x += legendIndent + textWidth(label, 11) + legendGap;
    return drawn;
  });
}
