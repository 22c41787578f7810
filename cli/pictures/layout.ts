import { type Box, rect, text, textWidth } from './svg';

/** A piece of a picture, with its minimum size. */
export interface Part {
  width: number;
  height: number;
  /** Lays the piece out in a box of at least this size. */
  place(box: Box): Shape;
}

/** A piece that is laid out. The shapes inside it are within its box and do not overlap. */
export interface Shape {
  box: Box;
  drawn: string[];
  inside: Shape[];
}

/** The elements of a shape and of the shapes inside it, the outer shape's first. */
export function drawnBy(shape: Shape): string[] {
  return [...shape.drawn, ...shape.inside.flatMap(drawnBy)];
}

/** Style of a text: its CSS class in the picture, and the font size of that class. */
export interface TextStyle {
  style: string;
  size: number;
  bold?: boolean;
}

const between = 18;

/** A line: a mark, which `mark` draws in a square of the line's height, a text at the left, and a text at the right. */
export function labelled(
  left: [string, TextStyle],
  right: [string, TextStyle] | undefined,
  height: number,
  mark?: (x: number, middle: number) => string,
): Part {
  const indent = mark ? height - 2 : 0;
  const widthOf = ([content, { size, bold }]: [string, TextStyle]): number => textWidth(content, size, bold);
  return {
    width: indent + widthOf(left) + (right ? between + widthOf(right) : 0),
    height,
    place: (box) => {
      const base = box.y + height / 2 + left[1].size * 0.36;
      return {
        box,
        drawn: [
          ...(mark ? [mark(box.x, box.y + height / 2)] : []),
          text(box.x + indent, base, left[0], left[1].style),
          ...(right ? [text(box.x + box.width, base, right[0], right[1].style, 'end')] : []),
        ],
        inside: [],
      };
    },
  };
}

/** Parts one below the other, each as wide as the widest. */
export function column(parts: Part[], gap: number): Part {
  return {
    width: Math.max(0, ...parts.map(({ width }) => width)),
    height: sum(parts.map(({ height }) => height)) + gap * Math.max(0, parts.length - 1),
    place: (box) => {
      let { y } = box;
      const inside = parts.map((part) => {
        const placed = part.place({ x: box.x, y, width: box.width, height: part.height });
        y += part.height + gap;
        return placed;
      });
      return { box, drawn: [], inside };
    },
  };
}

/** Parts side by side, each as high as the highest; spare width is shared equally. */
export function row(parts: Part[], gap: number): Part {
  const width = sum(parts.map((part) => part.width)) + gap * Math.max(0, parts.length - 1);
  return {
    width,
    height: Math.max(0, ...parts.map(({ height }) => height)),
    place: (box) => {
      const extra = parts.length > 0 ? (box.width - width) / parts.length : 0;
      let { x } = box;
      const inside = parts.map((part) => {
        const placed = part.place({ x, y: box.y, width: part.width + extra, height: box.height });
        x += part.width + extra + gap;
        return placed;
      });
      return { box, drawn: [], inside };
    },
  };
}

/** A part with a frame around it. */
export function framed(part: Part, style: string, padding: number, radius = 6): Part {
  return {
    width: part.width + 2 * padding,
    height: part.height + 2 * padding,
    place: (box) => ({
      box,
      drawn: [rect(box, style, radius)],
      inside: [
        part.place({
          x: box.x + padding,
          y: box.y + padding,
          width: box.width - 2 * padding,
          height: box.height - 2 * padding,
        }),
      ],
    }),
  };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
