/*
 * Data moves only if a person wants it: `./dcn up --yes` sets an environment variable for the programs of the stacks.
 */
const variable = 'GLANCE_DCN_YES';

/** Environment with which programs do what they otherwise only describe. */
export const consent: Record<string, string> = { [variable]: 'yes' };

/** Whether a person has agreed that data moves. */
export function hasConsent(): boolean {
  return process.env[variable] === consent[variable];
}
