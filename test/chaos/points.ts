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
 * @param fits whether a verb has what a fault strikes
 */
export function draw(
  count: number,
  seed: number,
  verbs: string[],
  faults: string[],
  fits: (verb: string, fault: string) => boolean,
): Point[] {
  // Without a bias to the least and the greatest values.
  const percent = fc.noBias(fc.integer({ min: 0, max: 95 }));
  const moments = fc.sample(percent, { numRuns: count, seed }).map((part) => part / 100);
  const drawnVerbs = inRandomOrder(count, seed, verbs);
  const drawnFaults = inRandomOrder(count + faults.length, seed + 1, faults);
  return moments.map((moment, index) => {
    const verb = drawnVerbs[index] as string;
    const [fault] = drawnFaults.splice(
      drawnFaults.findIndex((name) => fits(verb, name)),
      1,
    ) as [string];
    return { verb, fault, moment };
  });
}

/** At least `count` names: all in a random order, then all in another, and so on. */
function inRandomOrder(count: number, seed: number, names: string[]): string[] {
  const order = fc.shuffledSubarray(names, { minLength: names.length });
  return fc.sample(order, { numRuns: Math.ceil(count / names.length), seed }).flat();
}
