import { stringify } from 'yaml';
import type { Lab } from '../lab';
import type { Value } from '../labfile/explain';
import { controlPlane, externalCeph } from '../names';
import { LabFileError } from '../labfile/faults';
import { parseLab } from '../labfile/parse';
import type { ImportedRoles } from './ownRoles';
import { prefix } from '../labfile/schema';
import { labOf, type LabValues } from './fit';

/**
 * The values of a lab file without those that follow from the others: each key is taken out whose absence gives the same lab. Later keys
 * of a map are tried first, so a value that others follow from is written before them. A lab to which a value is missing stays as it is.
 */
export function minimise(name: string, values: LabValues, roles: ImportedRoles): LabValues {
  const sites = values.sites as LabValues;
  const small = Object.fromEntries(
    Object.entries(sites).map(([site, written]) => [site, leastSite(name, values, site, written, roles)]),
  );
  // No key follows from the file of role data, which is known here by its content.
  const { sites: _, rolesData, ...rest } = values;
  void _;
  const ofRoles: LabValues = rolesData === undefined ? {} : { rolesData };
  const isSame = comparison(name, { ...rest, sites: small }, roles);
  const found = {
    ...ofRoles,
    ...(least(rest, (others) => isSame({ ...(others as LabValues), sites: small })) as LabValues),
    sites: small,
  };
  return withNumbers(name, values, found, roles);
}

/** The least values with the host numbers that the checks refuse unless they are written: those in pools of addresses. */
function withNumbers(name: string, values: LabValues, small: LabValues, roles: ImportedRoles): LabValues {
  const known = faultyPlaces(name, values, roles);
  const refused = new Set([...faultyPlaces(name, small, roles)].filter((place) => !known.has(place)));
  const { sites } = structuredClone(small) as { sites: Record<string, LabValues> };
  for (const [site, written] of Object.entries(sites)) {
    const all = (values.sites as Record<string, LabValues>)[site]!.nodes;
    const nodes = Object.entries((written.nodes ?? {}) as LabValues).map(([node, kept]): [string, Value] => {
      const number = (all as Record<string, LabValues>)[node]?.host;
      const isRefused = refused.has(`${prefix}sites.${site}.nodes.${node}`);
      return [node, isRefused && number !== undefined ? { ...wholeNode(kept), host: number } : kept];
    });
    if (written.nodes !== undefined) {
      written.nodes = Object.fromEntries(nodes);
    }
  }
  return { ...small, sites };
}

/** The places in a lab file that its checks refuse. */
function faultyPlaces(name: string, values: LabValues, { read }: ImportedRoles): Set<string> {
  const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + key, value]));
  try {
    parseLab(name, stringify({ config }), read);
    return new Set();
  } catch (error) {
    if (!(error instanceof LabFileError)) {
      throw error;
    }
    return new Set(error.faults.map((fault) => fault.path));
  }
}

/** A node in the form of a map, also where it is its role alone. */
function wholeNode(node: Value): LabValues {
  return isMap(node) ? node : { role: node };
}

/** A site depends on the lab's common values, the control plane, the site of the central store and `central` alone (planSite). */
function leastSite(
  name: string,
  values: LabValues,
  site: string,
  written: Value,
  roles: ImportedRoles,
): Value {
  const all = values.sites as LabValues;
  const near = [externalCeph, controlPlane, 'central'].flatMap((other) =>
    all[other] !== undefined && other !== site ? [[other, all[other]] as const] : [],
  );
  const withSite = (value: Value): LabValues => ({
    ...values,
    sites: { ...Object.fromEntries(near), [site]: value },
  });
  const isSame = comparison(name, withSite(written), roles);
  const small = least(written, (value) => isSame(withSite(value)));
  const { nodes } = small as LabValues;
  return isMap(nodes)
    ? { ...(small as LabValues), nodes: Object.fromEntries(Object.entries(nodes).map(shortNode)) }
    : small;
}

/** A node of which only the role is written has the short form. */
function shortNode([name, node]: [string, Value]): [string, Value] {
  return isMap(node) && Object.keys(node).join() === 'role' ? [name, node.role!] : [name, node];
}

function comparison(name: string, values: LabValues, { own }: ImportedRoles): (values: LabValues) => boolean {
  const lab = labOf(name, values, own);
  const text = lab && textOf(lab);
  return (other) => {
    const changed = text === undefined ? undefined : labOf(name, other, own);
    return changed !== undefined && textOf(changed) === text;
  };
}

/** A lab as a text that does not depend on the order of keys, but for the order of sites, and of settings that become lines. */
function textOf({ undercloud, ...rest }: Lab): string {
  return JSON.stringify([Object.entries(undercloud).sort(), rest]);
}

/** A value with as few keys as possible. `isSame`: whether another value in its place gives the same lab. */
function least(value: Value, isSame: (value: Value) => boolean): Value {
  if (!isMap(value)) {
    return value;
  }
  let entries = Object.entries(value);
  for (const [key, inner] of entries.toReversed()) {
    const others = entries.filter(([other]) => other !== key);
    const withInner = (changed: Value): [string, Value][] =>
      entries.map(([other, kept]) => [other, other === key ? changed : kept]);
    const isNeedless = (): boolean => isSame(Object.fromEntries(others));
    if (isNeedless()) {
      entries = others;
      continue;
    }
    const small = least(inner, (changed) => isSame(Object.fromEntries(withInner(changed))));
    entries = withInner(small);
  }
  return Object.fromEntries(entries);
}

function isMap(value: Value | undefined): value is LabValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
