import { type Finding, labPath } from '../findings';
import type { ResolvedLab } from '../resolve';

/** Names that a TripleO stack cannot have, and why. */
export const reservedStacks: ReadonlyMap<string, string> = new Map(
  Object.entries({
    stack: "TripleO would write its credentials over the undercloud's ~/stackrc",
    ...Object.fromEntries(
      ['undercloud', 'allovercloud', 'all', 'ungrouped', 'localhost'].map((name) => [
        name,
        "Ansible's inventory of the site has another group or host of that name",
      ]),
    ),
  }),
);

/** Checks the keys `stack`. Two stacks of one name would be one stack, of which each site removes the other's nodes. */
export function checkStacks({ sites }: ResolvedLab): Finding[] {
  const owners = new Map(
    sites.flatMap(({ name, stack, written }) =>
      written.stack === undefined ? [[stack, name] as const] : [],
    ),
  );
  return sites.flatMap(({ name, written: { stack, ceph } }): Finding[] => {
    if (stack === undefined) {
      return [];
    }
    const found = { at: labPath('sites', name, 'stack'), value: stack };
    const reason = reservedStacks.get(stack);
    if (reason) {
      return [
        { ...found, message: `cannot be the name of a stack: ${reason}`, remedy: 'Write another name' },
      ];
    }
    if (ceph.existing) {
      return [
        {
          ...found,
          message: 'is the name of a stack, and a Ceph cluster that exists already has none in the lab',
          remedy: 'Take it out',
        },
      ];
    }
    const owner = owners.get(stack);
    owners.set(stack, owner ?? name);
    return owner
      ? [
          {
            ...found,
            message: `is also the stack of ${owner}`,
            remedy: 'Write a name that no other site has',
          },
        ]
      : [];
  });
}
