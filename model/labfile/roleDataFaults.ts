import { networkNames } from '../networks';
import { companions, edgeServices } from '../roleServices';
import { composableName } from '../tripleo/networks';
import { serviceNames, servicePrefix } from '../tripleo/serviceNames';
import type { NetworkName } from '../types';
import { nearest } from './faults';
import type { Path } from './locate';
import { secretsIn } from './secrets';
import { standardRoles, templateNames } from './standardRoles';

/** A fault of a role data file. */
export interface Fault {
  at: Path;
  value?: unknown;
  message: string;
  remedy: string;
}

/** The path of a value of one role. */
export type At = (...path: Path) => Path;

/** Networks by TripleO's names, such as InternalApi. */
const networksByName = new Map(
  networkNames.flatMap((network) => {
    const name = composableName(network);
    return name === undefined ? [] : [[name, network] as const];
  }),
);

/** Parameters of TripleO begin with the names of roles. */
export function checkName(name: string, position: number, entries: unknown[], at: At): Fault[] {
  if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) {
    const remedy = 'Use letters and digits only, a capital first: DatabaseEast';
    return [{ at: at('name'), value: name, message: 'is not a name of a role', remedy }];
  }
  if (templateNames.has(name)) {
    const remedy = 'Give it another name';
    return [
      {
        at: at('name'),
        value: name,
        message: 'is a name that TripleO’s templates use for something else',
        remedy,
      },
    ];
  }
  if (standardRoles.has(name)) {
    const remedy = 'Give it another name: TripleO’s role of this name would have other services';
    return [{ at: at('name'), value: name, message: 'is the name of a role of TripleO', remedy }];
  }
  const others = entries
    .slice(0, position)
    .map((other) => (other as { name?: unknown } | null)?.name)
    .filter((other) => typeof other === 'string');
  if (others.includes(name)) {
    const remedy = 'Take one of the roles out, or give it another name';
    return [{ at: at('name'), value: name, message: 'is the name of two roles', remedy }];
  }
  // THT tools/process-templates.py: puppet/<role in lower case>-role.yaml.
  const like = [...standardRoles, ...others].find((other) => other.toLowerCase() === name.toLowerCase());
  return like === undefined
    ? []
    : [
        {
          at: at('name'),
          value: name,
          message: `differs from ${like} in capitals alone: TripleO’s files of both roles have one name`,
          remedy: 'Give it another name',
        },
      ];
}

/** Finds services that TripleO does not have, or that do not go together. */
export function checkServices(services: string[], at: At): Fault[] {
  if (services.length === 0) {
    const remedy = 'Write the services of the role: begin with a copy of a role of TripleO';
    return [{ at: at('ServicesDefault'), message: 'names no service', remedy }];
  }
  const short = services.map((service) => service.replace(servicePrefix, ''));
  const unknown = services.flatMap((service, index): Fault[] => {
    const where = at('ServicesDefault', index);
    if (services.indexOf(service) < index) {
      return [{ at: where, value: service, message: 'is in the list twice', remedy: 'Take one of them out' }];
    }
    if (!service.startsWith('OS::')) {
      const meant = nearest(service, serviceNames) ?? 'Timezone';
      const remedy = `Write its whole name, such as ${servicePrefix}${meant}`;
      return [{ at: where, value: service, message: 'is not the name of a service', remedy }];
    }
    if (!service.startsWith(servicePrefix) || serviceNames.has(short[index]!)) {
      return [];
    }
    const meant = nearest(short[index]!, serviceNames);
    const remedy = meant
      ? `Did you mean ${servicePrefix}${meant}?`
      : `Write a service of TripleO; give one of your own a name that does not begin with ${servicePrefix}`;
    return [{ at: where, value: service, message: 'is no service of TripleO', remedy }];
  });
  const own = new Set<string>(short);
  const edge = edgeServices.find((name) => own.has(name));
  const central = (['Keystone', 'GlanceApi', 'HAproxy', 'MySQL', 'CinderVolume'] as const).find((name) =>
    own.has(name),
  );
  return [
    ...unknown,
    ...companions
      .filter(({ of, one }) => of.some((name) => own.has(name)) && !one.some((name) => own.has(name)))
      .map(({ of, one: [needed], because }) => ({
        at: at('ServicesDefault'),
        message: `has ${of.find((name) => own.has(name))} and not ${needed}, which ${because}`,
        remedy: `Add ${servicePrefix}${needed}`,
      })),
    ...(edge !== undefined && central !== undefined
      ? [
          {
            at: at('ServicesDefault'),
            message: `has ${edge}, which edge sites have, and ${central}, which the control plane has`,
            remedy: 'Take one of them out: a role is for one kind of site',
          },
        ]
      : []),
  ];
}

/** Finds networks that are none of TripleO’s. */
export function checkNetworks(networks: string[], at: At): Fault[] {
  return networks.flatMap((network) => {
    if (networksByName.has(network)) {
      return [];
    }
    const meant = nearest(network, networksByName.keys());
    const remedy = meant
      ? `Did you mean ${meant}?`
      : `Write some of ${[...networksByName.keys()].join(', ')}`;
    return [{ at: at('networks', network), value: network, message: 'is not a network of TripleO', remedy }];
  });
}

/** The part of a host name between stack and number; undefined: the format is another one. */
export function hostnameOf(name: string, format: string | undefined): string | undefined {
  return format === undefined
    ? name.toLowerCase()
    : /^%stackname%-([a-z0-9]([a-z0-9-]*[a-z0-9])?)-%index%$/.exec(format)?.[1];
}

/** The fault of a format of host names from which no part follows. */
export function hostnameFault(value: unknown, at: At): Fault {
  return {
    at: at('HostnameFormatDefault'),
    value,
    message: 'is not a format of host names by stack, role and number',
    remedy:
      'Write %stackname%-NAME-%index% with lower-case letters, digits and inner hyphens for NAME, or leave it out',
  };
}

/** As in TripleO's own roles, by which the plan writes the default route of NIC templates. */
export function checkRoute(networks: NetworkName[], written: string[] | undefined, at: At): Fault[] {
  const wanted = networks.includes('external') ? ['External'] : undefined;
  return written?.join() === wanted?.join() || (written?.join() === 'ControlPlane' && !wanted)
    ? []
    : [
        {
          at: at('default_route_networks'),
          ...(written && { value: written }),
          message: wanted
            ? 'is not [External], and the role is on External'
            : 'names a network that no default route leads by',
          remedy: wanted ? 'Write default_route_networks: [External]' : 'Take it out',
        },
      ];
}

/** The role data are in state, previews and files that others can read. */
export function checkSecrets(data: Record<string, unknown>, at: At): Fault[] {
  return secretsIn(data).map((secret) => ({
    at: at(...secret.at),
    message: secret.message,
    remedy:
      secret.at[0] === 'RoleParametersDefault'
        ? 'Take it out, and put the parameter into a file of mode 0600 on the undercloud, which environments lists'
        : 'Take it out',
  }));
}
