import { networkNames } from '../networks';
import { edgeServices, networksOfServices } from '../roleServices';
import { type OwnRole, describeRole } from '../roles';
import { composableName } from '../tripleo/networks';
import { serviceNames, servicePrefix } from '../tripleo/serviceNames';
import type { NetworkName } from '../types';
import { nearest, show } from './faults';
import { type FileReader, textOf, unreadableFile } from './files';
import { type Finding, labPath } from './findings';
import { LabText, type Path } from './locate';
import { secretInText, secretsIn, withoutSecrets } from './secrets';
import { standardRoles } from './standardRoles';

/** The roles of a lab's role data file. */
export interface OwnRoles {
  /** Roles without faults, in the order of the file. */
  roles: OwnRole[];
  /** Names of all roles in the file. */
  names: ReadonlySet<string>;
  /** Whether `names` are all: false if the file cannot be read, or a name in it is wrong. */
  complete: boolean;
  /** Each fault of the file. */
  findings: Finding[];
  /** Says where a value of a role is: `roles.yaml line 7, Database.networks`. */
  placeOf: (role: string, ...path: Path) => string;
}

/** A fault of a role data file. */
interface Fault {
  at: Path;
  value?: unknown;
  message: string;
  remedy: string;
}

/** Networks by TripleO's names, such as InternalApi. */
const networksByName = new Map(
  networkNames.flatMap((network) => {
    const name = composableName(network);
    return name === undefined ? [] : [[name, network] as const];
  }),
);

/** Forms of a role's values (tripleo-common utils/roles.py validate_role_yaml, THT roles/README.rst). */
const forms = {
  name: 'text',
  description: 'text',
  CountDefault: 'number',
  HostnameFormatDefault: 'text',
  ImageDefault: 'text',
  FlavorDefault: 'text',
  ServicesDefault: 'list',
  RoleParametersDefault: 'map',
  networks: 'list or map',
  networks_skip_config: 'list',
  default_route_networks: 'list',
  tags: 'list',
  update_serial: 'number',
  upgrade_batch_size: 'number',
  disable_constraints: 'switch',
  disable_upgrade_deployment: 'switch',
  rhsm_enforce: 'switch',
} as const;

type Form = (typeof forms)[keyof typeof forms];

const words: Record<Form, string> = {
  text: 'a text',
  number: 'a whole number',
  list: 'a list of texts: [one, another]',
  map: 'keys and values: { key: value }',
  'list or map': 'keys and values, such as { Storage: { subnet: storage_subnet } }',
  switch: 'true or false',
};

/** The roles of a lab without a role data file. */
export const noOwnRoles: OwnRoles = {
  roles: [],
  names: new Set(),
  complete: true,
  findings: [],
  placeOf: () => '',
};

/**
 * Reads the role data file of a lab file.
 * @param file as the lab file names it; undefined: it names none
 */
