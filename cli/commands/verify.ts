import type { ImagePlan, LabPlan } from '../../model';
import { UserError, errorText } from '../../lib/userError';
import type { Report } from '../../lib/report';
import { openLab, printJson, toStderr } from '../context';
import { showWork } from '../run/display';
import { interruptedExitCode, interruptible } from '../run/interrupt';
import {
  type ServerOptions,
  type ServerSite,
  serverDocument,
  serverSites,
  shouldBeAt,
} from '../proofs/serverPlan';
import { type ServerRow, serverTables } from '../proofs/serverTables';
import { seeServer } from '../proofs/servers';
import { withKit } from '../undercloud';

/** A server takes memory of its host and, without KVM, a processor: more servers at once would slow one another down. */
const sitesAtOnce = 4;

/** A site, and the images from which `dcn verify` boots servers at it. */
export interface SiteProof {
  site: ServerSite;
  images: ImagePlan[];
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

/** Options of `dcn verify`. */
export type VerifyOptions = ServerOptions & { json?: boolean };

/**
 * `dcn verify [IMAGE…] [--json]`: boots a server from each image at each site where it should be, removes it again, and prints what it
 * saw. Sites run side by side; the images of one site in turn, so that its WAN link carries the data of one server.
 *
 * @throws UserError with all faults that were found
 */
export async function verify(option: string, names: string[], options: VerifyOptions): Promise<void> {
  const context = openLab(option);
  const proofs = proofsOf(context.plan, names);
  const rows: ServerRow[] = [];
  const faults: string[] = [];
  const isStopped = await interruptible(async (interrupts) => {
    const { stop } = interrupts;
    await withKit(context, async (kit) => {
      const run = (report: Report): Promise<void> =>
        sideBySide(proofs, sitesAtOnce, async ({ site, images }) => {
          for (const { name: image } of images) {
            if (stop.aborted) {
              return;
            }
            const document = serverDocument(context.plan, site, image, options);
            try {
              const seen = await seeServer(context, kit, 'prove', site, document, {
                onLine: (line) => report(`${site.name}: ${line}`),
                stop,
              });
              rows.push(seen);
              faults.push(...seen.faults);
            } catch (error) {
              rows.push({ image, site: site.name, failed: stop.aborted ? 'interrupted' : 'failed' });
              faults.push(errorText(error));
            }
          }
        });
      // The display is on standard output, which is for the JSON alone.
      await (options.json
        ? run(toStderr)
        : showWork([{ title: 'servers', run: ({ event }) => run(event) }], { interrupts }));
    });
    return stop.aborted;
  });
  const ordered = inOrder(rows, proofs);
  if (options.json) {
    printJson(ordered);
  } else {
    process.stdout.write(`${serverTables(ordered)}\n`);
  }
  if (faults.length > 0 || isStopped) {
    throw new UserError(faults.join('\n'), isStopped ? interruptedExitCode : 1);
  }
}

/** Runs `work` for all items, `atOnce` of them at a time. */
async function sideBySide<T>(items: T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const left = items.values();
  const worker = async (): Promise<void> => {
    for (const item of left) {
      await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

/** The rows in the order of the lab file: by image, then by site. */
function inOrder(rows: ServerRow[], proofs: SiteProof[]): ServerRow[] {
  const sites = proofs.map(({ site }) => site.name);
  const names = [...new Set(proofs.flatMap(({ images }) => images.map(({ name }) => name)))];
  const position = ({ image, site }: ServerRow): number =>
    names.indexOf(image) * sites.length + sites.indexOf(site);
  return [...rows].sort((a, b) => position(a) - position(b));
}
