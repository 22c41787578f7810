import * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import { sharedCloud } from '../components/nodes';
import { PulumiUserError } from '../components/pulumiUserError';
import { fileDigests, keptCaches, registeredStore } from '../kit/answers';
import { bringUpFirst } from '../model';

/**
 * Version of the stack outputs. To add an output keeps the version. To rename an output or to change its meaning needs a
 * new version, and then every stack that others build on must be brought up again.
 */
export const schemaVersion = 1;

const header = { schemaVersion: z.literal(schemaVersion), lab: z.string() };
const access = { host: z.string(), port: z.int(), user: z.string() };

/** Outputs of a lab's stack for the stacks of its sites: the undercloud's endpoint, and shared resources in a cloud. */
export const labOutputs = z.object({
  ...header,
  undercloud: z.object({
    ...access,
    hostKey: z.string(),
    bastion: z.object({ ...access, hostKey: z.string().optional() }).optional(),
    directory: z.string(),
  }),
  cloud: sharedCloud.optional(),
});
export type LabOutputs = z.infer<typeof labOutputs>;

/** Outputs of a site's stack: values that became known when it ran, and of the lab file only those that the site keeps. */
export const siteOutputs = z.object({
  ...header,
  site: z.string(),
  /** Values that the site keeps while it is up, by their place in the lab file; absent in outputs of version 0.1.0. */
  kept: z.record(z.string(), z.string()).optional(),
  /**
   * Hosts by node name, with the role, rack and addresses with which each was brought up: the lab file may have others by now. No rack:
   * in the site's own subnets; no addresses: version 0.1.0 recorded that of ctlplane alone.
   */
  nodes: z.record(
    z.string(),
    z.object({
      address: z.string(),
      addresses: z.record(z.string(), z.string()).optional(),
      instanceId: z.string(),
      role: z.string().optional(),
      rack: z.string().optional(),
    }),
  ),
  store: registeredStore.optional(),
  cache: keptCaches.optional(),
  /** The files on the undercloud that other sites read. */
  digests: fileDigests,
});
export type SiteOutputs = z.infer<typeof siteOutputs>;

/** Outputs of the shape `Outputs` as a program returns them: some are known only after resources were made. */
export type Pending<Outputs> = { [Key in keyof Outputs]: pulumi.Input<Outputs[Key]> };

/**
 * Outputs of another stack of this project, checked against the shape that this program knows.
 *
 * The program sends the engine the request of a StackReference but makes no StackReference: its error for a missing stack
 * cannot be caught (pulumi#3540) and names neither the stack to bring up nor the command. No stack output of this project
 * is a secret.
 *
 * @throws PulumiUserError with one sentence: what is wrong with the stack, and the command to run
 */
export async function outputsOf<Shape extends z.ZodObject>(
  stack: string,
  shape: Shape,
): Promise<z.infer<Shape>> {
  return checked(stack, await readOutputs(stack), shape);
}

/** Outputs of this stack's last successful update; undefined if there was none, or if their shape was another one. */
export async function outputsBefore<Shape extends z.ZodObject>(
  shape: Shape,
): Promise<z.infer<Shape> | undefined> {
  const outputs = await askEngine(pulumi.getStack()).catch(() => undefined);
  return shape.safeParse(outputs).data;
}

/**
 * The results of several reads of other stacks.
 *
 * @throws PulumiUserError with the messages of all reads that failed, a line for each; another error alone
 */
export async function allRead<Reads extends readonly unknown[] | []>(
  reads: Reads,
): Promise<{ -readonly [Place in keyof Reads]: Awaited<Reads[Place]> }> {
  const errors = (await Promise.allSettled(reads)).flatMap((read) =>
    read.status === 'rejected' ? [read.reason as Error] : [],
  );
  if (errors.length > 1 && errors.every((error) => error instanceof PulumiUserError)) {
    throw new PulumiUserError([...new Set(errors.map(({ message }) => message))].join('\n'));
  }
  return Promise.all(reads);
}

async function askEngine(stack: string): Promise<Record<string, unknown>> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
  const answer = (await pulumi.runtime.invoke('pulumi:pulumi:readStackOutputs', { name })) as {
    outputs: Record<string, unknown>;
  };
  return answer.outputs;
}

async function readOutputs(stack: string): Promise<Record<string, unknown>> {
  try {
    return await askEngine(stack);
  } catch (error) {
    const { message } = error as Error;
    throw new PulumiUserError(
      message.includes('unknown stack')
        ? `Stack ${stack}, which this one builds on, is not there: ${bringUpFirst(stack)}`
        : `Stack ${stack}, which this one builds on, cannot be read: ${message}`,
    );
  }
}

function checked<Shape extends z.ZodObject>(
  stack: string,
  outputs: Record<string, unknown>,
  shape: Shape,
): z.infer<Shape> {
  const version = outputs.schemaVersion;
  if (version === undefined) {
    throw new PulumiUserError(
      `Stack ${stack}, which this one builds on, is not completely up: ${bringUpFirst(stack)}`,
    );
  }
  if (typeof version === 'number' && version > schemaVersion) {
    throw new PulumiUserError(
      `Stack ${stack} was brought up by a newer version of this program (its outputs have version ${version}, ` +
        `this one knows ${schemaVersion}): run that version here too.`,
    );
  }
  const result = shape.safeParse(outputs);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    throw new PulumiUserError(
      `Stack ${stack} was brought up by an older version of this program (${faults}): bring it up again with \`pulumi up -s ${stack}\`.`,
    );
  }
  return result.data;
}
