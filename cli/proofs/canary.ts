import type { ListedImage } from '../../kit/answers';
import { type CopyWay, verbs } from '../../kit/verbs';
import { UserError } from '../../lib/userError';
import type { ImagePlan, LabPlan } from '../../model';
import type { LabContext } from '../context';
import { cachesOf } from '../pictures/placement';
import { provisionerOf } from '../provisioners';
import { stacksOf } from '../run/graph';
import { Interrupted } from '../run/schedule';
import { type WaveOptions, type Waves, inWaves } from '../run/waves';
import { type KitShell, withKit } from '../undercloud';
import { shouldBeAt, serverSite } from './serverPlan';
import { type SiteProof, proveSite } from './siteProofs';

/**
 * The waves of an `up` or a preview; undefined if the options name none.
 *
 * @throws UserError for a canary that cannot go first, or that no server can prove
 */
export async function wavesOf(
  context: LabContext,
  { canary, asAdmin, wave }: WaveOptions,
): Promise<Waves | undefined> {
  if (asAdmin && canary === undefined) {
    throw new UserError('--as-admin: is about the servers at a canary: name one by --canary.');
  }
  if (canary === undefined && wave === undefined) {
    return undefined;
  }
  const waves = inWaves(stacksOf(context.plan), { canary, asAdmin, wave });
  if (canary !== undefined) {
    await canaryProof(context, canary);
  }
  return waves;
}

/** What shows the progress of a canary's proof, and stops it. */
export interface CanaryOptions {
  onLine: (line: string) => void;
  stop: AbortSignal;
  /** The administrator asks for the servers, in place of a tenant. */
  asAdmin: boolean;
}

/**
 * The servers that prove a canary: one from each image that the lab file puts there.
 *
 * @throws UserError if no server can run at the site, or no image should be there
 */
export async function canaryProof(context: LabContext, name: string): Promise<SiteProof> {
  const { noServers } = await provisionerOf(context);
  if (noServers) {
    throw new UserError(`--canary ${name}: ${noServers}`);
  }
  const site = serverSite(context.plan, name);
  const images = context.plan.images.filter((image) => shouldBeAt(image, site));
  if (images.length === 0) {
    throw new UserError(
      `--canary ${name}: the lab file puts no image at this site, and a server from an image is what proves it. ` +
        'Add the site to the `sites` of an image, or name another site.',
    );
  }
  return { site, images };
}

/**
 * Boots the servers that prove a canary. Copies images first that Glance has and the canary lacks: the images of a lab come after all
 * its sites, so a new site has none yet.
 *
 * @returns lines about what was not proven
 * @throws UserError with all faults of the servers; Interrupted
 */
export async function proveCanary(
  context: LabContext,
  { site, images }: SiteProof,
  options: CanaryOptions,
): Promise<string[]> {
  return withKit(context, async (kit) => {
    const listed = await kit.ask(verbs.images.list({ ofLab: true }), { onLine: options.onLine });
    const current = listed.filter(({ version, status }) => version === undefined && status === 'active');
    const present = images.filter(({ name }) => current.some((image) => image.name === name));
    for (const image of present) {
      const found = current.find(({ name }) => name === image.name) as ListedImage;
      await copyIfMissing(context.plan, kit, { site, image, found }, options);
    }
    const { faults } = await proveSite(
      context,
      kit,
      { site, images: present },
      { asAdmin: options.asAdmin },
      options,
    );
    if (options.stop.aborted) {
      throw new Interrupted();
    }
    if (faults.length > 0) {
      throw new UserError(faults.join('\n'));
    }
    const absent = images.filter((image) => !present.includes(image)).map(({ name }) => name);
    return absent.length > 0
      ? [`No server from ${absent.join(', ')}: Glance gets such images after all sites are up.`]
      : [];
  });
}

async function copyIfMissing(
  plan: LabPlan,
  kit: KitShell,
  { site, image, found }: { site: SiteProof['site']; image: ImagePlan; found: ListedImage },
  { onLine, stop }: CanaryOptions,
): Promise<void> {
  const wanted = [...image.stores, ...cachesOf(plan, image)];
  const places = [...(site.store ? [site.store.id] : []), ...(site.cache?.nodes ?? [])];
  const present = [...found.stores, ...(found.cached ?? [])];
  // A copy that is on its way, as after Ctrl-C, is waited for: no server boots from the image before.
  if (places.some((place) => wanted.includes(place) && !present.includes(place))) {
    const place = site.store?.id ?? site.name;
    await untilStopped(kit.text(verbs.images.copy([image.name], [place], wayOf(image)), { onLine }), stop);
  }
}

/** The way on which the stack of images would copy it, too. */
function wayOf({ copy }: ImagePlan): CopyWay {
  const text = (rate: number | undefined): string | undefined => rate?.toString();
  return copy
    ? { direct: true, rate: text(copy.direct.rateMbit), rateInAll: text(copy.direct.rateInAllMbit) }
    : { direct: false };
}

/** @throws Interrupted as soon as `stop` is aborted: the next run goes on with a copy that was cut */
async function untilStopped(work: Promise<unknown>, stop: AbortSignal): Promise<void> {
  let onStop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    onStop = () => reject(new Interrupted());
    stop.addEventListener('abort', onStop);
    if (stop.aborted) {
      onStop();
    }
  });
  try {
    await Promise.race([work, stopped]);
  } finally {
    stop.removeEventListener('abort', onStop);
    // The connection closes below a call that is left alone, which then fails.
    work.catch(() => undefined);
  }
}
