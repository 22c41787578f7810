import * as path from 'node:path';
import execa from 'execa';
import { projectRoot } from '../../lib/paths';
import { python } from './undercloud';

/* DCN_FUZZ_RUNS and DCN_FUZZ_SEED choose how many documents are read, and which. */

const runs = Number(process.env.DCN_FUZZ_RUNS ?? 2000);
const seed = process.env.DCN_FUZZ_SEED ?? String(Date.now() % 1_000_000);

/** Much more than a busy machine needs: only a reader that never ends is ended. */
const limit = 300_000 + runs * 200;
jest.setTimeout(limit * 2);

test('documents with random changes are read, or refused in sentences', async () => {
  const program = path.join(__dirname, 'fuzzDocuments.py');
  const { all, exitCode } = await execa(
    python(),
    [program, path.join(projectRoot, 'kit'), String(runs), seed],
    { reject: false, all: true, timeout: limit },
  );
  expect(`DCN_FUZZ_SEED=${seed}: exit ${exitCode}: ${all}`).toMatch(
    /: exit 0: \d+ documents, [1-9]\d* taken$/,
  );
});
