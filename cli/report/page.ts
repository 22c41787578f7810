import { element, escape } from '../pictures/svg';

export type Content =
  | { kind: 'picture'; svg: string; alt: string }
  | { kind: 'table'; head: string[]; rows: string[][] }
  | { kind: 'sentence'; text: string };

/** A part of a page under a heading. */
export interface Section {
  heading: string;
  content: Content;
}

const css = `
body{font:15px/1.5 'DejaVu Sans',Verdana,'Segoe UI',Arial,sans-serif;color:#1f2933;max-width:1200px;margin:2em auto;padding:0 1em}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em;border-bottom:1px solid #d9e0e6}
img{max-width:100%;height:auto}table{border-collapse:collapse}
th,td{text-align:left;vertical-align:top;padding:.25em .8em .25em 0;border-bottom:1px solid #e6ebf0}`;

/**
 * A page that stands alone: it has no script and refers to no other file. Its text is HTML and XML at once. A picture is an image of its
 * own, so that the styles of several pictures do not meet.
 */
export function page(title: string, sections: Section[]): string {
  return `<!DOCTYPE html>\n${element('html', { xmlns: 'http://www.w3.org/1999/xhtml', lang: 'en' }, [
    element('head', {}, [
      element('meta', { charset: 'utf-8' }),
      element('meta', { name: 'viewport', content: 'width=device-width' }),
      // Nothing is loaded, whatever a name in the lab may look like.
      element('meta', {
        'http-equiv': 'Content-Security-Policy',
        content: "default-src 'none'; img-src data:; style-src 'unsafe-inline'",
      }),
      element('title', {}, [escape(title)]),
      element('style', {}, [css]),
    ]),
    element('body', {}, [
      element('h1', {}, [escape(title)]),
      ...sections.map(({ heading, content }) =>
        element('section', {}, [element('h2', {}, [escape(heading)]), contentHtml(content)]),
      ),
    ]),
  ])}\n`;
}

function contentHtml(content: Content): string {
  switch (content.kind) {
    case 'picture': {
      const data = Buffer.from(content.svg).toString('base64');
      return element('p', {}, [
        element('img', { src: `data:image/svg+xml;base64,${data}`, alt: content.alt }),
      ]);
    }
    case 'table':
      return element('table', {}, [
        element('thead', {}, [rowHtml('th', content.head)]),
        element('tbody', {}, ['\n', ...content.rows.map((cells) => rowHtml('td', cells))]),
      ]);
    case 'sentence':
      return element('p', {}, [escape(content.text)]);
  }
}

const rowHtml = (cell: 'th' | 'td', cells: string[]): string =>
  `${element(
    'tr',
    {},
    cells.map((text) => element(cell, {}, [escape(text)])),
  )}\n`;
