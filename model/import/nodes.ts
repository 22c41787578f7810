import { bounds, hostNumbers, toNumber } from '../addresses';
import { hostName } from '../labfile/schema/text';
import { networkNames } from '../networks';
import { findRoleAt } from '../roles';
import type { NetworkName } from '../types';
import type { ImportedSegment, SurveyedNetworks } from './networks';
import type { LabValues } from './fit';
import type { Noter } from './notes';
import type { SurveyedSite } from './stacks';
import type { Survey, SurveyedStack } from './survey';

/** The nodes of a site as the lab file writes them, with all their values, in the order of the file for `node provision`. */
export function nodeValues(
  survey: Survey,
  networks: SurveyedNetworks,
  site: SurveyedSite,
  segments: { segment: ImportedSegment; rack: string | undefined }[],
  note: Noter,
): Record<string, LabValues> {
  return Object.fromEntries(
    inOrder(site.stack).flatMap((host) => {
      const role = findRoleAt(site, host.role);
      const own = segments.find(({ segment }) => segment.roles.includes(host.role));
      const place = `glance-dcn:sites.${site.name}.nodes.${host.name}`;
      if (!role || !own) {
        return [];
      }
      if (!hostName().safeParse(host.name).success) {
        note('unmapped', place, 'is not a short host name in lower case', 'The node is left out');
        return [];
      }
      const addresses = addressesOf(networks, role.networks, host, own.segment);
      const number = commonNumber(own.segment, addresses);
      const key = survey.hostKeys[host.addresses.ctlplane ?? ''];
      // Of a missing key the checks of the lab file say what to write.
      if (key && !key.isKnown) {
        const what = 'the host showed this key just now, and nothing proves that it is the right one';
        note('guess', `${place}.hostKey`, what, 'Compare it on the console of the host');
      }
      const values = {
        role: host.role,
        ...(own.rack !== undefined && { rack: own.rack }),
        ...(number !== undefined && { host: number }),
        addresses,
        ...(key && { hostKey: key.key }),
      };
      return [[host.name, values] as const];
    }),
  );
}

/** Hosts in the order of the file for `node provision`; those that it does not name follow. */
function inOrder({ hosts, bareMetal }: SurveyedStack): SurveyedStack['hosts'] {
  const names = bareMetal.flatMap((role) => role.hosts);
  const place = (name: string) => (names.includes(name) ? names.indexOf(name) : names.length);
  return hosts.toSorted(
    (a, b) => place(a.name) - place(b.name) || a.name.localeCompare(b.name, 'en', { numeric: true }),
  );
}

function addressesOf(
  networks: SurveyedNetworks,
  ofRole: NetworkName[],
  { addresses }: SurveyedStack['hosts'][number],
  { subnets }: ImportedSegment,
): Partial<Record<NetworkName, string>> {
  return Object.fromEntries(
    networkNames.flatMap((key) => {
      const address = addresses[networks.nameOf(key)];
      return address !== undefined && ofRole.includes(key) && subnets[key] ? [[key, address] as const] : [];
    }),
  );
}

/** The host number that most addresses of a node have in their subnets; undefined: none that a lab file may give. */
function commonNumber(
  { subnets }: ImportedSegment,
  addresses: Partial<Record<NetworkName, string>>,
): number | undefined {
  const counts = new Map<number, number>();
  for (const [key, address] of Object.entries(addresses)) {
    const number = toNumber(address) - bounds(subnets[key as NetworkName]!.cidr).first;
    counts.set(number, (counts.get(number) ?? 0) + 1);
  }
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return most && most[0] >= hostNumbers.firstNode && most[0] <= hostNumbers.lastNode ? most[0] : undefined;
}
