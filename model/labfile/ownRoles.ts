import { networkNames } from '../networks';
import { networksOfServices } from '../roleServices';
import { type OwnRole, describeRole } from '../roles';
import { composableName } from '../tripleo/networks';
import { servicePrefix } from '../tripleo/serviceNames';
import type { NetworkName } from '../types';
import { isCircular } from './aliases';
import { nearest, show } from './faults';
import { type FileReader, textOf, unreadableFile } from './files';
import { type Finding, labPath } from './findings';
import { LabText, type Path } from './locate';
import {
  type At,
  type Fault,
  checkName,
  checkNetworks,
  checkRoute,
  checkSecrets,
  checkServices,
  hostnameFault,
  hostnameOf,
} from './roleDataFaults';
import { withoutSecrets } from './secrets';

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
  rhsm_enforce_multios: 'text',
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
  const text = new LabText(content.text, '1.1');
  const [error] = text.document.errors;
  if (error) {
    const line = text.lineAt(error.pos[0]);
    const message = `${file} line ${line}: is not YAML, or has a key twice`;
    return { ...none, findings: [{ at, message, remedy: 'Correct the syntax there' }] };
  }
  const entries = valueOf(text);
  if (entries === unresolved) {
    const message = `${file}: has aliases (*…) without an anchor, within their own values, or in great numbers`;
    return { ...none, findings: [{ at, message, remedy: 'Write the values out instead of the aliases' }] };
  }
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

const unresolved = Symbol('aliases that stand for no value');

function valueOf({ document }: LabText): unknown {
  try {
    const value: unknown = document.toJS();
    return isCircular(value) ? unresolved : value;
  } catch {
    return unresolved;
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
    ...(wrong.has('ServicesDefault') || data.ServicesDefault === undefined
      ? []
      : checkServices(services, at)),
    ...checkNetworks(networks, at),
    ...(hostname === undefined ? [hostnameFault(data.HostnameFormatDefault, at)] : []),
    ...checkRoute(role.networks, valid<string[] | undefined>('default_route_networks', undefined), at),
    ...checkSecrets(data, at),
  ];
  return { role: { ...role, data }, faults };
}

function checkForms(data: Record<string, unknown>, at: At): Fault[] {
  const missing = (['name', 'ServicesDefault', 'networks'] as const).filter((key) => data[key] === undefined);
  return [
    ...missing.map((key) => ({
      at: at(key),
      message: 'is missing',
      remedy: `Write ${key}: … with ${words[forms[key]]}`,
    })),
    ...Object.entries(data).flatMap(([key, value]): Fault[] => {
      if (/^(uses_)?deprecated_/.test(key)) {
        const message = 'is for old names of parameters, which only TripleO’s own role has';
        return [{ at: at(key), message, remedy: 'Take it out' }];
      }
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

/** Networks that a role needs and is not on, with the service that needs each. */
export function missingNetworks({ services, networks }: OwnRole): [NetworkName, string][] {
  return networksOfServices(new Set(services)).filter(([network]) => !networks.includes(network));
}
