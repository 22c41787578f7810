import type { Lab } from '../lab';
import { complete } from '../labfile/complete';
import { explain, prune, type Value } from '../labfile/explain';
import { labSchema } from '../labfile/schema';
import type { OwnRoles } from '../labfile/ownRoles';
import { resolve } from '../labfile/resolve';
import type { Noter } from './notes';

/** The values of a lab file under `config:`, without their prefix. */
export type LabValues = { [key: string]: Value };

/** Takes values out that a lab file cannot have, with a note for each. */
export function fit(values: LabValues, note: Noter): LabValues {
  const fitting = structuredClone(values);
  for (;;) {
    const { error } = labSchema.safeParse(fitting);
    if (!error) {
      return fitting;
    }
    for (const issue of error.issues) {
      for (const { at, value, message, remedy } of explain(issue, fitting)) {
        const place = at.slice(1).join('.');
        note('unmapped', place, `${JSON.stringify(value) ?? 'it'} ${message}`, remedy);
      }
    }
    if (!error.issues.map((issue) => prune(fitting, issue)).some(Boolean)) {
      return fitting;
    }
  }
}

/**
 * The lab of some values, whether its checks find faults or not; undefined: a value is missing that nothing determines.
 *
 * @param own the lab's own roles, to which the values have nodes
 */
export function labOf(name: string, values: LabValues, own: OwnRoles): Lab | undefined {
  const { data } = labSchema.safeParse(values);
  return data && complete(resolve(name, data, readNone, own));
}

function readNone(): never {
  throw new Error('an import names no other files beside the lab file than role data');
}
