import type { Finding } from '../findings';
import type { SitesSeen } from '../read';
import type { LabFile } from '../schema';
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
export function check(file: LabFile, seen: SitesSeen): Finding[] {
  const names = checkSiteNames(file, seen);
  const misnamed = new Set(names.map(({ name }) => name));
  // What is wrong about a site's nodes depends on which site it is meant to be.
  const sites = Object.fromEntries(Object.entries(file.sites).filter(([name]) => !misnamed.has(name)));
  const rest = { ...file, sites };
  return [
    ...checkProvisioner(rest, seen),
    ...checkNetworks(file),
    ...names.map(({ finding }) => finding),
    ...checkSites(rest, seen),
    ...checkNodes(rest, seen),
    ...checkParameters(file),
    ...checkImages(file, seen),
  ];
}
