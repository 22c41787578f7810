import type { Finding } from '../findings';
import type { SitesSeen } from '../read';
import type { ResolvedLab } from '../resolve';
import { checkCopyOnDemand } from './copyOnDemand';
import { checkHooks } from './hooks';
import { checkHosts } from './hosts';
import { checkImages } from './images';
import { checkNetworks } from './networks';
import { checkNeutron } from './neutron';
import { checkNics } from './nics';
import { checkNodes } from './nodes';
import { checkOwnRoles } from './ownRoles';
import { checkParameters } from './parameters';
import { checkProvisioner } from './provisioner';
import { checkRacks } from './racks';
import { checkSiteNames } from './siteNames';
import { checkSites } from './sites';
import { checkStacks } from './stacks';
import { checkSteps } from './steps';
import { checkSubnetNumbers } from './subnetNumbers';
import { checkSubnets } from './subnets';
import { checkTls } from './tls';
import { checkUndercloudAddress } from './undercloudAddress';
import { checkZones } from './zones';

/**
 * Finds faults of values that are valid by themselves but do not fit together.
 * @param seen names in the file, also of entries that were left out as invalid, so that one fault does not cause another
 */
export function check(lab: ResolvedLab, seen: SitesSeen): Finding[] {
  const names = checkSiteNames(lab, seen);
  const misnamed = new Set(names.map(({ name }) => name));
  // A site with a wrong name is not checked further: its other faults depend on which site is meant.
  const rest = { ...lab, sites: lab.sites.filter(({ name }) => !misnamed.has(name)) };
  return [
    ...checkOwnRoles(lab),
    ...checkProvisioner(rest, seen),
    ...checkNetworks(rest),
    ...names.map(({ finding }) => finding),
    ...checkSites(rest, seen),
    ...checkSubnetNumbers(rest, seen),
    ...checkStacks(rest),
    ...checkSubnets(rest, seen),
    ...checkRacks(rest, seen),
    ...checkZones(rest),
    ...checkNodes(rest, seen),
    ...checkUndercloudAddress(rest),
    ...checkNeutron(rest, seen),
    ...checkNics(rest, seen),
    ...checkParameters(lab),
    ...checkSteps(lab),
    ...checkHooks(lab),
    ...checkHosts(lab),
    ...checkTls(lab),
    ...checkImages(lab, seen),
    ...checkCopyOnDemand(lab),
  ];
}
