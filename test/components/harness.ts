import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import program from '../../index';
import { projectRoot } from '../../lib/paths';
import { withoutServers } from '../shipped';
import { fsid, hostKey, printedBy, sha256 } from './fakeKit';

/** A resource as a program registered it. */
export interface Registered {
  type: string;
  name: string;
  /** Name of its parent, where it has one. */
  parent?: string;
  /** Names of the resources that it explicitly depends on. */
  dependsOn: string[];
  /** Its inputs as the engine gets them: secrets wrapped, `unknown` where a value is not known yet. */
  inputs: Record<string, unknown>;
  options: pulumi.CustomResourceOptions;
}

/** The result of a run of a program. */
export interface Run {
  resources: Registered[];
  /** Other stacks whose outputs the program asked for. */
  reads: string[];
  /** Whether the program asked for the outputs of its own stack's last update. */
  readsItself: boolean;
  outputs: Record<string, unknown>;
  named(name: string): Registered;
}

/** The engine's placeholder for a value that is not known yet. */
export const unknown = { __pulumiUnknown: true };

/** Outputs of stacks that are up, as their programs would have written them. */
export type Stacks = Record<string, Record<string, unknown>>;

function siteOutputs(site: string, store: string, digests: Record<string, string>): Record<string, unknown> {
  const nodes = { [`node-of-${site}`]: { address: '192.0.2.1', instanceId: `id-at-${site}` } };
  return { schemaVersion: 1, lab: 'dev', site, nodes, store: { store, cluster: store, fsid }, digests };
}

/** The stacks of a lab that is up. */
export const standing: Stacks = {
  dev: {
    schemaVersion: 1,
    lab: 'dev',
    undercloud: { host: '127.0.0.1', port: 2222, user: 'stack', hostKey, directory: '/home/stack/dcn/dev' },
  },
  'dev-control-plane': siteOutputs('control-plane', 'central', {
    'control-plane/control-plane-export.yaml': sha256,
    'control-plane/central_ceph_external.yaml': sha256,
  }),
  'dev-dcn0': siteOutputs('dcn0', 'dcn0', {}),
  'dev-dcn1': siteOutputs('dcn1', 'dcn1', {}),
};

/** The stacks of a lab with caches that is up. */
export const standingCaches: Stacks = {
  cache: {
    ...standing.dev,
    lab: 'cache',
    undercloud: { ...(standing.dev?.undercloud as object), directory: '/home/stack/dcn/cache' },
  },
  'cache-control-plane': {
    ...siteOutputs('control-plane', 'swift', { 'control-plane/control-plane-export.yaml': sha256 }),
    lab: 'cache',
    store: { store: 'swift' },
  },
  ...Object.fromEntries(['central', 'dcn0', 'dcn1'].map((site) => [`cache-${site}`, cachingSite(site)])),
};

function cachingSite(site: string): Record<string, unknown> {
  const cache = { nodes: [`node-of-${site}`], limitBytes: 1 };
  return { ...siteOutputs(site, site, {}), lab: 'cache', store: undefined, cache };
}

/** Ids of a network in the cloud. */
const networkIds = { network: 'network-id', subnet: 'subnet-id' };
const networks = ['ctlplane', 'storage', 'storage_mgmt', 'internal_api', 'tenant', 'external'];
const siteNetworks = Object.fromEntries(networks.map((network) => [network, networkIds]));

/** The stacks of a lab in a cloud that is up. */
export const standingCloud: Stacks = {
  openstack: {
    ...standing.dev,
    lab: 'openstack',
    undercloud: { ...(standing.dev?.undercloud as object), directory: '/home/stack/dcn/openstack' },
    cloud: {
      keyPair: 'openstack-undercloud',
      securityGroups: ['group-id'],
      networks: Object.fromEntries(['control-plane', 'dcn0', 'dcn1'].map((site) => [site, siteNetworks])),
    },
  },
  'openstack-control-plane': { ...standing['dev-control-plane'], lab: 'openstack' },
};

/** A shipped lab file in a folder of its own, with the keys of a sandbox that is up. */
export class TestLab {
  readonly privateKey = 'a private key that nobody may see\n';
  private readonly folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-test-'));
  private readonly before = (['GLANCE_DCN_STATE', 'GLANCE_DCN_CACHE'] as const).map(
    (name) => [name, process.env[name]] as const,
  );
  readonly file: string;

  /** @param shippedFile its lab file, relative to the project */
  constructor(private readonly shippedFile = 'Pulumi.dev.yaml') {
    this.file = path.join(this.folder, path.basename(shippedFile));
    const name = path.basename(shippedFile).split('.')[1] as string;
    const sandbox = path.join(this.folder, 'state', name, 'sandbox');
    fs.mkdirSync(sandbox, { recursive: true });
    fs.writeFileSync(path.join(sandbox, 'id_ed25519'), this.privateKey, { mode: 0o600 });
    fs.writeFileSync(path.join(sandbox, 'undercloud.hostkey'), `${hostKey}\n`);
    process.env.GLANCE_DCN_STATE = path.join(this.folder, 'state');
    process.env.GLANCE_DCN_CACHE = path.join(this.folder, 'cache');
    this.write(this.shipped());
  }

