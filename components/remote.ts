import * as fs from 'node:fs';
import * as pulumi from '@pulumi/pulumi';
import { unknown } from '@pulumi/pulumi/output';
import * as local from '@pulumi/command/local';
import * as remote from '@pulumi/command/remote';
import type { remote as remoteInputs } from '@pulumi/command/types/input';
import { stringify } from 'yaml';
import type { ZodType } from 'zod';
import { quote } from '../lib/quote';
import { Refusal } from './refusal';

/*
 * The only importer of @pulumi/command: what its provider does badly is kept away from everybody else here.
 *
 * - It prints the whole command text when a command fails: a command is a few words, all content travels on stdin.
 * - Its log pump hangs on a line of more than 64 KiB: of what the kit prints only stderr is shown, and that is short.
 * - Every changed input runs `update`, or `create` where there is none: the two are always the same, and the kit makes a
 *   run of what has already succeeded a no-op.
 * - `triggers` replace, which runs the old `delete` after the new `create`: identities of hosts are in the command's
 *   text instead.
 *
 * None of the commands here is `deletedWith` anything: what they do lies on the undercloud (Neutron's ports, TripleO's
 * stacks, the records of jobs) or at the control plane, and outlives the nodes of a site.
 */

/** Where the undercloud is reached, as the lab's stack tells it; nothing secret. */
export interface UndercloudEndpoint {
  host: pulumi.Input<string>;
  port: number;
  user: string;
  /** Public key as `ssh-ed25519 AAAA…`. */
  hostKey: pulumi.Input<string>;
  bastion?: { host: string; port: number; user: string; hostKey?: string };
  /** The lab's directory there. */
  directory: string;
}

/** One verb of the kit and the document it reads. */
export interface KitRun<Result> {
  /** Words after `kit` that create and update. */
  run: string[];
  /** Words after `kit` that delete, with the same document; absent: there is nothing to take back. */
  undo?: string[];
  /** What the verb reads, if it reads anything: plain values only, so that a preview shows them line by line. */
  document?: object | pulumi.Output<object>;
  /**
   * Keys of the document that are known only once hosts exist. The command itself puts them before the document, so
   * that the preview of a site which is still to be made shows all the rest; another host runs it again.
   */
  learned?: pulumi.Input<Record<string, unknown>>;
  /** The kit's own limit for the work, in minutes. */
  limitMinutes: number;
  /** Shape of the JSON that the kit prints; other keys are dropped. */
  result: ZodType<Result>;
}

/** A resource that ran a verb of the kit, and what the kit answered. */
export interface KitResult<Result> {
  resource: pulumi.Resource;
  result: pulumi.Output<Result>;
}

/** TCP connections refused before giving up: the provider's pauses between them add up to about a minute. */
const dialErrorLimit = 20;
/** The same for a host that is only now being made, and boots: they add up to four minutes. */
const patientDialErrorLimit = 60;
/** Beyond the kit's own limits: for dialling, and for the kit to end a job and say why. */
const graceMinutes = 15;

/** The kit on the undercloud. */
export class Undercloud {
  private readonly connection: remoteInputs.ConnectionArgs;
  private readonly kit: string;

  /**
   * @param privateKeyFile path on this machine; what it holds is a secret from here on
   * @param patient whether it may take minutes until it can be reached
   * @throws Refusal if the file cannot be read
   */
  constructor(
    readonly endpoint: UndercloudEndpoint,
    privateKeyFile: string,
    { patient = false }: { patient?: boolean } = {},
  ) {
    const limit = patient ? patientDialErrorLimit : dialErrorLimit;
    const privateKey = pulumi.secret(readPrivateKey(endpoint, privateKeyFile));
    const { host, port, user, hostKey, bastion } = endpoint;
    // Written out key by key: the provider prints the private key when it meets one it does not know (command#773).
    this.connection = {
      host,
      port,
      user,
      hostKey,
      privateKey,
      dialErrorLimit: limit,
      ...(bastion && {
        proxy: {
          host: bastion.host,
          port: bastion.port,
          user: bastion.user,
          hostKey: bastion.hostKey,
          privateKey,
          dialErrorLimit: limit,
        },
      }),
    };
    this.kit = `python3 ${quote(`${endpoint.directory}/kit`)}`;
  }

