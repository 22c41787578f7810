import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

/**
 * Gives each test of a file a folder of its own, and takes it away with the test's changes of the environment.
 *
 * @param places what of the program has its place in the folder: GLANCE_DCN_STATE is `<folder>/state`, and so on
 * @returns gives the folder of the test that runs
 */
export function folderOfEachTest(...places: ('state' | 'cache')[]): () => string {
  let folder: string;
  const before = { ...process.env };
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'));
    for (const place of places) {
      process.env[`GLANCE_DCN_${place.toUpperCase()}`] = path.join(folder, place);
    }
  });
  afterEach(() => {
    process.env = { ...before };
    fs.rmSync(folder, { recursive: true });
  });
  return () => folder;
}
