import { type Cell, table } from '../../lib/table';
import { type SeenServer, type ServerDocument, verbs } from '../../kit/verbs';
import type { ImagePlan, LabPlan, SitePlan } from '../../model';
import { UserError } from '../../lib/userError';
import type { LabContext } from '../context';
import type { KitShell } from '../undercloud';
import { type WanBytes, wanMeter } from './wanMeter';

/** What an operator says of a server besides its image and site. */
export interface ServerOptions {
  flavor?: string;
  network?: string;
  volume?: boolean;
}

/** A site that has computes. */
export type ServerSite = SitePlan & { servers: NonNullable<SitePlan['servers']> };

/** The sites of a lab whose computes run servers. */
export function serverSites(plan: LabPlan): ServerSite[] {
  return plan.sites.filter((site): site is ServerSite => site.servers !== undefined);
}

/** The site of this name, where servers can run. @throws UserError that names those where they can */
export function serverSite(plan: LabPlan, name: string): ServerSite {
  const sites = serverSites(plan);
  const site = sites.find((candidate) => candidate.name === name);
  if (!site) {
    throw new UserError(
      `site ${name}: no site of lab ${plan.lab} with computes. Those are: ${sites.map((one) => one.name).join(', ') || 'none'}.`,
    );
  }
  return site;
}

/** Whether the lab file wants servers of a site to start from an image: the control plane's own place has all of them. */
export function shouldBeAt(image: ImagePlan, site: SitePlan): boolean {
  return site.kind !== 'edge' || image.sites.includes(site.name);
}

/** Whether there is anything in an image that could write to a console. */
const isSystem = (image: ImagePlan): boolean => !('generated' in image.source);

/**
 * The image for a server where none is named: the only one that the lab file puts at the site and that is an operating
 * system. @throws UserError that lists those from which to choose
 */
export function defaultImage(plan: LabPlan, site: SitePlan): string {
  const there = plan.images.filter((image) => shouldBeAt(image, site));
  const systems = there.filter(isSystem);
  if (systems.length !== 1 || !systems[0]) {
    const names = there.map((image) =>
      isSystem(image) ? image.name : `${image.name} (no operating system)`,
    );
    throw new UserError(
      `site ${site.name}: say which image with --image. The lab file puts there: ${names.join(', ') || 'none'}.`,
    );
  }
  return systems[0].name;
}

/** The document that the kit's verbs for servers read. */
export function serverDocument(
  plan: LabPlan,
  site: ServerSite,
  image: string,
  { flavor, network, volume }: ServerOptions,
  name?: string,
): ServerDocument {
  const known = plan.images.find((candidate) => candidate.name === image);
  return {
    site: site.name,
    zone: site.servers.zone,
    image,
    ...(name && { name }),
    ...(flavor && { flavor }),
    ...(network && { network }),
    ...(volume && { volume }),
    ...(known && !isSystem(known) && { system: false }),
    ...site.servers.ceph,
  };
}

/** Runs one of the kit's verbs for servers; gives what it saw, and what crossed the WAN meanwhile, its own look included. */
export async function seeServer(
  context: LabContext,
  kit: KitShell,
  verb: 'boot' | 'prove',
  site: ServerSite,
  document: ServerDocument,
  options: { onLine: (line: string) => void; stop?: AbortSignal },
): Promise<{ seen: SeenServer; wan: WanBytes }> {
  const crossed = await wanMeter(context, site);
  const seen = await kit.ask(verbs.servers[verb], { ...options, document });
  return { seen, wan: await crossed() };
}

/** One line of the table: a server that was seen, or one that came to nothing. */
export type ServerRow =
  { seen: SeenServer; wan: WanBytes } | { image: string; site: string; failed: 'failed' | 'interrupted' };

/** The table of servers, as `dcn boot` and `dcn verify` print it. */
export function serverTable(rows: ServerRow[]): string {
  return table(
    ['image', 'site', 'host', 'ACTIVE after', 'disk', 'holds itself', 'console', 'WAN to, from the site'],
    rows.map(cellsOf),
  );
}

function cellsOf(row: ServerRow): Cell[] {
  if ('failed' in row) {
    return [row.image, row.site, '-', row.failed, '-', '-', '-', '-'];
  }
  const { seen, wan } = row;
  return [
    seen.image,
    seen.site,
    seen.host,
    `${seen.activeSeconds.toFixed(1)} s`,
    diskText(seen),
    sizeText(seen),
    consoleText(seen),
    typeof wan === 'string' ? wan : `${bytesText(wan.to)}, ${bytesText(wan.from)}`,
  ];
}

function diskText({ disk, parent, outcome, source }: SeenServer): string {
  if (parent) {
    return `clone of ${parent}${outcome === 'copied' ? ', to which the image was copied' : ''}`;
  }
  return `full copy ${disk ? 'in Ceph' : 'on its host'}${source ? `, from ${source}` : ''}`;
}

function sizeText({ usedBytes, virtualBytes }: SeenServer): string {
  return usedBytes === null || virtualBytes === null
    ? '-'
    : `${(usedBytes / 2 ** 20).toFixed(0)} of ${(virtualBytes / 2 ** 20).toFixed(0)} MiB`;
}

function consoleText({ console, consoleSeconds }: SeenServer): string {
  const after = `after ${consoleSeconds?.toFixed(1)} s`;
  return {
    ready: `ready ${after}`,
    written: `last written to ${after}`,
    silent: 'silent',
    none: 'no operating system',
  }[console];
}

function bytesText(bytes: number): string {
  return bytes < 2 ** 20 ? `${(bytes / 1024).toFixed(0)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
