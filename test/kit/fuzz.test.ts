import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';
import { folderOfEachTest } from '../folderOfEachTest';
import { python } from './undercloud';

/* DCN_FUZZ_RUNS and DCN_FUZZ_SEED choose how many documents are read, and which; a tenth as many verbs are called. */

const runs = Number(process.env.DCN_FUZZ_RUNS ?? 2000);
const seed = process.env.DCN_FUZZ_SEED ?? String(Date.now() % 1_000_000);
/** Verbs are slow: few calls, the same each time, unless DCN_FUZZ_SEED says more. */
const seedOfVerbs = process.env.DCN_FUZZ_SEED ?? '1';

/** Much more than a busy machine needs: only a reader that never ends is ended. */
const limit = 300_000 + runs * 200;
jest.setTimeout(limit * 2);

const folder = folderOfEachTest();
const kit = path.join(projectRoot, 'kit');

/** Runs a program that ends with a line of what it has done, or with a fault. */
async function expectDone(program: string, args: string[], line: RegExp): Promise<void> {
  const { all, exitCode } = await execa(python(), [path.join(__dirname, program), ...args], {
    reject: false,
    all: true,
    timeout: limit,
  });
  expect(`DCN_FUZZ_SEED=${args.at(-1)}: exit ${exitCode}: ${all}`).toMatch(
    new RegExp(`: exit 0: ${line.source}$`),
  );
}

test('documents with random changes are read, or refused in sentences', () =>
  expectDone('fuzzDocuments.py', [kit, String(runs), seed], /\d+ documents, [1-9]\d* taken/));

test('verbs with random words and documents are done, or refused in sentences', () =>
  expectDone(
    'fuzzVerbs.py',
    [kit, folder(), String(Math.ceil(runs / 10)), seedOfVerbs],
    /\d+ calls of [1-9]\d* verbs, [1-9]\d* done/,
  ));
