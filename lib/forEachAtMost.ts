/**
 * Runs `work` for all items, `atOnce` of them at a time. After a failure no further item starts.
 *
 * @throws the first error, after all work that has started has ended
 */
export async function forEachAtMost<T>(
  items: T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of left) {
      try {
        await work(item);
      } catch (error) {
        errors.push(error);
      }
      if (errors.length > 0) {
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (errors.length > 0) {
    throw errors[0];
  }
}