  /** Text of the lab file that is shipped, without servers. */
  shipped(): string {
    return withoutServers(fs.readFileSync(path.join(projectRoot, this.shippedFile), 'utf8'));
  }

  write(text: string): void {
    fs.writeFileSync(this.file, text);
  }

  /** Removes the folder; the cache and the state folder of the test's process are again those from before. */
  remove(): void {
    for (const [name, value] of this.before) {
      if (value === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    }
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * Runs the program of a stack against an engine that creates nothing.
   *
   * @param stacks outputs of other stacks; before: outputs of this stack's last update; cloud: answers of the provider's
   * functions; leftOut: whether `--target` leaves out a resource that was never created
   * @throws the program's error
   */
  async run(
    stack: string,
    {
      preview = false,
      stacks = standing,
      before = {},
      cloud = {},
      leftOut = () => false,
    }: {
      preview?: boolean;
      stacks?: Stacks;
      before?: Record<string, unknown>;
      cloud?: Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>>;
      leftOut?: (name: string) => boolean;
    } = {},
  ): Promise<Run> {
    const resources: Registered[] = [];
    const reads: string[] = [];
    let readsItself = false;
    const given = new Map<string, Record<string, unknown>>();
    await pulumi.runtime.setMocks(
      {
        newResource: ({ type, name, inputs }) => {
          given.set(`${type}::${name}`, inputs);
          const learned = preview || leftOut(name) ? {} : { stdout: printedBy(type, name, inputs) };
          return { id: preview ? undefined : `${name}-id`, state: { ...inputs, ...learned } };
        },
        call: ({ token, inputs }) => {
          if (token.startsWith('openstack:')) {
            const answer = cloud[token.split(':').at(-1) as string];
            if (!answer) {
              throw new Error(`the fake cloud has no answer to ${token}`);
            }
            try {
              return answer(inputs);
            } catch (error) {
              throw Object.assign(error as Error, { details: (error as Error).message });
            }
          }
          const { name } = inputs;
          const read = String(name).split('/')[2] as string;
          if (read === stack) {
            readsItself = true;
            return { name, outputs: before, secretOutputNames: [] };
          }
          reads.push(read);
          if (!stacks[read]) {
            const details = `unknown stack "${name as string}"`;
            throw Object.assign(new Error(details), { details });
          }
          return { name, outputs: stacks[read], secretOutputNames: [] };
        },
      },
      'glance-dcn',
      stack,
      preview,
      'organization',
    );
    pulumi.runtime.setAllConfig({ 'glance-dcn:lab': this.file });
    let failure: unknown;
    const outputs = (await pulumi.runtime.runInPulumiStack(async () => {
      pulumi.runtime.registerStackTransformation(({ type, name, opts }) => {
        const dependsOn = [opts.dependsOn ?? []].flat() as pulumi.Resource[];
        resources.push({
          type,
          name,
          parent: nameOf(opts.parent),
          dependsOn: dependsOn.map(nameOf) as string[],
          inputs: {},
          options: opts,
        });
        return undefined;
      });
      // The stack resource must not see the error: it would reject promises that nobody awaits.
      return program().catch((error: unknown) => {
        failure = error;
        return {};
      });
    })) as Record<string, unknown>;
    await pulumi.runtime.disconnect();
    if (failure) {
      throw failure as Error;
    }
    resources.forEach(
      (resource) => (resource.inputs = given.get(`${resource.type}::${resource.name}`) ?? {}),
    );
    return {
      resources,
      reads,
      readsItself,
      outputs,
      named: (name) => {
        const found = resources.find((resource) => resource.name === name);
        if (!found) {
          throw new Error(
            `no resource ${name}; the resources: ${resources.map((resource) => resource.name).join(', ')}`,
          );
        }
        return found;
      },
    };
  }
}

function nameOf(resource: pulumi.Resource | undefined): string | undefined {
  return (resource as unknown as { __name?: string } | undefined)?.__name;
}

/** Whether a value reached the engine as a secret (@pulumi/pulumi runtime/rpc). */
export function isSecret(value: unknown): boolean {
  const mark = '4dabf18193072939515e22adb298388d';
  return (value as Record<string, unknown> | undefined)?.[mark] === '1b47061264138c4ac30d75fd1eb44270';
}

/** Names of all resources that a resource depends on, directly or not, with the children of components among them. */
export function before(run: Run, name: string): Set<string> {
  const seen = new Set<string>();
  const add = (resource: Registered): void => {
    for (const needed of resource.dependsOn) {
      if (!seen.has(needed)) {
        seen.add(needed);
        add(run.named(needed));
        run.resources.filter(({ parent }) => parent === needed).forEach((child) => seen.add(child.name));
      }
    }
    // Pulumi registers a child after its parent, which is registered after what the parent depends on.
    const parent = run.resources.find(({ name: other }) => other === resource.parent);
    if (parent) {
      add(parent);
    }
  };
  add(run.named(name));
  return seen;
}

/** All registered resources as sorted texts, to compare two runs. */
export function fingerprint(run: Run): string[] {
  return run.resources
    .map(({ type, name, parent, dependsOn, inputs }) =>
      JSON.stringify({ type, name, parent, dependsOn, inputs }),
    )
    .sort();
}
