/* Values of parameters, in the forms that Heat accepts for them. */

/** A map of values, such as the parameters of a stack. */
export type Values = Record<string, unknown>;

/** A text of a map, also where it is a number; undefined: it is none, or empty. */
export function textIn(map: Values, name: string): string | undefined {
  const { [name]: value } = map;
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return text === '' ? undefined : text;
}

/** A number of a map, also as a text; undefined: it is none. */
export function numberIn(map: Values, name: string): number | undefined {
  const text = textIn(map, name);
  return text !== undefined && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

/** The members of a list of a map, also as a text with commas between them. */
export function listIn(map: Values, name: string): unknown[] {
  const { [name]: value } = map;
  if (Array.isArray(value)) {
    return value as unknown[];
  }
  return typeof value === 'string' && value !== '' ? value.split(',').map((member) => member.trim()) : [];
}

/** The texts of such a list; undefined: there are none. */
export function textsIn(map: Values, name: string): string[] | undefined {
  const texts = listIn(map, name).map(String);
  return texts.length > 0 ? texts : undefined;
}

/** A map in a map; an empty one if there is none. */
export function mapIn(map: Values, name: string): Values {
  const { [name]: value } = map;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
}
