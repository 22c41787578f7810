import { forEachAtMost } from '../../lib/forEachAtMost';
import { UserError } from '../../lib/userError';
import type { Report } from '../../lib/report';
import { openLab, printJson, toStderr } from '../context';
import { showWork } from '../run/display';
import { interruptedExitCode, interruptible } from '../run/interrupt';
import type { ServerOptions } from '../proofs/serverPlan';
import { type ServerRow, serverTables } from '../proofs/serverTables';
import { type SiteProof, proofsOf, proveSite } from '../proofs/siteProofs';
import { withKit } from '../undercloud';

/** A server takes memory of its host and, without KVM, a processor: more servers at once would slow one another down. */
const sitesAtOnce = 4;

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
        forEachAtMost(proofs, sitesAtOnce, async (proof) => {
          const onLine = (line: string): void => report(`${proof.site.name}: ${line}`);
          const result = await proveSite(context, kit, proof, options, { onLine, stop });
          rows.push(...result.rows);
          faults.push(...result.faults);
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

/** The rows in the order of the lab file: by image, then by site. */
function inOrder(rows: ServerRow[], proofs: SiteProof[]): ServerRow[] {
  const sites = proofs.map(({ site }) => site.name);
  const names = [...new Set(proofs.flatMap(({ images }) => images.map(({ name }) => name)))];
  const position = ({ image, site }: ServerRow): number =>
    names.indexOf(image) * sites.length + sites.indexOf(site);
  return [...rows].sort((a, b) => position(a) - position(b));
}
