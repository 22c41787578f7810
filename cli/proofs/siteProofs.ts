import type { ImagePlan, LabPlan } from '../../model';
import { UserError, errorText } from '../../lib/userError';
import type { LabContext } from '../context';
import type { KitShell } from '../undercloud';
import { type ServerOptions, type ServerSite, serverDocument, serverSites, shouldBeAt } from './serverPlan';
import type { ServerRow } from './serverTables';
import { seeServer } from './servers';

/** A site, and the images from which servers are booted to prove it. */
export interface SiteProof {
  site: ServerSite;
  images: ImagePlan[];
}

/** What the servers of a site's proof showed: a row for each server, and the faults. */
export interface SiteProofResult {
  rows: ServerRow[];
  faults: string[];
}

/**
 * The servers that `dcn verify` boots: one from each image of the lab file at each site with computes that should have it.
 *
 * @param names images to which the proofs are limited; empty: all images
 * @throws UserError for names that are not in the lab file, and if there is nothing to boot
 */
export function proofsOf(plan: LabPlan, names: string[]): SiteProof[] {
  const unknown = names.filter((name) => !plan.images.some((image) => image.name === name));
  if (unknown.length > 0) {
    throw new UserError(
      `image ${unknown.join(', ')}: not in lab ${plan.lab}. Its images: ${plan.images.map(({ name }) => name).join(', ') || 'none'}.`,
    );
  }
  const wanted = plan.images.filter(({ name }) => names.length === 0 || names.includes(name));
  const proofs = serverSites(plan)
    .map((site) => ({ site, images: wanted.filter((image) => shouldBeAt(image, site)) }))
    .filter(({ images }) => images.length > 0);
  if (proofs.length === 0) {
    throw new UserError(`lab ${plan.lab}: puts ${names.join(', ') || 'no image'} at no site with computes.`);
  }
  return proofs;
}

/**
 * Boots a server from each image of a proof and removes it again, one after the other, so that the site's WAN link carries the data of
 * one server. After `stop` is aborted it removes the running one and boots no other.
 */
export async function proveSite(
  context: LabContext,
  kit: KitShell,
  { site, images }: SiteProof,
  options: ServerOptions,
  { onLine, stop }: { onLine: (line: string) => void; stop: AbortSignal },
): Promise<SiteProofResult> {
  const rows: ServerRow[] = [];
  const faults: string[] = [];
  for (const { name: image } of images) {
    if (stop.aborted) {
      break;
    }
    const document = serverDocument(context.plan, site, image, options);
    try {
      const seen = await seeServer(context, kit, 'prove', site, document, { onLine, stop });
      rows.push(seen);
      faults.push(...seen.faults);
    } catch (error) {
      rows.push({ image, site: site.name, failed: stop.aborted ? 'interrupted' : 'failed' });
      faults.push(errorText(error));
    }
  }
  return { rows, faults };
}
