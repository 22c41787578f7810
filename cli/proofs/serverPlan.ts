import type { ServerDocument } from '../../kit/documents';
import { UserError } from '../../lib/userError';
import type { ImagePlan, LabPlan, SitePlan } from '../../model';

/** Options of a server besides its image and site. */
export interface ServerOptions {
  flavor?: string;
  network?: string;
  volume?: boolean;
  asAdmin?: boolean;
}

/** A site that has computes. */
export type ServerSite = SitePlan & { servers: NonNullable<SitePlan['servers']> };

/** The sites of a lab whose computes run servers. */
export function serverSites(plan: LabPlan): ServerSite[] {
  return plan.sites.filter((site): site is ServerSite => site.servers !== undefined);
}

/** The site of this name. @throws UserError that names the sites with computes, if it is not one of them */
export function serverSite(plan: LabPlan, name: string): ServerSite {
  const sites = serverSites(plan);
  const site = sites.find((candidate) => candidate.name === name);
  if (!site) {
    throw new UserError(
      `site ${name}: no site of lab ${plan.lab} with computes. Sites with computes: ${sites.map((one) => one.name).join(', ') || 'none'}.`,
    );
  }
  return site;
}

/** Whether a site should have an image: an edge site has the images that list it, other sites have all images. */
export function shouldBeAt(image: ImagePlan, site: SitePlan): boolean {
  return site.kind !== 'edge' || image.sites.includes(site.name);
}

/** Whether an image has an operating system, so that its servers write to the console. */
const isSystem = (image: ImagePlan): boolean => !('generated' in image.source);

/**
 * The image of a server for which the user names none: the only image at the site that has an operating system.
 *
 * @throws UserError that lists the images at the site, if there is not exactly one
 */
export function defaultImage(plan: LabPlan, site: SitePlan): string {
  const atSite = plan.images.filter((image) => shouldBeAt(image, site));
  const systems = atSite.filter(isSystem);
  if (systems.length !== 1 || !systems[0]) {
    const names = atSite.map((image) =>
      isSystem(image) ? image.name : `${image.name} (no operating system)`,
    );
    throw new UserError(
      `site ${site.name}: name an image with --image. Images of the lab file at this site: ${names.join(', ') || 'none'}.`,
    );
  }
  return systems[0].name;
}

/**
 * The document for the kit's verbs for servers.
 *
 * @param name of the server; absent: the kit chooses one
 */
export function serverDocument(
  plan: LabPlan,
  site: ServerSite,
  image: string,
  { flavor, network, volume, asAdmin }: ServerOptions,
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
    ...(asAdmin && { asAdmin }),
    ...(known && !isSystem(known) && { system: false }),
    ...site.servers.ceph,
  };
}
