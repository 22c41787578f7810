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
  const moments = fc.sample(fc.double({ min: 0, max: 0.95, noNaN: true }), { numRuns: count, seed });
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
