import {
  checkInputs,
  copyToRemoteShape,
  type Fault,
  localCommandShape,
  remoteCommandShape,
  type Shape,
} from './inputs';
import { copyToRemote } from './copy';
import { type LocalCommandInputs, runLocally } from './localCommand';
import type { Operation } from './operation';
import type { CommandOutput } from './output';
import { type RemoteCommandInputs, runRemotely } from './remoteCommand';
import { asAsset, type Asset, isUnknown, type PropertyMap, reveal } from './values';

/** One resource type of the provider. Inputs and state are without secret marks. */
export interface ResourceType {
  /** Outputs that are not inputs: unknown in a preview. */
  outputs: readonly string[];
  check(inputs: PropertyMap): { inputs: PropertyMap; faults: Fault[] };
  create(inputs: PropertyMap, operation: Operation): Promise<object>;
  update(state: PropertyMap, inputs: PropertyMap, operation: Operation): Promise<object>;
  delete(state: PropertyMap, operation: Operation): Promise<void>;
}

type Run<Inputs> = (
  command: string,
  inputs: Inputs,
  previous: Partial<CommandOutput> | undefined,
  operation: Operation,
) => Promise<CommandOutput>;

interface Verbs {
  create?: string;
  update?: string;
  delete?: string;
}

/**
 * The lifecycle of a command: `create` once, `update` (if absent, `create`) after any change of the inputs, `delete` at the
 * end. Each of these inputs may be absent; each command gets stdin.
 */
function commandType<Inputs>(shape: Shape, run: Run<Inputs>): ResourceType {
  const noOutput: CommandOutput = { stdout: '', stderr: '' };
  return {
    outputs: ['stdout', 'stderr'],
    check: (inputs) => checkInputs(inputs, shape),
    create: async (properties, operation) => {
      const inputs = properties as Inputs & Verbs;
      return inputs.create === undefined ? noOutput : run(inputs.create, inputs, undefined, operation);
    },
    update: async (state, properties, operation) => {
      const inputs = properties as Inputs & Verbs;
      const previous = state as Partial<CommandOutput>;
      const command = inputs.update ?? inputs.create;
      if (command !== undefined) {
        return run(command, inputs, previous, operation);
      }
      return { stdout: previous.stdout ?? '', stderr: previous.stderr ?? '' };
    },
    delete: async (properties, operation) => {
      const state = properties as Inputs & Verbs & Partial<CommandOutput>;
      if (state.delete !== undefined) {
        await run(state.delete, state, state, operation);
      }
    },
  };
}

type CopyInputs = Parameters<typeof copyToRemote>[0] & { source: unknown };

function sourceOf({ source }: CopyInputs): Asset {
  const asset = asAsset(source);
  if (!asset) {
    throw new Error('source: neither an asset nor an archive');
  }
  return asset;
}

/** Accepts the same sources as the real provider: a file, a folder, an archive file by its path, or a text. */
function checkSource(value: unknown): Fault[] {
  const source = asAsset(reveal(value));
  if (!source || isUnknown(value)) {
    return [{ property: 'asset', reason: 'either asset or archive must be set' }];
  }
  if (source.kind === 'archive') {
    if (source.path !== undefined) {
      return [];
    }
    return [{ property: 'archive', reason: 'archive must be a path to a file or directory' }];
  }
  if (source.path !== undefined || source.uri === undefined) {
    return [];
  }
  return [{ property: 'asset', reason: 'asset must be a path-based file asset or a text asset' }];
}

const copyToRemoteType: ResourceType = {
  outputs: [],
  check: (inputs) => {
    const checked = checkInputs(inputs, copyToRemoteShape);
    if (checked.faults.length === 0) {
      checked.faults.push(...checkSource(checked.inputs.source));
    }
    return checked;
  },
  create: async (properties, operation) => {
    const inputs = properties as unknown as CopyInputs;
    await copyToRemote(inputs, sourceOf(inputs), operation);
    return {};
  },
  update: async (oldState, properties, operation) => {
    const state = oldState as unknown as CopyInputs;
    const inputs = properties as unknown as CopyInputs;
    const changed = sourceOf(state).hash !== sourceOf(inputs).hash || state.remotePath !== inputs.remotePath;
    if (changed) {
      await copyToRemote(inputs, sourceOf(inputs), operation);
    }
    return {};
  },
  delete: async () => undefined,
};

export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  'command:remote:Command': commandType<RemoteCommandInputs>(remoteCommandShape, runRemotely),
  'command:remote:CopyToRemote': copyToRemoteType,
  'command:local:Command': commandType<LocalCommandInputs>(localCommandShape, runLocally),
};
