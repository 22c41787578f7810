import { ipv4, range } from '../labfile/schema/text';
import type { Noter } from './notes';
import type { Survey, SurveyedStack } from './survey';

const isAddress = (text: string): boolean => ipv4().safeParse(text).success;
const isRange = (text: string): boolean => range().safeParse(text).success;

/** A survey without addresses and ranges that a lab cannot have, such as those of IPv6, with a note on each place. */
export function onlyIpv4(survey: Survey, note: Noter): Survey {
  const noted = (at: string, found: string): void =>
    note(
      'unmapped',
      at,
      `has ${found || 'no text'}, which is not IPv4`,
      'A lab has IPv4 alone; write such an address',
    );
  const addresses = (at: string, values: Record<string, string>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(values).filter(([network, address]) => {
        const isValid = isAddress(address);
        if (!isValid) {
          noted(`${at}, ${network}`, address);
        }
        return isValid;
      }),
    );
  const subnets = survey.ctlplane?.filter(({ name, cidr }) => {
    if (!isRange(cidr)) {
      noted(`subnet ${name}`, cidr);
    }
    return isRange(cidr);
  });
  return {
    ...survey,
    ctlplane:
      subnets?.map((subnet) => ({ ...onlyIpv4Ranges(subnet), gateway: addressOr(subnet.gateway, '') })) ??
      null,
    stacks: survey.stacks.map((stack) => ({
      ...stack,
      vips: addresses(`virtual addresses of stack ${stack.name}`, stack.vips),
      hosts: stack.hosts.map((host) => ({
        ...host,
        addresses: addresses(`host ${host.name}`, host.addresses),
      })),
      networks: stack.networks.map((network) => ({
        ...network,
        subnets: Object.fromEntries(
          Object.entries(network.subnets).map(([name, subnet]) => {
            const { ip_subnet: cidr, gateway_ip: gateway } = subnet;
            if (cidr !== undefined && !isRange(cidr)) {
              noted(`subnet ${name} of stack ${stack.name}`, cidr);
            }
            return [
              name,
              {
                ...onlyIpv4Ranges(subnet),
                ip_subnet: rangeOf(cidr),
                gateway_ip: addressOr(gateway, undefined),
              },
            ];
          }),
        ),
      })),
    })),
  };
}

type PoolsAndRoutes = Pick<SurveyedStack['networks'][number]['subnets'][string], 'pools' | 'routes'>;

/** A subnet without pools and routes of other addresses. */
function onlyIpv4Ranges<Subnet extends PoolsAndRoutes>(subnet: Subnet): Subnet {
  return {
    ...subnet,
    pools: subnet.pools.filter(({ start, end }) => isAddress(start) && isAddress(end)),
    routes: subnet.routes.filter(({ destination, nexthop }) => isRange(destination) && isAddress(nexthop)),
  };
}

function addressOr<Other>(text: string | undefined, other: Other): string | Other {
  return text !== undefined && isAddress(text) ? text : other;
}

function rangeOf(text: string | undefined): string | undefined {
  return text !== undefined && isRange(text) ? text : undefined;
}