export function readOwnRoles(file: string | undefined, read: FileReader): OwnRoles {
  if (file === undefined) {
    return noOwnRoles;
  }
  const none = { roles: [], names: new Set<string>(), complete: false, placeOf: () => file };
  const at = labPath('rolesData');
  const content = textOf(file, read);
  if ('unreadable' in content) {
    return { ...none, findings: [{ at, value: file, ...unreadableFile(content) }] };
  }
  const text = new LabText(content.text);
  const [error] = text.document.errors;
  if (error) {
    const line = text.lineAt(error.pos[0]);
    const message = `${file} line ${line}: is not YAML, or has a key twice`;
    return { ...none, findings: [{ at, message, remedy: 'Correct the syntax there' }] };
  }
  const entries = valueOf(text);
  if (!Array.isArray(entries) || entries.length === 0) {
    const message = `${file}: is not a list of roles`;
    const remedy = 'Write role data, a list of roles, each as `- name: …`';
    return { ...none, findings: [{ at, message, remedy }] };
  }
  const nameOf = (position: number) => {
    const { name } = (entries[position] ?? {}) as { name?: unknown };
    return typeof name === 'string' ? name : `[${position}]`;
  };
  const placeAt = (path: Path) => {
    const [position, ...rest] = path;
    return `${file} line ${text.lineOf(path)}, ${[nameOf(Number(position)), ...rest].join('.')}`;
  };
  const checked = entries.map((entry: unknown, position) => checkRole(entry, position, entries));
  return {
    roles: checked.flatMap(({ role, faults }) => (role && faults.length === 0 ? [role] : [])),
    names: new Set(entries.map((_, position) => nameOf(position))),
    complete: checked.every(({ faults }) => !faults.some(isAboutName)),
    findings: checked.flatMap(({ faults }) =>
      faults.map(({ at: path, value, message, remedy }) => ({
        at,
        message: `${placeAt(path)}: ${message}${value === undefined ? '' : ` (it is ${show(withoutSecrets(value, path.at(-1)))})`}`,
        remedy,
      })),
    ),
    placeOf: (role, ...path) =>
      placeAt([entries.findIndex((_, position) => nameOf(position) === role), ...path]),
  };
}

/** Whether a fault is about the name of a role, or a role as a whole: the lab file may name what was meant. */
function isAboutName({ at: [, key] }: Fault): boolean {
  return key === undefined || key === 'name';
}

/** The values of a text; undefined: aliases without anchors, or too many. */
function valueOf(text: LabText): unknown {
  try {
    return text.document.toJS();
  } catch {
    return undefined;
  }
}

function checkRole(
  entry: unknown,
  position: number,
  entries: unknown[],
): { role?: OwnRole; faults: Fault[] } {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) {
    const remedy = 'Write a role as keys and values: - name: …';
    return { faults: [{ at: [position], value: entry, message: 'is not a role', remedy }] };
  }
  const data = entry as Record<string, unknown>;
  const at = (...path: Path): Path => [position, ...path];
  const ofForm = checkForms(data, at);
  const wrong = new Set(ofForm.map((fault) => fault.at[1]));
  const valid = <T>(key: keyof typeof forms, fallback: T): T =>
    data[key] === undefined || wrong.has(key) ? fallback : (data[key] as T);
  const name = valid('name', '');
  const services = valid<string[]>('ServicesDefault', []);
  const written = valid<string[] | Record<string, unknown>>('networks', []);
  const networks = Array.isArray(written) ? written : Object.keys(written);
  const short = services.map((service) => service.replace(servicePrefix, ''));
  const known = networkNames.filter(
    (network) => network === 'ctlplane' || networks.includes(composableName(network) ?? ''),
  );
  const hostname = hostnameOf(name, valid('HostnameFormatDefault', undefined));
  const role = describeRole(name, known, hostname ?? name.toLowerCase(), short);
  const faults = [
    ...ofForm,
    ...(wrong.has('name') ? [] : checkName(name, position, entries, at)),
    ...checkServices(services, at),
    ...checkNetworks(networks, at),
    ...(hostname === undefined ? [hostnameFault(data.HostnameFormatDefault, at)] : []),
    ...checkRoute(role.networks, valid<string[] | undefined>('default_route_networks', undefined), at),
    ...checkSecrets(data, at),
  ];
  return { role: { ...role, data }, faults };
}

type At = (...path: Path) => Path;

function checkForms(data: Record<string, unknown>, at: At): Fault[] {
  const missing = (['name', 'ServicesDefault', 'networks'] as const).filter((key) => data[key] === undefined);
  return [
    ...missing.map((key) => ({
      at: at(key),
      message: 'is missing',
      remedy: `Write ${key}: … with ${words[forms[key]]}`,
    })),
    ...Object.entries(data).flatMap(([key, value]): Fault[] => {
      if (!Object.hasOwn(forms, key)) {
        const meant = nearest(key, Object.keys(forms));
        const remedy = meant ? `Did you mean ${meant}?` : `Known keys: ${Object.keys(forms).join(', ')}`;
        return [{ at: at(key), message: 'is not a key of a role', remedy }];
      }
      const form = forms[key as keyof typeof forms];
      return hasForm(value, form)
        ? []
        : [
            {
              at: at(key),
              value,
              message: `is not ${words[form].split(/[:,]/)[0]}`,
              remedy: `Write ${words[form]}`,
            },
          ];
    }),
  ];
}

