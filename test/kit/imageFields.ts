export type Properties = Record<string, string | number | boolean | null>;

/** An operation of a PATCH on an image (application/openstack-images-v2.1-json-patch). */
export interface Patch {
  op: string;
  path: string;
  value?: unknown;
}

/** A request that Glance refuses; `status` is the HTTP status. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Fields that every image has, and the value of each in a new image. */
export const fields = {
  visibility: 'shared',
  protected: false,
  os_hidden: false,
  min_disk: 0,
  min_ram: 0,
  size: null,
};
/** Fields without a rule for their values here. */
const otherFields = ['name', 'owner', 'tags', 'disk_format', 'container_format'];
const readOnly = [
  'id',
  'status',
  'size',
  'virtual_size',
  'stores',
  'os_hash_algo',
  'os_hash_value',
  'created_at',
];
const visibilities = ['community', 'public', 'private', 'shared'];

/**
 * The fields, properties and tags of an image after all operations: `replace` and `remove` need the property, `add` also replaces, and
 * no field is removed (glance api/v2/images.py _do_replace, _do_add, _do_remove).
 */
export function patched<Given extends Properties>(
  image: { properties: Given; tags: string[] },
  operations: Patch[],
): { properties: Given; tags: string[] } {
  const properties: Properties = { ...image.properties };
  let { tags } = image;
  for (const { op, path: pointer, value } of operations) {
    const key = pointer.slice(1);
    const isField = [...otherFields, ...Object.keys(fields)].includes(key);
    if (op === 'remove') {
      checkName(key);
    } else {
      checkValue(key, value);
    }
    if (op === 'remove' && isField) {
      throw new Refusal(403, `Property ${key} may not be removed.`);
    }
    if (op !== 'add' && !isField && !(key in properties)) {
      throw new Refusal(409, `Property ${key} does not exist.`);
    }
    if (op === 'remove') {
      delete properties[key];
    } else if (key === 'tags') {
      tags = [...new Set(value as string[])];
    } else {
      properties[key] = value as string;
    }
  }
  return { properties: properties as Given, tags };
}

/** Refuses names that only Glance sets (glance api/v2/images.py _validate_change). */
function checkName(key: string): void {
  if (readOnly.includes(key)) {
    throw new Refusal(403, `Attribute '${key}' is read-only.`);
  }
  if (key.startsWith('os_glance')) {
    throw new Refusal(403, `Attribute '${key}' is reserved.`);
  }
}

/** Refuses values that Glance's schema of an image refuses (glance api/v2/images.py get_base_properties). */
export function checkValue(key: string, value: unknown): void {
  checkName(key);
  const kind = typeof fields[key as keyof typeof fields];
  const isWrong =
    key === 'visibility'
      ? !visibilities.includes(value as string)
      : ['number', 'boolean'].includes(kind)
        ? typeof value !== kind || Number(value) < 0
        : !otherFields.includes(key) && typeof value !== 'string';
  if (isWrong) {
    throw new Refusal(400, `Provided object does not match schema 'image': ${key}`);
  }
}
