import { type NodePlan, roleAt, type SitePlan } from '../../../model';
import type { TextStyle } from '../layout';
import type { PlacedImage } from '../placement';
import { element, rect } from '../svg';

/** Kinds of node, by what runs on them. */
export const kinds = {
  controller: { label: 'controller', colour: '#6a4c93' },
  storage: { label: 'Ceph storage', colour: '#c8641b' },
  compute: { label: 'compute', colour: '#2f6fa8' },
  converged: { label: 'compute and Ceph', colour: '#1b8573' },
};

export function kindOf(site: SitePlan, { role }: NodePlan): keyof typeof kinds {
  const { osd, compute } = roleAt(site, role);
  if (compute) {
    return osd ? 'converged' : 'compute';
  }
  return osd ? 'storage' : 'controller';
}

/** CSS of the picture, by class. */
export const styles = {
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
  present: 'fill:#2e8b57',
  coming: 'fill:#e0a100',
  failed: 'fill:#c0392b',
  missing: 'fill:#ffffff;stroke:#c0392b;stroke-width:1.6',
  ...Object.fromEntries(Object.entries(kinds).map(([kind, { colour }]) => [kind, `fill:${colour}`])),
};

export const site: TextStyle = { style: 'site', size: 15, bold: true };
export const section: TextStyle = { style: 'section', size: 11, bold: true };
export const name: TextStyle = { style: 'name', size: 12 };
export const detail: TextStyle = { style: 'detail', size: 11 };

/** States of an image, as the picture and its legend show them. */
export const states: Record<PlacedImage['state'], { style: string; label: string }> = {
  wanted: { style: 'wanted', label: 'image, wanted' },
  present: { style: 'present', label: 'image, present' },
  'on its way': { style: 'coming', label: 'on its way' },
  failed: { style: 'failed', label: 'failed' },
  missing: { style: 'missing', label: 'missing' },
};

/** A mark of a kind of node. */
export function square(style: string): (x: number, middle: number) => string {
  return (x, middle) => rect({ x, y: middle - 5, width: 10, height: 10 }, style, 2);
}

/** A mark of an image's state. */
export function disc(style: string): (x: number, middle: number) => string {
  return (x, middle) => element('circle', { cx: x + 6, cy: middle, r: 4.5, class: style });
}
