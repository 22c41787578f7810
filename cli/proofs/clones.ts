import { table } from '../../lib/table';
import type { LabContext } from '../context';
import { showWork } from '../run/display';
import { withKit } from '../undercloud';

/** What the kit measured of one image at one store (`kit images clone --json`). */
export interface CloneProof {
  image: string;
  store: string;
  stores: string[];
  parent: string;
  cloneSeconds: number;
  copySeconds: number;
}

/** Clones every image of the lab once at every store that holds it, and copies it in full there for comparison. */
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
            const at = ['images', 'clone', image.name, '--at', ...image.stores, '--json'];
            proofs.push(...(await kit.json<CloneProof[]>(at, reporter.event)));
          }
        }),
    },
  ]);
  return proofs;
}

/** The table that `dcn up` ends with. */
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
