/** Whether a value of YAML contains itself: an alias (`*…`) stands inside of its own anchor (`&…`). */
export function isCircular(value: unknown, above: unknown[] = []): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    (above.includes(value) || Object.values(value).some((inner) => isCircular(inner, [...above, value])))
  );
}
