/** Value of an attribute; an undefined attribute is left out. */
type Value = string | number | undefined;

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for XML; control characters, which XML does not allow, become `?`. */
export function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '?')
    .replace(/[&<>"]/g, (character) => escapes[character] as string);
}

/** One element. @param children elements, or text that `escape` has returned */
export function element(name: string, attributes: Record<string, Value>, children: string[] = []): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escape(String(typeof value === 'number' ? round(value) : value))}"`)
    .join('');
  return children.length > 0 ? `<${name}${written}>${children.join('')}</${name}>` : `<${name}${written}/>`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A box, in pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** A rectangle with round corners. @param style CSS class in the picture */
export function rect(box: Box, style: string, radius = 6): string {
  return element('rect', { ...box, rx: radius, class: style });
}

/** One line of text. @param anchor what of the text is at `x`  @param y base line  @param style CSS class */
export function text(
  x: number,
  y: number,
  content: string,
  style: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  return element('text', { x, y, class: style, 'text-anchor': anchor === 'start' ? undefined : anchor }, [
    escape(content),
  ]);
}

/** A line from one point to another. */
export function line(x1: number, y1: number, x2: number, y2: number, style: string): string {
  return element('line', { x1, y1, x2, y2, class: style });
}

/** Fonts of which most systems have one; the widths below are those of the widest, DejaVu Sans. */
const fonts = "'DejaVu Sans', Verdana, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";

/**
 * A whole picture, which refers to no other file.
 *
 * @param styles CSS by class name
 * @param description the picture's title, for screen readers
 */
export function picture(
  size: { width: number; height: number },
  styles: Record<string, string>,
  description: string,
  children: string[],
): string {
  const css = Object.entries({ ...styles, page: 'fill:#ffffff' })
    .map(([name, style]) => `.${name}{${style}}`)
    .join('\n');
  const { width, height } = { width: Math.ceil(size.width), height: Math.ceil(size.height) };
  return [
    element(
      'svg',
      { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img' },
      [
        '',
        element('title', {}, [escape(description)]),
        element('style', {}, [`text{font-family:${fonts}}\n${css}`]),
        rect({ x: 0, y: 0, width, height }, 'page', 0),
        ...children,
        '',
      ].map((child, index, all) => (index < all.length - 1 ? `${child}\n` : child)),
    ),
    '',
  ].join('\n');
}

/** Advance widths of DejaVu Sans by groups of characters, relative to the font size. */
const widths: [RegExp, number][] = [
  [/[ijl'|]/, 0.28],
  [/[ ,.:;!()[\]\-/frtI·]/, 0.42],
  [/[cksvxyzJ]/, 0.6],
  [/[mwMW@%—…]/, 1],
  [/[A-Z&+=<>~]/, 0.84],
];
const otherWidth = 0.65;

/** The greatest width that a line of text has in any of the picture's fonts, in pixels. */
export function textWidth(content: string, size: number, bold = false): number {
  const ems = [...content].reduce(
    (sum, character) => sum + (widths.find(([group]) => group.test(character))?.[1] ?? otherWidth),
    0,
  );
  return ems * size * (bold ? 1.12 : 1);
}
