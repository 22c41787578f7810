/*
 * Data moves only if a person wants it: `./dcn up --yes` sets an environment variable for the programs of the stacks.
 */
const variable = 'GLANCE_DCN_YES';

/** Environment of a program that may move data. Without it, the program describes the move and fails. */
export const consent: Record<string, string> = { [variable]: 'yes' };

/** Whether a person has agreed that data moves. */
export function hasConsent(): boolean {
  return process.env[variable] === consent[variable];
}
