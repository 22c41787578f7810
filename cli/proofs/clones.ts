import { type CloneProof, verbs } from '../../kit/verbs';
import { table } from '../../lib/table';
import type { LabContext } from '../context';
import { showWork } from '../run/display';
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

/** The table that `dcn up` prints last. */
export function cloneTable(proofs: CloneProof[]): string {
  return table(
    [
      'image',
      'stores that hold it',
      'cloned at',
      'clone',
      'full copy',
      'clone / copy',
      'parent of the clone',
    ],
    proofs.map((proof) => [
      proof.image,
      proof.stores.join(', '),
      proof.store,
      `${(proof.cloneSeconds * 1000).toFixed(0)} ms`,
      `${(proof.copySeconds * 1000).toFixed(0)} ms`,
      `${((100 * proof.cloneSeconds) / proof.copySeconds).toFixed(1)} %`,
      proof.parent,
    ]),
  );
}
