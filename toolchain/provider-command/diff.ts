import { PropertyDiff } from '@pulumi/pulumi/proto/provider_pb';
import { asAsset, isObject, isSecret, type PropertyMap, sameValue } from './values';

const { Kind } = PropertyDiff;
type Change = 'ADD' | 'DELETE' | 'UPDATE';

/** The input whose changes replace the resource (`replaceOnChanges` in the real provider's schema). */
const replacingInput = 'triggers';

function childPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) {
    return `${path}[${JSON.stringify(key)}]`;
  }
  return path ? `${path}.${key}` : key;
}

/** Whether a value is compared key by key. A secret, an asset or an archive is compared as one value. */
function isPlainObject(value: unknown): value is PropertyMap {
  return isObject(value) && !isSecret(value) && !asAsset(value);
}

function* changes(before: unknown, after: unknown, path: string): Generator<[string, Change]> {
  if (Array.isArray(before) && Array.isArray(after)) {
    for (let index = 0; index < Math.max(before.length, after.length); index++) {
      const item = `${path}[${index}]`;
      if (index >= before.length) {
        yield [item, 'ADD'];
      } else if (index >= after.length) {
        yield [item, 'DELETE'];
      } else {
        yield* changes(before[index], after[index], item);
      }
    }
  } else if (isPlainObject(before) && isPlainObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [old, now] = [before[key] ?? undefined, after[key] ?? undefined];
      if (old === undefined && now !== undefined) {
        yield [childPath(path, key), 'ADD'];
      } else if (old !== undefined && now === undefined) {
        yield [childPath(path, key), 'DELETE'];
      } else {
        yield* changes(old, now, childPath(path, key));
      }
    }
  } else if (!sameValue(before, after)) {
    yield [path, 'UPDATE'];
  }
}

/**
 * Differences between a resource's old and new inputs, by property path: `stdin`, `environment.A`, `triggers[0]`. Internal
 * keys (`__…`) and the engine's `version` are left out.
 */
export function diffInputs(before: PropertyMap, after: PropertyMap): Map<string, PropertyDiff> {
  const counted = (inputs: PropertyMap): PropertyMap =>
    Object.fromEntries(Object.entries(inputs).filter(([key]) => key !== 'version' && !key.startsWith('__')));
  return new Map(
    [...changes(counted(before), counted(after), '')].map(([path, change]) => {
      const diff = new PropertyDiff();
      const replaces = /^\w+/.exec(path)?.[0] === replacingInput;
      diff.setKind(Kind[replaces ? (`${change}_REPLACE` as const) : change]);
      return [path, diff];
    }),
  );
}
