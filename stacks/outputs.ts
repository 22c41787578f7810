import * as pulumi from '@pulumi/pulumi';
import * as z from 'zod';
import { sharedCloud } from '../components/nodes';
import { Refusal } from '../components/refusal';

/**
 * Version of what stacks tell each other. Adding an output keeps it; renaming one, or giving it another meaning, makes
 * a new one, and every stack below must then be brought up again.
 */
export const schemaVersion = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const header = { schemaVersion: z.literal(schemaVersion), lab: z.string() };
const access = { host: z.string(), port: z.int(), user: z.string() };

/** What the stack of a lab tells the stacks of its sites: where its undercloud is, and what it made in a cloud for them. */
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

/** What the stack of a site tells others: what it learned when it ran, and nothing that the lab file says. */
export const siteOutputs = z.object({
  ...header,
  site: z.string(),
  /** Hosts by node name, with the role in which each was brought up: the lab file may say another one by now. */
  nodes: z.record(
    z.string(),
    z.object({ address: z.string(), instanceId: z.string(), role: z.string().optional() }),
  ),
  /** Its Glance store and the Ceph cluster in which that lies, if in one; a new cluster has another fsid and no image. */
  store: z
    .object({ store: z.string(), cluster: z.string().optional(), fsid: z.guid().optional() })
    .optional(),
  /** Its caches: the nodes that have one, and how many bytes each may hold. */
  cache: z.object({ nodes: z.array(z.string()), limitBytes: z.number() }).optional(),
  /** sha256 of the files on the undercloud that other sites read, by path relative to the lab's directory. */
  digests: z.record(z.string(), sha256),
});
export type SiteOutputs = z.infer<typeof siteOutputs>;

/** What a program gives its stack as outputs of the shape `Outputs`: some are known only once resources stand. */
export type Pending<Outputs> = { [Key in keyof Outputs]: pulumi.Input<Outputs[Key]> };

/**
 * Outputs of another stack of this project, checked against the shape that this program knows.
 *
 * The engine is asked for them as it is for the state behind a StackReference, without making one: that a StackReference
 * finds no stack cannot be caught (pulumi#3540), and its error tells neither what to bring up nor how. Nothing that stacks
 * of this project tell each other is a secret.
 *
 * @throws Refusal with one sentence that says what is wrong with the stack and which command mends it
 */
export async function outputsOf<Shape extends z.ZodObject>(
  stack: string,
  shape: Shape,
): Promise<z.infer<Shape>> {
  return checked(stack, await readOutputs(stack), shape);
}

/** What this very stack told when it was last brought up to its end; undefined if it never was, or told other things. */
export async function outputsBefore<Shape extends z.ZodObject>(
  shape: Shape,
): Promise<z.infer<Shape> | undefined> {
  const outputs = await askEngine(pulumi.getStack()).catch(() => undefined);
  return shape.safeParse(outputs).data;
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
    throw new Refusal(
      message.includes('unknown stack')
        ? `Stack ${stack}, which this one builds on, is not there: bring it up first with \`pulumi up -s ${stack}\`.`
        : `Stack ${stack}, which this one builds on, cannot be read: ${message}`,
    );
  }
}

function checked<Shape extends z.ZodObject>(
  stack: string,
  outputs: Record<string, unknown>,
  shape: Shape,
): z.infer<Shape> {
  const remedy = `\`pulumi up -s ${stack}\``;
  const version = outputs.schemaVersion;
  if (version === undefined) {
    throw new Refusal(
      `Stack ${stack}, which this one builds on, has not been brought up to its end: do so first with ${remedy}.`,
    );
  }
  if (typeof version === 'number' && version > schemaVersion) {
    throw new Refusal(
      `Stack ${stack} was brought up by a newer version of this program (its outputs have version ${version}, ` +
        `this one knows ${schemaVersion}): run that version here too.`,
    );
  }
  const result = shape.safeParse(outputs);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
    throw new Refusal(
      `Stack ${stack} was brought up by an older version of this program (${faults}): bring it up again with ${remedy}.`,
    );
  }
  return result.data;
}
