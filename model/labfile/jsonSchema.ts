import * as z from 'zod';
import { labSchema, prefix } from './schema';

/** The part of JSON Schema that `z.toJSONSchema` uses for the lab file's schema. */
export interface JsonSchema {
  description?: string;
  /** What editors show where `pattern` does not match; also the remedy in messages. */
  patternErrorMessage?: string;
  type?: string;
  pattern?: string;
  format?: string;
  enum?: string[];
  const?: string | number | boolean;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  /** Of one schema: a reference with a description of its own. */
  allOf?: JsonSchema[];
  $ref?: string;
  definitions?: Record<string, JsonSchema>;
}

let schema: JsonSchema | undefined;

/** Schema of the lab's keys without their prefix; computed on first use, because few runs need it. */
export function labJsonSchema(): JsonSchema {
  return (schema ??= z.toJSONSchema(labSchema, { io: 'input', target: 'draft-7' }) as JsonSchema);
}

/** Keys beside `config` that Pulumi itself may write into a stack's file. */
export const pulumiKeys = ['encryptionsalt', 'encryptedkey', 'secretsprovider', 'environment'];

/** JSON Schema of a whole lab file, for editors. */
export function labFileJsonSchema(): Record<string, unknown> {
  const { properties = {}, required = [], ...rest }: JsonSchema = labJsonSchema();
  const prefixed = Object.entries(properties).map(([key, schema]): [string, JsonSchema] => [
    `${prefix}${key}`,
    schema,
  ]);
  return {
    ...rest,
    title: 'Lab file of glance-dcn: Pulumi.<lab>.yaml',
    properties: {
      config: {
        type: 'object',
        properties: Object.fromEntries(prefixed),
        // Keys with another prefix belong to Pulumi and its providers.
        patternProperties: { [`^(?!${prefix})[A-Za-z0-9_-]+:`]: {} },
        required: required.map((key) => `${prefix}${key}`),
        additionalProperties: false,
      },
      ...Object.fromEntries(pulumiKeys.map((key) => [key, {}])),
    },
    required: ['config'],
    additionalProperties: false,
  };
}

/** The schemas of a path below the lab's keys: unions first, then their branches. */
export function schemasAt(path: (string | number)[]): JsonSchema[] {
  let schemas = [labJsonSchema()];
  for (const segment of path) {
    schemas = schemas.flatMap(branches).flatMap((schema) => child(schema, segment));
  }
  return schemas.flatMap(branches);
}

function branches(schema: JsonSchema): JsonSchema[] {
  const named = definitionOf(schema);
  return [schema, ...(named ? branches(named) : []), ...(schema.anyOf ?? []).flatMap(branches)];
}

/** The named schema that a schema refers to; undefined: it refers to none. */
export function definitionOf({ $ref, allOf = [] }: JsonSchema): JsonSchema | undefined {
  const reference = $ref ?? allOf[0]?.$ref;
  return reference === undefined
    ? undefined
    : labJsonSchema().definitions?.[reference.replace('#/definitions/', '')];
}

function child(schema: JsonSchema, segment: string | number): JsonSchema[] {
  if (typeof segment === 'number') {
    return schema.items ? [schema.items] : [];
  }
  const properties = schema.properties ?? {};
  if (Object.hasOwn(properties, segment)) {
    return [properties[segment]!];
  }
  return typeof schema.additionalProperties === 'object' ? [schema.additionalProperties] : [];
}
