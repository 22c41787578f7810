import { UserError } from '../../lib/userError';
import { verbs } from '../../kit/verbs';
import { type LabContext, openLab, printJson, toStderr } from '../context';
import { type Placement, glancePlacement, wantedPlacement } from '../pictures/placement';
import { listedTopology } from '../pictures/topology/listing';
import { topologySvg } from '../pictures/topology/svg';
import { topologyText } from '../pictures/topology/text';
import { mayHaveStacks } from '../run/state';
import { withKit } from '../undercloud';
import { type PictureOptions, writePicture } from '../pictures/writePicture';

/**
 * `dcn topology [--svg FILE | --json]`: draws the lab's sites, nodes, networks, clusters, stores and caches, with their
 * images.
 */
export async function topology(option: string, { svg, json }: PictureOptions): Promise<void> {
  const context = openLab(option);
  const placement = await placementOf(context);
  if (svg) {
    writePicture(svg, topologySvg(context.plan, placement));
  } else if (json) {
    printJson(listedTopology(context.plan, placement));
  } else {
    process.stdout.write(`${topologyText(context.plan, placement)}\n`);
  }
}

/** Where Glance has the images; if the lab is not up, or the undercloud does not answer, where the lab file wants them. */
async function placementOf(context: LabContext): Promise<Placement> {
  try {
    const images = await withKit(context, (kit) => kit.ask(verbs.images.list(), { onLine: toStderr }));
    return glancePlacement(context.plan, images);
  } catch (error) {
    if (!(error instanceof UserError)) {
      throw error;
    }
    toStderr(error.message);
    const because = mayHaveStacks(context.name) ? 'Glance does not answer' : 'the lab is not up';
    return wantedPlacement(context.plan, because);
  }
}
