import * as fc from 'fast-check';

/** A moment of a verb at which a fault strikes. */
export interface Point {
  verb: string;
  fault: string;
  /** Share of the verb's undisturbed time that has passed. */
  moment: number;
}

/**
 * Draws points: each verb and each fault about equally often, in random order, at random moments.
 * @param seed the same seed gives the same points
 */
export function draw(count: number, seed: number, verbs: string[], faults: string[]): Point[] {
  // Without a bias to the least and the greatest values.
  const percent = fc.noBias(fc.integer({ min: 0, max: 95 }));
  const moments = fc.sample(percent, { numRuns: count, seed }).map((part) => part / 100);
  const [drawnVerbs, drawnFaults] = [rounds(count, seed, verbs), rounds(count, seed + 1, faults)];
  return moments.map((moment, index) => ({
    verb: drawnVerbs[index] as string,
    fault: drawnFaults[index] as string,
    moment,
  }));
}

/** The names in a random order, in another random order, and so on: `count` in all. */
function rounds(count: number, seed: number, names: string[]): string[] {
  const order = fc.shuffledSubarray(names, { minLength: names.length });
  return fc
    .sample(order, { numRuns: Math.ceil(count / names.length), seed })
    .flat()
    .slice(0, count);
}
