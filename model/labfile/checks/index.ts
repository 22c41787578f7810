import type { Finding } from '../findings';
import type { SitesSeen } from '../read';
import type { ResolvedLab } from '../resolve';
import { checkImages } from './images';
import { checkNetworks } from './networks';
import { checkNodes } from './nodes';
import { checkParameters } from './parameters';
import { checkProvisioner } from './provisioner';
import { checkSiteNames } from './siteNames';
import { checkSites } from './sites';

/**
 * Faults that lie between values, in a file whose values are each valid.
 * @param seen tells what the file names beyond what is left of it, so that one fault does not bring another along
 */
export function check(lab: ResolvedLab, seen: SitesSeen): Finding[] {
  const names = checkSiteNames(lab, seen);
  const misnamed = new Set(names.map(({ name }) => name));
  // What is wrong about a site's nodes depends on which site it is meant to be.
  const rest = { ...lab, sites: lab.sites.filter(({ name }) => !misnamed.has(name)) };
  return [
    ...checkProvisioner(rest, seen),
    ...checkNetworks(lab),
    ...names.map(({ finding }) => finding),
    ...checkSites(rest, seen),
    ...checkNodes(rest, seen),
    ...checkParameters(lab),
    ...checkImages(lab, seen),
  ];
}
