import type * as z from 'zod';
import { nearest } from './faults';
import { schemasAt } from './jsonSchema';
import type { Path } from './locate';
import { type Finding, labPath } from './findings';
import { prefix } from './schema';

/** Any value that YAML can hold. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value };

type Issue = z.core.$ZodIssue;

/**
 * The findings of a zod issue, in words for the author of the file.
 * @param bare the lab's values by keys without prefix, to look up the value at the issue's path
 */
export function explain(issue: Issue, bare: Value): Finding[] {
  const path = issue.path as Path;
  const at = labPath(...path);
  const value = valueAt(bare, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key));
    case 'invalid_union': {
      const renamed = renamedSource(path, value);
      return renamed ? [renamed] : issuesOfUnion(issue).flatMap((inner) => explain(inner, bare));
    }
    case 'invalid_key': {
      const key = issue.issues[0];
      const remedy = schemasAt(path.slice(0, -1)).map(
        (schema) => schema.propertyNames?.patternErrorMessage,
      )[0];
      return [
        { at, message: key?.message ?? 'is not a valid key', remedy: remedy ?? 'Give it another name' },
      ];
    }
    case 'invalid_value':
      return [{ at, value, ...invalidChoice(path, issue.values.map(String), value) }];
    case 'invalid_type':
      return [{ at, ...wrongType(path, issue.expected, value) }];
    case 'too_small':
    case 'too_big':
      return [{ at, value, message: 'is out of bounds', remedy: boundsAt(path) ?? 'Write at least one' }];
    default:
      return [{ at, value, message: issue.message, remedy: remedyAt(path) ?? 'Write another value' }];
  }
}

/**
 * Removes the value of an issue from the lab's values, or its parent if the value is missing; in a union only the values that are wrong
 * in the branch that was meant.
 * @returns whether a value was removed
 */
export function prune(bare: Value, issue: Issue): boolean {
  if (issue.code === 'invalid_union') {
    return issuesOfUnion(issue)
      .map((inner) => prune(bare, inner))
      .some(Boolean);
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => remove(bare, [...(issue.path as Path), key])).some(Boolean);
  }
  const path = issue.path as Path;
  // The whole list is removed: without one element, the paths of other issues would be wrong.
  const element = path.findIndex((segment) => typeof segment === 'number');
  for (let kept = element < 0 ? path : path.slice(0, element); kept.length > 0; kept = kept.slice(0, -1)) {
    if (remove(bare, kept)) {
      return true;
    }
  }
  return false;
}

function remove(bare: Value, path: Path): boolean {
  const parent = valueAt(bare, path.slice(0, -1));
  const key = path.at(-1);
  if (typeof parent !== 'object' || parent === null || Array.isArray(parent)) {
    return false;
  }
  if (typeof key !== 'string' || !(key in parent)) {
    return false;
  }
  delete parent[key];
  return true;
}

/** The value at a path below the lab's values; undefined if none is written there. */
export function valueAt(bare: Value, path: Path): Value | undefined {
  let value: Value | undefined = bare;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null) {
      return undefined;
    }
    value = Array.isArray(value) ? value[Number(segment)] : value[segment];
  }
  return value;
}

/** The issues of the branch of a union that was probably meant, with their whole paths. */
function issuesOfUnion({ errors, path }: Extract<Issue, { code: 'invalid_union' }>): Issue[] {
  return closest(errors).map((inner) => ({ ...inner, path: [...path, ...inner.path] }));
}

/** The issues of the branch with the fewest, and few about the value as a whole. */
function closest(branches: Issue[][]): Issue[] {
  const weight = (issue: Issue) => {
    if (issue.path.length > 0) {
      return 1;
    }
    return issue.code === 'unrecognized_keys' ? 10 : 100;
  };
  const cost = (issues: Issue[]) => issues.reduce((sum, issue) => sum + weight(issue), 0);
  return branches.reduce((best, issues) => (cost(issues) < cost(best) ? issues : best));
}

