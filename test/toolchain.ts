import { ensureToolchain } from '../toolchain/toolchain';

/** Builds the tool chain before the first test: on a new machine this takes longer than a test's time limit. */
export default async function setUp(): Promise<void> {
  await ensureToolchain((line) => process.stderr.write(`${line}\n`));
}
