/** A text of others as a terminal may get it: without colours, and with `?` in place of control characters. Lines and tabs stay. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are to be found
  return text.replace(/\x1b\[[0-9;]*m/g, '').replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '?');
}

/** The same of a name, which is in one line. */
export function printableName(name: string): string {
  return printable(name).replace(/[\t\n]/g, '?');
}