function hasForm(value: unknown, form: Form): boolean {
  const isList = Array.isArray(value) && value.every((member) => typeof member === 'string');
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  switch (form) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return Number.isInteger(value) && Number(value) >= 0;
    case 'list':
      return isList;
    case 'map':
      return isMap;
    case 'list or map':
      return isList || isMap;
    case 'switch':
      return typeof value === 'boolean';
  }
}

/** Parameters of TripleO begin with the names of roles. */
function checkName(name: string, position: number, entries: unknown[], at: At): Fault[] {
  if (!/^[A-Z][A-Za-z0-9]*$/.test(name)) {
    const remedy = 'Use letters and digits only, a capital first: DatabaseEast';
    return [{ at: at('name'), value: name, message: 'is not a name of a role', remedy }];
  }
  if (standardRoles.has(name)) {
    const remedy = 'Give it another name: TripleO’s role of this name would have other services';
    return [{ at: at('name'), value: name, message: 'is the name of a role of TripleO', remedy }];
  }
  const isTwice = entries
    .slice(0, position)
    .some((other) => (other as { name?: unknown } | null)?.name === name);
  const remedy = 'Take one of the roles out, or give it another name';
  return isTwice ? [{ at: at('name'), value: name, message: 'is the name of two roles', remedy }] : [];
}

function checkServices(services: string[], at: At): Fault[] {
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
    ...(own.has('NovaCompute') && !own.has('NovaAZConfig')
      ? [
          {
            at: at('ServicesDefault'),
            message:
              'has NovaCompute and not NovaAZConfig, which puts hosts into the availability zone of the site',
            remedy: `Add ${servicePrefix}NovaAZConfig`,
          },
        ]
      : []),
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

function checkNetworks(networks: string[], at: At): Fault[] {
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
function hostnameOf(name: string, format: string | undefined): string | undefined {
  return format === undefined
    ? name.toLowerCase()
    : /^%stackname%-([a-z0-9]([a-z0-9-]*[a-z0-9])?)-%index%$/.exec(format)?.[1];
}

function hostnameFault(value: unknown, at: At): Fault {
  return {
    at: at('HostnameFormatDefault'),
    value,
    message: 'is not a format of host names by stack, role and number',
    remedy:
      'Write %stackname%-NAME-%index% with lower-case letters, digits and inner hyphens for NAME, or leave it out',
  };
}

/** As in TripleO's own roles, by which the plan writes the default route of NIC templates. */
function checkRoute(networks: NetworkName[], written: string[] | undefined, at: At): Fault[] {
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
function checkSecrets(data: Record<string, unknown>, at: At): Fault[] {
  const remedy =
    'Take it out, and put the parameter into a file of mode 0600 on the undercloud, which environments lists';
  const ofParameters = secretsIn(data.RoleParametersDefault ?? {}).map((secret) => ({
    at: at('RoleParametersDefault', ...secret.at),
    message: secret.message,
    remedy,
  }));
  const ofTexts = Object.entries(data).flatMap(([key, value]) => {
    const message = typeof value === 'string' ? secretInText(value) : undefined;
    return message ? [{ at: at(key), message, remedy: 'Take it out' }] : [];
  });
  return [...ofParameters, ...ofTexts];
}

/** Networks that a role needs and is not on, with the service that needs each. */
export function missingNetworks({ services, networks }: OwnRole): [NetworkName, string][] {
  return networksOfServices(new Set(services)).filter(([network]) => !networks.includes(network));
}
