/**
 * Property values in the protocol between engine and provider: JSON in which secrets, assets and archives are objects with a
 * signature, and values that a preview does not know are certain strings. Pulumi defines these strings in
 * sdk/go/common/resource (properties.go, unknowns).
 */

export type PropertyMap = Record<string, unknown>;

const signatureKey = '4dabf18193072939515e22adb298388d';
const secretSignature = '1b47061264138c4ac30d75fd1eb44270';
const assetSignature = 'c44067f5952c0a294b673a41bacd8c17';
const archiveSignature = '0def7320c3a5731c473e5ecbe6d01bc7';

/** An unknown value of any type: the answer of a provider in a preview. */
export const unknownString = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const unknownValues = new Set<unknown>([
  unknownString,
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7', // boolean
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421', // number
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2', // array
  '030794c1-ac77-496b-92df-f27374a8bd58', // asset
  'e48ece36-62e2-4504-bad9-02848725956a', // archive
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff', // object
]);

export interface Asset {
  kind: 'asset' | 'archive';
  hash: string;
  path?: string;
  text?: string;
  uri?: string;
}

export function isObject(value: unknown): value is PropertyMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isUnknown(value: unknown): boolean {
  return unknownValues.has(value);
}

export function isSecret(value: unknown): value is { value: unknown } {
  return isObject(value) && value[signatureKey] === secretSignature;
}

/** Marks a value as secret, unless it is one. */
export function makeSecret(value: unknown): unknown {
  return isSecret(value) ? value : { [signatureKey]: secretSignature, value };
}

/** The value without secret marks, at every depth. */
export function reveal(value: unknown): unknown {
  if (isSecret(value)) {
    return reveal(value.value);
  }
  if (Array.isArray(value)) {
    return value.map(reveal);
  }
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reveal(item)]));
  }
  return value;
}

/** Every string inside a secret, at any depth. */
export function secretStrings(value: unknown, hidden = false): string[] {
  if (typeof value === 'string') {
    return hidden ? [value] : [];
  }
  if (isSecret(value)) {
    return secretStrings(value.value, true);
  }
  if (Array.isArray(value)) {
    return value.flatMap((item) => secretStrings(item, hidden));
  }
  if (!isObject(value)) {
    return [];
  }
  return Object.entries(value).flatMap(([key, item]) =>
    key === signatureKey ? [] : secretStrings(item, hidden),
  );
}

/** A revealed value as an asset or archive; undefined if it is neither. */
export function asAsset(value: unknown): Asset | undefined {
  if (!isObject(value)) {
    return undefined;
  }
  const kind =
    value[signatureKey] === assetSignature
      ? 'asset'
      : value[signatureKey] === archiveSignature
        ? 'archive'
        : undefined;
  if (!kind) {
    return undefined;
  }
  const text = (key: string): string | undefined => (typeof value[key] === 'string' ? value[key] : undefined);
  return { kind, hash: text('hash') ?? '', path: text('path'), text: text('text'), uri: text('uri') };
}

/** Whether two values are equal for the engine: it compares assets and archives by hash, and null equals absent. */
export function sameValue(a: unknown, b: unknown): boolean {
  const [assetA, assetB] = [asAsset(a), asAsset(b)];
  if (assetA && assetB) {
    return assetA.kind === assetB.kind && assetA.hash === assetB.hash;
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameValue(item, b[index]));
  }
  if (isObject(a) && isObject(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameValue(a[key], b[key]));
  }
  return (a ?? null) === (b ?? null);
}
