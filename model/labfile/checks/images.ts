import { nearest } from '../faults';
import { type Finding, labPath } from '../findings';
import type { SitesSeen } from '../read';
import { kindOf, type ResolvedLab } from '../resolve';

/** Checks the sites that images name. */
export function checkImages({ topology, images }: ResolvedLab, { named }: SitesSeen): Finding[] {
  const edges = [...named].filter((name) => kindOf(topology, name) === 'edge');
  return Object.entries(images).flatMap(([image, { sites }]) =>
    sites.flatMap((site, position): Finding[] => {
      const located = { at: labPath('images', image, 'sites', position), value: site };
      if (kindOf(topology, site) !== 'edge') {
        return [
          { ...located, message: 'has every image anyway', remedy: 'Take it out: name edge sites only' },
        ];
      }
      if (named.has(site)) {
        return [];
      }
      const meant = nearest(site, edges);
      const remedy = meant
        ? `Did you mean ${meant}?`
        : `Edge sites of this lab: ${edges.join(', ') || 'none'}`;
      return [{ ...located, message: 'is not a site of this lab', remedy }];
    }),
  );
}
