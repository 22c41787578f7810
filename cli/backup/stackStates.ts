import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { writeAtomic } from '../../lib/atomicFile';
import type { LabContext } from '../context';
import { type PulumiEnvironment, pulumi, setLabFile, settingsFile } from '../run/pulumi';

/* The states of a lab's stacks, as `pulumi stack export` prints them: with secrets encrypted. */

const urns = z.array(z.string()).nullish();

const resource = z.looseObject({
  urn: z.string().optional(),
  type: z.string(),
  outputs: z.record(z.string(), z.unknown()).optional(),
  dependencies: urns,
  propertyDependencies: z.record(z.string(), urns).optional(),
});

const exportedStack = z.object({
  deployment: z.object({
    resources: z.array(resource).optional(),
    pending_operations: z.array(z.unknown()).optional(),
    secrets_providers: z
      .object({
        type: z.string(),
        state: z.object({ salt: z.string(), url: z.string(), encryptedkey: z.string() }).partial().optional(),
      })
      .optional(),
  }),
});

/** The state of a stack. */
export class StackState {
  private readonly deployment: z.infer<typeof exportedStack>['deployment'];

  /** @param text what `pulumi stack export` printed */
  constructor(readonly text: string) {
    this.deployment = exportedStack.parse(JSON.parse(text)).deployment;
  }

  static async of(env: PulumiEnvironment, stack: string): Promise<StackState> {
    return new StackState(await pulumi(env, 'stack export', stack, ['-s', stack]));
  }

  /** Whether the stack was made and never brought up, also by an import that was killed. */
  get isEmpty(): boolean {
    return (this.deployment.resources ?? []).length === 0;
  }

  /** Whether a `pulumi` changes the stack, or was killed meanwhile. */
  get isUnderWay(): boolean {
    return (this.deployment.pending_operations ?? []).length > 0;
  }

  /** Whether the stack has a resource of this name. */
  has(name: string): boolean {
    return (this.deployment.resources ?? []).some(({ urn }) => urn?.endsWith(`::${name}`));
  }

  /** An output of the stack's program. */
  output(name: string): unknown {
    return this.deployment.resources?.find(({ type }) => type === 'pulumi:pulumi:Stack')?.outputs?.[name];
  }

  /**
   * Whether both have the same resources. An update without changes writes them in another order, encrypts secrets again, and
   * notes other lines of the program: these are no differences.
   */
  equals(other: StackState): boolean {
    const [own, others] = [this, other].map(({ deployment }) => comparable(deployment.resources ?? []));
    return isDeepStrictEqual(own, others);
  }

  /** Salt and check of the passphrase; undefined: the key of the secrets is in a cloud. */
  get salt(): string | undefined {
    return this.deployment.secrets_providers?.state?.salt;
  }

  /** Pulumi's settings of the stack, by which it finds the key of the secrets. */
  get settings(): string {
    const { salt, url, encryptedkey } = this.deployment.secrets_providers?.state ?? {};
    const settings = { encryptionsalt: salt, secretsprovider: url, encryptedkey };
    return Object.entries(settings)
      .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}\n`]))
      .join('');
  }
}

/** Texts of resources, sorted. */
const comparable = (resources: z.infer<typeof resource>[]): string[] =>
  resources
    .map(({ dependencies, propertyDependencies = {}, ...others }) => {
      const properties = Object.entries(propertyDependencies).map(([property, urns]) => [
        property,
        sorted(urns),
      ]);
      return JSON.stringify([others, sorted(dependencies), properties.sort()], withoutAccidents);
    })
    .sort();

const sorted = (urns: string[] | null | undefined): string[] => [...(urns ?? [])].sort();

/** What differs after an update without changes. */
const accidents = ['ciphertext', 'sourcePosition', 'stackTrace'];

const withoutAccidents = (key: string, value: unknown): unknown =>
  accidents.includes(key) ? undefined : value;

/** Whether an operation on a stack runs, or was killed: by its state, or by its lock in a folder as backend. */
export function isUnderWay(env: PulumiEnvironment, stack: string, state: StackState): boolean {
  return state.isUnderWay || isLocked(env, stack);
}

/** Whether a folder as backend has a lock of the stack (pulumi/pkg/backend/diy/lock.go). */
function isLocked({ PULUMI_BACKEND_URL: url }: PulumiEnvironment, stack: string): boolean {
  const locks = url.startsWith('file:///') && path.join(fileURLToPath(url), '.pulumi', 'locks');
  return (
    locks !== false &&
    fs.existsSync(locks) &&
    fs
      .readdirSync(locks, { recursive: true, encoding: 'utf8' })
      .some((file) => file.split(path.sep).at(-2) === stack && file.endsWith('.json'))
  );
}

/**
 * Makes a stack with a state. If the process is killed meanwhile, the stack is empty, or has the whole state.
 *
 * @param exists whether an empty stack of this name exists already
 * @throws PulumiFailure if the passphrase is another one; then no stack was made
 */
export async function restoreStack(
  env: PulumiEnvironment,
  context: LabContext,
  stack: string,
  state: StackState,
  exists: boolean,
): Promise<void> {
  writeAtomic(settingsFile(stack), state.settings);
  if (!exists) {
    await pulumi(env, 'stack init', stack, ['-s', stack, '--no-select']);
  }
  await pulumi(env, 'stack import', stack, ['-s', stack], state.text);
  await setLabFile(env, context, stack);
}
