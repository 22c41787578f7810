import { ensureToolchain } from '../toolchain/toolchain';

/** Before the first test: the tool chain, which takes minutes to build on a new machine, more than a test may take. */
export default async function setUp(): Promise<void> {
  await ensureToolchain((line) => process.stderr.write(`${line}\n`));
}
