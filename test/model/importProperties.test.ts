import * as fc from 'fast-check';
import { UserError } from '../../lib/userError';
import { importLab, planLab, type Survey, surveyAnswer } from '../../model';
import { labOf, type LabValues } from '../../model/import/fit';
import { minimise } from '../../model/import/minimise';
import { importedRoles } from '../../model/import/ownRoles';
import { noOwnRoles } from '../../model/labfile/ownRoles';
import { layOut } from '../kit/deployedTree';
import { within } from '../kit/undercloud';
import { labs } from './anyLab';
import { devLab } from './labs';
import { surveyOf, undercloud } from './surveys';

/* What holds for imports of any survey, and for the lab files that they minimise. */

jest.setTimeout(120_000);

let known: Survey;
beforeAll(
  within(async (here) => {
    await layOut(here, planLab(devLab));
    known = await surveyOf(here);
  }),
);

test('a survey with damaged parts gives a lab file with notes, or a sentence', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(), fc.constantFrom('', 'x', 'fd00::1', null)), { minLength: 1, maxLength: 3 }),
      (damages) => {
        const survey = structuredClone(known);
        for (const [number, value] of damages) {
          const places = placesIn(survey);
          const [owner, key] = places[number % places.length]!;
          if (value === null) {
            delete owner[key];
          } else {
            owner[key] = typeof owner[key] === 'string' ? value : [];
          }
        }
        const read = surveyAnswer.safeParse(survey);
        if (read.success) {
          try {
            expect(importLab(read.data, 'dev', undercloud).text).toContain('glance-dcn:sites:');
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});

/** All keys of a value at every depth, each with the map or list that has it. */
function placesIn(value: unknown): [Record<string, unknown>, string][] {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]): [Record<string, unknown>, string][] => [
        [value as Record<string, unknown>, key],
        ...placesIn(inner),
      ])
    : [];
}

const noRoles = importedRoles({ stacks: [] } as unknown as Survey, 'dev', () => undefined);

test('every key of a minimised lab file is needed, and no other is', () => {
  fc.assert(
    fc.property(labs, (sites) => {
      const values = {
        sites,
        networks: { storage: { range: '10.8.0.0/14', mtu: 1500 }, tenant: { mtu: 1500 } },
      };
      const small = minimise('dev', values as unknown as LabValues, noRoles);
      const lab = labOf('dev', small, noOwnRoles);
      expect(lab).toEqual(labOf('dev', values as unknown as LabValues, noOwnRoles));
      for (const without of withoutOneKey(small)) {
        expect(labOf('dev', without as LabValues, noOwnRoles)).not.toEqual(lab);
      }
    }),
    { numRuns: 5 },
  );
});

/** A value without one of its keys at any depth, once for each key. */
function* withoutOneKey(value: unknown): Generator<unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return;
  }
  const entries = Object.entries(value);
  for (const [key, inner] of entries) {
    yield Object.fromEntries(entries.filter(([other]) => other !== key));
    for (const changed of withoutOneKey(inner)) {
      yield Object.fromEntries(entries.map(([other, kept]) => [other, other === key ? changed : kept]));
    }
  }
}
