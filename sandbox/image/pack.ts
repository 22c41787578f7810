import * as fs from 'node:fs';
import { withLock } from '../../lib/lock';
import type { Report } from '../../lib/report';
import { draftOf, lockOf, packOf, tar } from './cache';
import { type Mode, ensureImages } from './images';

/** Packs the layers of the hosts' images in the cache, for machines whose cache is empty; returns the archives' paths. */
export async function packImages(report: Report, mode: Mode): Promise<string[]> {
  const { node, undercloud, containers } = await ensureImages(report, mode);
  const packs: string[] = [];
  for (const directory of new Set([...node, ...undercloud, ...(containers ? [containers] : [])])) {
    const pack = packOf(directory);
    await withLock(
      lockOf(pack),
      () => report(`waiting for another process that packs ${pack}`),
      async () => {
        report(`packing ${pack}`);
        await tar('-C', directory, '-cf', draftOf(pack), '.');
        fs.renameSync(draftOf(pack), pack);
      },
    );
    packs.push(pack);
  }
  return packs;
}
