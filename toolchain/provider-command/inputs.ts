import { isObject, isSecret, isUnknown, makeSecret, type PropertyMap } from './values';

/** Type of an input. `any` is not checked. */
type Kind = 'string' | 'number' | 'integer' | 'boolean' | 'strings' | 'stringMap' | 'list' | 'any' | Shape;

interface Field {
  kind: Kind;
  required?: true;
  secret?: true;
  default?: string | number;
  oneOf?: readonly string[];
}

export interface Shape {
  name: string;
  fields: Record<string, Field>;
  /** Inputs of the real provider that this provider does not support. */
  refused?: readonly string[];
}

const loggingChoices = ['stdout', 'stderr', 'stdoutAndStderr', 'none'] as const;

const hostFields: Shape['fields'] = {
  user: { kind: 'string', default: 'root' },
  password: { kind: 'string', secret: true },
  host: { kind: 'string', required: true },
  port: { kind: 'number', default: 22 },
  privateKey: { kind: 'string', secret: true },
  privateKeyPassword: { kind: 'string', secret: true },
  agentSocketPath: { kind: 'string' },
  dialErrorLimit: { kind: 'integer', default: 10 },
  perDialTimeout: { kind: 'integer', default: 15 },
  hostKey: { kind: 'string' },
};

const connectionField: Field = {
  kind: {
    name: 'connection',
    fields: { ...hostFields, proxy: { kind: { name: 'proxy', fields: hostFields } } },
  },
  required: true,
  secret: true,
};

const commandFields: Shape['fields'] = {
  triggers: { kind: 'list' },
  create: { kind: 'string' },
  update: { kind: 'string' },
  delete: { kind: 'string' },
  stdin: { kind: 'string' },
  logging: { kind: 'string', oneOf: loggingChoices },
  addPreviousOutputInEnv: { kind: 'boolean' },
  environment: { kind: 'stringMap' },
};

export const remoteCommandShape: Shape = {
  name: 'remote.Command',
  fields: { ...commandFields, connection: connectionField },
};

export const localCommandShape: Shape = {
  name: 'local.Command',
  fields: { ...commandFields, interpreter: { kind: 'strings' }, dir: { kind: 'string' } },
  refused: ['assetPaths', 'archivePaths'],
};

export const copyToRemoteShape: Shape = {
  name: 'remote.CopyToRemote',
  fields: {
    connection: connectionField,
    triggers: { kind: 'list' },
    source: { kind: 'any', required: true },
    remotePath: { kind: 'string', required: true },
  },
};

/** A refused input. `reason` never has the value, which may be a key. */
export interface Fault {
  property: string;
  reason: string;
}

const kindChecks: Record<Extract<Kind, string>, [string, (value: unknown) => boolean]> = {
  string: ['a string', (value) => typeof value === 'string'],
  number: ['a number', (value) => typeof value === 'number'],
  integer: ['a whole number', (value) => Number.isInteger(value)],
  boolean: ['true or false', (value) => typeof value === 'boolean'],
  strings: ['a list of strings', (value) => Array.isArray(value) && value.every(isText)],
  stringMap: ['a map of strings', (value) => isObject(value) && Object.values(value).every(isText)],
  list: ['a list', (value) => Array.isArray(value)],
  any: ['a value', () => true],
};

function isText(value: unknown): boolean {
  return isSecret(value) ? isText(value.value) : typeof value === 'string';
}

function describe(value: unknown): string {
  return value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`;
}

/**
 * Checks the inputs of a resource, fills in defaults, and marks `connection` and its keys and passwords as secret. Finds all
 * faults. Messages are the same as the real provider's, if the real provider has one.
 */
export function checkInputs(inputs: PropertyMap, shape: Shape): { inputs: PropertyMap; faults: Fault[] } {
  const faults: Fault[] = [];

  function checkFields(
    value: PropertyMap,
    { name, fields, refused = [] }: Shape,
    prefix: string,
  ): PropertyMap {
    for (const key of Object.keys(value)) {
      if (key in fields || key.startsWith('__') || (prefix === '' && key === 'version')) {
        continue;
      }
      const reason = refused.includes(key)
        ? `${key} is not supported by this build of the command provider: read the files in a later step instead`
        : `Unrecognized field '${key}' on '${name}'`;
      faults.push({ property: prefix + key, reason });
    }
    const checked: PropertyMap = { ...value };
    for (const [key, field] of Object.entries(fields)) {
      const property = prefix + key;
      if (checked[key] === undefined || checked[key] === null) {
        if (field.default !== undefined) {
          checked[key] = field.default;
        } else if (field.required) {
          faults.push({ property, reason: `Missing required field '${key}' on '${name}'` });
        }
      } else {
        const item = checkValue(checked[key], field, property);
        checked[key] = field.secret ? makeSecret(item) : item;
      }
    }
    return checked;
  }

  function checkValue(value: unknown, field: Field, property: string): unknown {
    if (isSecret(value)) {
      return makeSecret(checkValue(value.value, field, property));
    }
    if (isUnknown(value)) {
      return value;
    }
    if (typeof field.kind === 'object') {
      if (isObject(value)) {
        return checkFields(value, field.kind, `${property}.`);
      }
      faults.push({ property, reason: `expected an object, got ${describe(value)}` });
      return value;
    }
    const [wanted, fits] = kindChecks[field.kind];
    if (!fits(value)) {
      faults.push({ property, reason: `expected ${wanted}, got ${describe(value)}` });
    } else if (field.oneOf && !field.oneOf.includes(value as string)) {
      faults.push({
        property,
        reason: `expected one of ${field.oneOf.join(', ')}, got ${JSON.stringify(value)}`,
      });
    }
    return value;
  }

  return { inputs: checkFields(inputs, shape, ''), faults };
}
