import type { DownloadProof } from '../../kit/answers';
import { verbs } from '../../kit/verbs';
import { table } from '../../lib/table';
import type { LabContext } from '../context';
import { showWork } from '../run/display';
import { measured } from '../run/duration';
import { withKit } from '../undercloud';

/**
 * At every site whose caches have an image, downloads the image twice at one node: from the control plane's Swift, after it
 * was removed from the node's cache, then from the cache.
 */
export async function proveDownloads(context: LabContext): Promise<DownloadProof[]> {
  const proofs: DownloadProof[] = [];
  const images = context.plan.images.filter(({ caches }) => caches && caches.length > 0);
  if (images.length === 0) {
    return proofs;
  }
  await showWork([
    {
      title: 'downloads',
      run: (reporter) =>
        withKit(context, async (kit) => {
          for (const { name, caches = [] } of images) {
            const verb = verbs.images.download(name, caches);
            proofs.push(...(await kit.ask(verb, { onLine: reporter.event })));
          }
        }),
    },
  ]);
  return proofs;
}

/** The table that `dcn up` prints last in a lab with caches. */
export function downloadTable(proofs: DownloadProof[]): string {
  return table(
    ['image', 'site', 'in the caches of', 'node', 'from Swift', 'from the cache', 'still received'],
    proofs.map((proof) => [
      proof.image,
      proof.site,
      proof.cached,
      proof.node,
      measured(proof.firstSeconds),
      measured(proof.secondSeconds),
      `${(proof.secondBytes / 1024).toFixed(0)} KiB, ${((100 * proof.secondBytes) / proof.size).toFixed(3)} %`,
    ]),
    { compact: true, keys: 2 },
  );
}