/** The finding of the key `made` of an image's source, which was renamed. */
function renamedSource(path: Path, value: Value | undefined): Finding | undefined {
  const isSource = path.length === 3 && path[0] === 'images' && path[2] === 'source';
  return isSource && typeof value === 'object' && value !== null && 'made' in value
    ? {
        at: labPath(...path, 'made'),
        message: 'is now called generated',
        remedy: 'Write generated instead of made',
      }
    : undefined;
}

/**
 * The paths of the keys that the unknown keys of an issue probably stand for. They count as written, so that a misspelt
 * key is not reported as missing, too.
 */
export function meantKeys(issue: Issue): string[] {
  const path = issue.path as Path;
  return issue.code === 'unrecognized_keys'
    ? issue.keys.map((key) => [...path, nearest(key, knownKeys(path)) ?? key].join('.'))
    : [];
}

function knownKeys(path: Path): string[] {
  return schemasAt(path).flatMap((schema) => [
    ...Object.keys(schema.properties ?? {}),
    ...(schema.propertyNames?.enum ?? []),
  ]);
}

function unknownKey(path: Path, key: string): Finding {
  const at = labPath(...path, key);
  const place = otherPlace(path, key);
  if (place) {
    return { at, message: 'is not a key of this place', remedy: place };
  }
  const known = knownKeys(path);
  const meant = nearest(key, known);
  return {
    at,
    message: 'is not a known key',
    remedy: meant ? `Did you mean ${meant}?` : `Known keys: ${known.join(', ')}`,
  };
}

/**
 * Where a key of the lab or of its networks belongs that is written at a site, or a key of sites that is written for the lab; undefined:
 * it is no such key.
 */
function otherPlace(path: Path, key: string): string | undefined {
  const [network, parent] = path.toReversed();
  if (parent === 'sites' && knownKeys([]).includes(key)) {
    return `Write it for all sites: ${prefix}${key}`;
  }
  if (parent !== 'networks' || network === undefined) {
    return undefined;
  }
  const [ofLab, ofSites] = [['networks'], ['sites', 'SITE', 'networks']];
  const [place, words] = path.length === 2 ? [ofSites, 'at each site'] : [ofLab, 'for all sites'];
  return knownKeys([...place, network]).includes(key)
    ? `Write it ${words}: ${prefix}${[...place, network, key].join('.')}`
    : undefined;
}

function invalidChoice(path: Path, choices: string[], value: Value | undefined) {
  if (value === undefined) {
    return missing(path);
  }
  const meant = nearest(typeof value === 'string' ? value : '', choices);
  return {
    message: 'is not one of the known values',
    remedy: meant ? `Did you mean ${meant}?` : `Write one of ${choices.join(', ')}`,
  };
}

function missing(path: Path) {
  const description = schemasAt(path).find((schema) => schema.description)?.description;
  const sentence = description?.split(/\.(?: |$)/)[0];
  return { message: 'is missing', remedy: sentence ? `Add it: ${sentence}` : 'Add it' };
}

const kinds: Record<string, string> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list: [one, another]',
  object: 'keys and values: { key: value }',
  record: 'keys and values: { key: value }',
};

function wrongType(path: Path, expected: string, value: Value | undefined) {
  if (value === undefined) {
    return missing(path);
  }
  return {
    ...(value !== null && { value }),
    message: value === null ? 'is empty' : `is not ${kinds[expected]?.split(':')[0] ?? expected}`,
    remedy: remedyAt(path) ?? boundsAt(path) ?? `Write ${kinds[expected] ?? expected}`,
  };
}

function boundsAt(path: Path): string | undefined {
  const schema = schemasAt(path).find(({ minimum }) => minimum !== undefined);
  return schema && `Write a whole number from ${schema.minimum} to ${schema.maximum}`;
}

function remedyAt(path: Path): string | undefined {
  return schemasAt(path).find((schema) => schema.patternErrorMessage)?.patternErrorMessage;
}
