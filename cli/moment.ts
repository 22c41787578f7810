/** A time for people, `2026-11-30 17:41:42 UTC`. @param time milliseconds since 1970, or ISO 8601 */
export function moment(time: number | string): string {
  return `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
