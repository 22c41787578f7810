import * as path from 'node:path';
import { writeAtomic } from '../../lib/atomicFile';
import { pathsOf } from '../../sandbox/paths';
import { minutes } from '../sandbox/expectations';
import { Traces } from '../sandbox/traces';
import { type Fault, faults } from './faults';
import { itRecovers } from './itRecovers';
import { draw } from './points';
import { mountSmallDisk } from './smallDisk';
import { ChaosLab, type Verb, verbs } from './verbs';

/*
 * Chaos on the sandbox: a fault strikes a verb at a random moment, then ends; whatever came of the verb, one `./dcn up` reaches the plan
 * without anything by hand. `npm run test:chaos` sets DCN_CHAOS_POINTS and DCN_CHAOS_SEED, and prints a table of the points from
 * the file DCN_CHAOS_RECORD. The tests share one lab.
 */

const { DCN_CHAOS_POINTS, DCN_CHAOS_SEED, DCN_CHAOS_RECORD } = process.env;
const points = draw(
  Number(DCN_CHAOS_POINTS),
  Number(DCN_CHAOS_SEED),
  Object.keys(verbs),
  Object.keys(faults),
  (verb, fault) => {
    const { strikes } = faults[fault] as Fault;
    return strikes === undefined || (verbs[verb] as Verb<ChaosLab>).runs.includes(strikes);
  },
);
const lab = new ChaosLab(`chaos${process.pid}`);
const machine = Traces.now();

describe('a lab whose verbs are struck by faults', () => {
  afterAll(() => lab.cleanUp(), minutes(3));

  it(
    'comes up',
    async () => {
      process.env.GLANCE_DCN_STATE = path.join(lab.directory, 'state');
      lab.writeFile();
      await lab.dcn('sandbox', 'up');
      await mountSmallDisk(pathsOf(lab.name));
      await lab.dcn('up');
    },
    minutes(30),
  );

  itRecovers(lab, verbs, points, (record) => writeAtomic(DCN_CHAOS_RECORD as string, JSON.stringify(record)));

  it(
    'is gone without a trace after destroy',
    async () => {
      await lab.dcn('destroy', '--yes');
      expect(machine.leftSince(lab.name)).toEqual([]);
    },
    minutes(20),
  );
});
