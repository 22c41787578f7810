import type { CloneProof } from '../../kit/answers';
import { verbs } from '../../kit/verbs';
import { table } from '../../lib/table';
import type { LabContext } from '../context';
import { showWork } from '../run/display';
import { measured } from '../run/duration';
import { withKit } from '../undercloud';

/** At every store that has an image, clones the image once, and copies it in full for comparison. */
export async function proveClones(context: LabContext): Promise<CloneProof[]> {
  const proofs: CloneProof[] = [];
  if (context.plan.images.length === 0) {
    return proofs;
  }
  await showWork([
    {
      title: 'clones',
      run: (reporter) =>
        withKit(context, async (kit) => {
          for (const image of context.plan.images) {
            const verb = verbs.images.clone(image.name, image.stores);
            proofs.push(...(await kit.ask(verb, { onLine: reporter.event })));
          }
        }),
    },
  ]);
  return proofs;
}

/** Below this size a copy takes hardly longer than a clone: both do little more than start. */
const smallestBytes = 64 * 2 ** 20;

/** The table that `dcn up` prints last. */
export function cloneTable(proofs: CloneProof[]): string {
  return table(
    ['image', 'store', 'clone', 'full copy', 'clone / copy', 'parent of the clone'],
    proofs.map((proof) => [
      proof.image,
      proof.store,
      measured(proof.cloneSeconds),
      measured(proof.copySeconds),
      ratio(proof),
      proof.parent,
    ]),
    { compact: true, keys: 2 },
  );
}

function ratio({ cloneSeconds, copySeconds, copyBytes }: CloneProof): string {
  return copyBytes < smallestBytes
    ? `too small: ${(copyBytes / 2 ** 20).toFixed(0)} MiB`
    : `${((100 * cloneSeconds) / copySeconds).toFixed(1)} %`;
}
