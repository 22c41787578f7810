import { element, escape } from '../../cli/pictures/svg';
import type { Cast } from './cast';

const characterWidth = 8;
const rowHeight = 17;
const margin = 14;
/** How much faster than the run the picture moves. */
const speed = 20;
/** How long the picture shows the last screen, in seconds. */
const lastScreen = 6;

/** Colours of a dark terminal by SGR number. */
const colours: Record<string, string> = {
  '1': 'font-weight:bold',
  '2': 'opacity:.6',
  '31': 'fill:#f47067',
  '32': 'fill:#8ddb8c',
  '33': 'fill:#daaa3f',
  '34': 'fill:#6cb6ff',
  '35': 'fill:#dcbdfb',
  '36': 'fill:#76d7e0',
  '90': 'fill:#909dab',
};

/**
 * A moving picture of a recorded run, which refers to no other file: all screens side by side in a strip, which a CSS animation
 * moves on by a screen at a time. A row that several screens have is written once.
 * @param title what the picture shows, for screen readers
 */
export function castSvg({ columns, rows, screens }: Cast, title: string): string {
  const width = columns * characterWidth + 2 * margin;
  const height = rows * rowHeight + 2 * margin;
  const seconds = (screens.at(-1)?.seconds ?? 0) / speed + lastScreen;
  const unique = [...new Set(screens.flatMap(({ lines }) => lines.filter(Boolean)))];
  const ids = new Map(unique.map((line, index) => [line, `r${index}`]));
  const moves = screens.map((screen, index) => {
    const percent = ((screen.seconds / speed / seconds) * 100).toFixed(2);
    return `${percent}%{transform:translateX(${-index * width}px)}`;
  });
  const css = [
    'text{font-family:"DejaVu Sans Mono",Menlo,Consolas,monospace;font-size:13px;fill:#d1d7e0;white-space:pre}',
    ...Object.entries(colours).map(([number, style]) => `.c${number}{${style}}`),
    `@keyframes run{${moves.join('')}}`,
    // The last screen where nothing moves: in a reader that knows no animations, or for people who want none.
    `.strip{transform:translateX(${-(screens.length - 1) * width}px);animation:run ${seconds.toFixed(2)}s step-end infinite}`,
    '@media (prefers-reduced-motion:reduce){.strip{animation:none}}',
  ];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" xml:space="preserve">`,
    element('title', {}, [escape(title)]),
    element('style', {}, [css.join('\n')]),
    element('rect', { width, height, rx: 8, fill: '#22272e' }),
    element(
      'defs',
      {},
      unique.map((line) => element('text', { id: ids.get(line) }, spans(line))),
    ),
    element('g', { class: 'strip' }, [
      ...screens.map(({ lines }, index) =>
        element(
          'g',
          { transform: `translate(${index * width + margin} ${margin + 13})` },
          lines.flatMap((line, row) =>
            line ? [element('use', { href: `#${ids.get(line)}`, y: row * rowHeight })] : [],
          ),
        ),
      ),
    ]),
    '</svg>',
    '',
  ].join('\n');
}

/** The pieces of a row, each in its colour. */
function spans(line: string): string[] {
  let classes = '';
  // eslint-disable-next-line no-control-regex
  return line.split(/(\x1b\[[\d;]*m)/).flatMap((piece) => {
    // eslint-disable-next-line no-control-regex
    const style = /^\x1b\[([\d;]*)m$/.exec(piece);
    if (style) {
      classes = (style[1] ?? '')
        .split(';')
        .filter((number) => number in colours)
        .map((number) => `c${number}`)
        .join(' ');
      return [];
    }
    return piece ? [classes ? element('tspan', { class: classes }, [escape(piece)]) : escape(piece)] : [];
  });
}