  /** A resource that runs a verb of the kit when it is created and whenever its document or its hosts change. */
  run<Result>(
    name: string,
    { run, undo, document, learned, limitMinutes, result }: KitRun<Result>,
    options: pulumi.CustomResourceOptions,
  ): KitResult<Result> {
    const create = learned
      ? pulumi.output(learned).apply((keys) => `{ ${heading(keys)}; cat; } | ${this.verb(run)}`)
      : this.verb(run);
    const timeout = `${limitMinutes + graceMinutes}m`;
    const command = new remote.Command(
      name,
      {
        connection: this.connection,
        create,
        update: create,
        delete: undo && this.verb(undo),
        // A plain document is not made an output of: that makes one of each value in it.
        stdin: pulumi.Output.isInstance(document)
          ? (document as pulumi.Output<object>).apply(documentText)
          : document && documentText(document),
        logging: remote.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      pulumi.mergeOptions(options, { customTimeouts: { create: timeout, update: timeout, delete: timeout } }),
    );
    return { resource: command, result: printed(command).apply((text) => parsed(name, text, result)) };
  }

  /** A resource that copies a file or a folder of this machine to `remotePath`, and copies again what changed. */
  upload(
    name: string,
    source: pulumi.asset.FileAsset | pulumi.asset.FileArchive,
    remotePath: string,
    options: pulumi.CustomResourceOptions,
  ): pulumi.Resource {
    return new remote.CopyToRemote(name, { connection: this.connection, source, remotePath }, options);
  }

  private verb(words: string[]): string {
    return [this.kit, ...words.map(quote)].join(' ');
  }
}

/** A resource whose verbs run on this machine, in the project's folder; `update` is `create` again. */
export function commandHere<Result>(
  name: string,
  args: {
    create: string[];
    delete: string[];
    /** A change of any of them replaces what stands. */
    triggers: unknown[];
    result: ZodType<Result>;
  },
  options: pulumi.CustomResourceOptions,
): KitResult<Result> {
  const create = args.create.map(quote).join(' ');
  const command = new local.Command(
    name,
    {
      create,
      update: create,
      delete: args.delete.map(quote).join(' '),
      triggers: args.triggers,
      logging: local.Logging.Stderr,
      addPreviousOutputInEnv: false,
    },
    // The name can be held by one host at a time.
    pulumi.mergeOptions(options, { deleteBeforeReplace: true }),
  );
  return { resource: command, result: printed(command).apply((text) => parsed(name, text, args.result)) };
}

/** Both halves of an SSH host key; the private one is a secret. */
export interface HostKey {
  /** As sshd keeps it. */
  privateKey: pulumi.Output<string>;
  /** `ssh-ed25519 AAAA…` */
  publicKey: pulumi.Output<string>;
}

/**
 * An SSH host key that is made once, on this machine, for a host that is still to come: its private half is a secret of the
 * state, its public one is known before the first connection.
 *
 * @param host what the key's comment calls it
 */
export function hostKeyFor(name: string, host: string, options: pulumi.CustomResourceOptions): HostKey {
  const file = '"$directory/key"';
  const command = new local.Command(
    name,
    {
      create:
        'set -e; umask 077; directory=$(mktemp -d); trap \'rm -r "$directory"\' EXIT; ' +
        `ssh-keygen -q -t ed25519 -N '' -C ${quote(host)} -f ${file}; cat ${file} ${file}.pub`,
      logging: local.Logging.None,
      addPreviousOutputInEnv: false,
    },
    pulumi.mergeOptions(options, { additionalSecretOutputs: ['stdout', 'stderr'] }),
  );
  const end = '-----END OPENSSH PRIVATE KEY-----\n';
  const halves = pulumi.secret(printed(command)).apply((text) => {
    const [privateHalf = '', publicHalf = ''] = text.split(end);
    return { privateKey: `${privateHalf}${end}`, publicKey: publicHalf.split(' ').slice(0, 2).join(' ') };
  });
  return {
    privateKey: halves.apply(({ privateKey }) => privateKey),
    publicKey: pulumi.unsecret(halves.apply(({ publicKey }) => publicKey)),
  };
}

/** A document as YAML whose lines a reader can compare: texts in literal blocks, one list item to a line, no anchors. */
export function documentText(document: object): string {
  return stringify(document, { lineWidth: 0, blockQuote: 'literal', aliasDuplicateObjects: false });
}

/** A shell command that prints `keys` as lines of YAML, one for each. */
function heading(keys: Record<string, unknown>): string {
  const lines = Object.entries(keys).map(([key, value]) => quote(`${key}: ${JSON.stringify(value)}`));
  return `printf '%s\\n' ${lines.join(' ')}`;
}

function readPrivateKey({ user, host, port }: UndercloudEndpoint, file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new Refusal(
      `Private key of the undercloud ${user}@${named(host)}:${port}: ${(error as Error).message}. ` +
        'Put the key there, or name its file in the lab file under glance-dcn:undercloud.privateKeyFile.',
    );
  }
}

/** A host's name or address, as far as it is known when the program runs. */
function named(host: pulumi.Input<string>): string {
  return typeof host === 'string' ? host : '(a server of the cloud)';
}

/**
 * What a command has printed. One that has never run, because `pulumi up --target` leaves it out, comes without any output: what it
 * would print is as little known then as in a preview.
 */
function printed({ stdout }: { stdout: pulumi.Output<string> }): pulumi.Output<string> {
  return stdout.apply((text: string | undefined) => text ?? (unknown as unknown as string));
}

function parsed<Result>(name: string, text: string, shape: ZodType<Result>): Result {
  const answer = shape.safeParse(json(text));
  if (!answer.success) {
    const faults = answer.error.issues.map((issue) => `${issue.path.join('.') || 'it'}: ${issue.message}`);
    throw new Refusal(
      `${name}: answered ${JSON.stringify(text.slice(0, 200))}, where ${faults.join('; ')}. ` +
        'Does the kit on the undercloud come from this checkout? `pulumi up` of the lab stack puts it there.',
    );
  }
  return answer.data;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
