import { type Properties, Refusal } from './imageFields';

/** The administrator's project. */
export const project = 'admin';

const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** The value that a filter of a list wants. */
function value(key: string, text: string): string {
  const [, operator, operand] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  if (operator === undefined || !['name', 'status'].includes(key)) {
    return text;
  }
  if (operator !== 'eq') {
    throw new Refusal(400, `Unable to filter by unknown operator '${operator}'.`);
  }
  return operand as string;
}

/**
 * A page of the list of images that the administrator asks for, newest first or by name. Other projects' images of visibility
 * `community` are only in it if they are asked for; a name or status has an operator before its first colon. A page as long as its
 * limit names the next, even if that is empty (glance api/v2/images.py index, db/sqlalchemy/api.py _image_get_all).
 *
 * @param all the images, the oldest first
 * @param mostInPage glance's api_limit_max
 * @returns the page, and the query of the next one
 */
export function pageOf<Image extends { properties: Properties & { id: string; name: string } }>(
  all: Image[],
  query: URLSearchParams,
  mostInPage: number,
): { page: Image[]; next: URLSearchParams | undefined } {
  const { limit = 25, marker, visibility, os_hidden = 'false', sort, ...wanted } = Object.fromEntries(query);
  const most = Math.min(mostInPage, Number(limit));
  const images = all.toReversed();
  if (sort === 'name:asc') {
    images.reverse().sort((a, b) => compare(a.properties.name, b.properties.name));
  }
  const before = images.findIndex(({ properties }) => properties.id === marker);
  if (marker !== undefined && before < 0) {
    throw new Refusal(400, `No image found with ID ${marker}`);
  }
  const page = images
    .slice(before + 1)
    .filter(({ properties }) => properties.os_hidden === (os_hidden === 'true'))
    .filter(({ properties }) =>
      visibility === undefined
        ? properties.visibility !== 'community' || properties.owner === project
        : ['all', properties.visibility].includes(visibility),
    )
    .filter(({ properties }) =>
      Object.entries(wanted).every(([key, text]) => properties[key] === value(key, text)),
    )
    .slice(0, most);
  const next = new URLSearchParams(query);
  next.set('marker', page.at(-1)?.properties.id ?? '');
  return { page, next: page.length > 0 && page.length === most ? next : undefined };
}
