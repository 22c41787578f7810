import { capacity, firstEdgeIndex, firstRackIndex, namedIndex, type Numbering } from '../../addresses';
import { type Finding, labPath } from '../findings';
import type { Path } from '../locate';
import type { SitesSeen } from '../read';
import type { ResolvedLab, ResolvedSite } from '../resolve';
import { networksOfSite, type ResolvedRack } from '../resolveNetworks';
import { numberedOf } from './segments';

/** A site or a rack, whose number decides its subnets. */
interface Numbered {
  /** As messages name it: `dcn0`, `rack r1 of dcn0`. */
  title: string;
  noun: 'site' | 'rack';
  /** Place in the file. */
  at: Path;
  /** `index` in the file. */
  written: number | undefined;
  /** `index`, or the number at the end of a site's name. */
  number: number | undefined;
  /** The numbering plans that the number is for: those of networks whose `cidr` is not written. */
  plans: Numbering[];
  largest: number;
  /** The remedy for a number that cannot stay. */
  free: () => string;
}

/** Checks the numbers of sites and of racks, which decide their subnets. */
export function checkSubnetNumbers(lab: ResolvedLab, seen: SitesSeen): Finding[] {
  const owners = namedSites(lab);
  const sites = numberedSites(lab).flatMap((site) => checkNumber(site, owners));
  const racks = numberedRacks(lab, seen, owners).flatMap((rack) => checkNumber(rack, owners));
  return [...misplacedNumbers(lab), ...sites, ...racks];
}

/** @param owners who has each number, to which a number without a fault is added */
function checkNumber(
  { title, noun, at, written, number, plans, largest, free }: Numbered,
  owners: Map<number, string>,
): Finding[] {
  const found = (message: string, remedy: string): Finding[] => [
    {
      at: written === undefined ? at : [...at, 'index'],
      ...(written !== undefined && { value: written }),
      message,
      remedy,
    },
  ];
  if (plans.length === 0) {
    return written === undefined
      ? []
      : found(`has no effect: the ${noun} writes the cidr of each of its subnets`, 'Take it out');
  }
  if (number === undefined) {
    return noun === 'site'
      ? found(
          'has no number at the end of its name, which would decide its subnets',
          `${free()}, or end the name in a number`,
        )
      : found('has no number, which would decide its subnets', free());
  }
  if (number > largest) {
    return found(
      `would have subnets number ${number}, and the networks have room for numbers up to ${largest}`,
      `${free()}, or give the networks larger ranges`,
    );
  }
  const owner = owners.get(number);
  owners.set(number, owner ?? title);
  return owner === undefined
    ? []
    : found(`has the same subnets as ${owner}: both are number ${number}`, free());
}

/** The sites with fixed names, by the numbers that decide their subnets. */
function namedSites(lab: ResolvedLab): Map<number, string> {
  return new Map(
    lab.sites.flatMap((site) =>
      Object.hasOwn(namedIndex, site.name) && site.index !== undefined && plansOf(lab, site).length > 0
        ? [[site.index, site.name]]
        : [],
    ),
  );
}

/** The sites whose names are not fixed. */
function numberedSites(lab: ResolvedLab): Numbered[] {
  const { sites } = lab;
  const used = new Set(
    sites.flatMap(({ index, racks }) => [index, ...racks.map((rack) => rack.written.index)]),
  );
  // checkNetworks reports a network that is too small for a single edge site.
  const capacities = sites
    .filter(({ kind }) => kind === 'edge')
    .flatMap((site) => plansOf(lab, site))
    .map(capacity)
    .filter((room) => room > firstEdgeIndex);
  const largest = Math.min(...capacities) - 1;
  // Of these numbers one for each site is not used; without edge sites there is no largest number.
  const candidates = rising(firstEdgeIndex, Math.min(largest, firstEdgeIndex + used.size + sites.length));
  const free = () => {
    const index = candidates.find((number) => !used.has(number));
    // Each remedy proposes another number.
    used.add(index);
    return proposal(index);
  };
  return sites
    .filter(({ name }) => !Object.hasOwn(namedIndex, name))
    .map((site) => ({
      title: site.name,
      noun: 'site',
      at: labPath('sites', site.name),
      written: site.written.index,
      number: site.index,
      plans: plansOf(lab, site),
      largest,
      free,
    }));
}

/** Finds numbers at sites whose names decide their subnets. */
function misplacedNumbers({ sites }: ResolvedLab): Finding[] {
  return sites
    .filter(({ name, written }) => Object.hasOwn(namedIndex, name) && written.index !== undefined)
    .map(({ name, written }) => ({
      at: labPath('sites', name, 'index'),
      value: written.index,
      message: `is not for ${name}, which has subnets of its own`,
      remedy: 'Take it out',
    }));
}

/** The racks of sites that can have racks. @param owners the sites with numbers, by number */
function numberedRacks(
  lab: ResolvedLab,
  { invalid, partial }: SitesSeen,
  owners: Map<number, string>,
): Numbered[] {
  const taken = new Set([
    ...owners.keys(),
    ...lab.sites.flatMap(({ written }) => Object.values(written.racks).flatMap(({ index }) => index ?? [])),
  ]);
  // checkRacks reports racks of a cloud.
  const sites =
    lab.provisioner === 'openstack' && !invalid.has('provisioner')
      ? []
      : lab.sites.filter(({ name }) => !partial.has(name));
  return sites.flatMap((site) =>
    // The nodes decide what a rack needs.
    site.racks
      .filter(({ networks }) => networks.length > 0)
      .map((rack) => numberedRack(lab, site, rack, taken)),
  );
}

/** @param taken the numbers that no remedy may propose, to which a proposed one is added */
function numberedRack(
  lab: ResolvedLab,
  site: ResolvedSite,
  { name, written, networks }: ResolvedRack,
  taken: Set<number>,
): Numbered {
  const plans = numberedOf(lab, networks, written);
  const largest = Math.min(...plans.map(capacity)) - 1;
  return {
    title: `rack ${name} of ${site.name}`,
    noun: 'rack',
    at: labPath('sites', site.name, 'racks', name),
    written: written.index,
    number: written.index,
    plans,
    largest,
    free: () => {
      // First the numbers that no site's name gives.
      const numbers = [
        ...rising(firstRackIndex, Math.min(firstEdgeIndex - 1, largest)),
        ...rising(firstEdgeIndex, largest).reverse(),
      ];
      const index = numbers.find((number) => !taken.has(number));
      if (index !== undefined) {
        taken.add(index);
      }
      return proposal(index);
    },
  };
}

function plansOf(lab: ResolvedLab, site: ResolvedSite): Numbering[] {
  return numberedOf(lab, networksOfSite(lab.networks, site), site.written);
}

function rising(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset);
}

function proposal(index: number | undefined): string {
  return index === undefined
    ? 'Give the networks larger ranges: all subnets are taken'
    : `Write index: ${index}`;
}
