import type { LabContext } from '../context';
import { siteOfStack } from '../run/graph';
import type { StackState } from './stackStates';
import { undercloudNames } from './undercloudHalf';

/** The file with the passwords of one of TripleO's stacks: its name in a part of the undercloud's half. */
interface PasswordFile {
  part: string;
  file: string;
}

/**
 * A line for each of TripleO's stacks that stands by the states and whose passwords are not there.
 *
 * @param has whether they are there
 */
export function missingPasswords(
  { name, plan: { undercloud, sites } }: LabContext,
  states: Map<string, StackState>,
  has: (file: PasswordFile) => boolean,
): string[] {
  return [...states].flatMap(([pulumiStack, state]) => {
    const site = siteOfStack(name, pulumiStack);
    const stack = sites.find((one) => one.name === site)?.stack ?? site;
    const file = `${stack}-passwords.yaml`;
    if (!state.has(`${site}-overcloud-stack`) || has({ part: undercloudNames.stack(stack), file })) {
      return [];
    }
    return [
      `undercloud: ${undercloud.home}/overcloud-deploy/${stack}/${file}: is not in the backup, though TripleO has deployed the stack: ` +
        "without the file, TripleO's next deploy makes new passwords for every service. Put the file back from an older backup, then make a new one",
    ];
  });
}
