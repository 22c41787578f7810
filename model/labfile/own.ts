/** The value of a key in a table; undefined for names that every object of JavaScript has, such as `constructor`. */
export function own<Value>(table: Partial<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
