import * as fs from 'node:fs';
import * as pulumi from '@pulumi/pulumi';
import { unknown } from '@pulumi/pulumi/output';
import * as local from '@pulumi/command/local';
import * as remote from '@pulumi/command/remote';
import type { remote as remoteInputs } from '@pulumi/command/types/input';
import { stringify } from 'yaml';
import type { ZodType } from 'zod';
import { readAnswer } from '../kit/answers';
import { type KitCommand, type KitVerb, verbs } from '../kit/verbs';
import { quote } from '../lib/quote';
import { PulumiUserError } from './pulumiUserError';

/*
 * The only importer of @pulumi/command. The faults of its provider are kept away from all other modules here:
 *
 * - When a command fails, the provider prints the whole command text: a command is a few words, all content goes to stdin.
 * - The provider's log pump hangs on a line of more than 64 KiB: only the kit's stderr is shown, and its lines are short.
 * - Every changed input runs `update`, or `create` where there is no `update`: the two are the same but for an option of the kit's
 *   verb, and the kit does nothing for a run that has already succeeded.
 * - `triggers` replace the resource, which runs the old `delete` after the new `create`: identities of hosts are in the
 *   text of the command instead.
 *
 * No command here is `deletedWith` another resource: its effects are on the undercloud (Neutron's ports, TripleO's
 * stacks, the records of jobs) or at the control plane, and stay when the nodes of a site are gone.
 */

/** Address of the undercloud, as the lab's stack outputs it; nothing is secret. */
export interface UndercloudEndpoint {
  host: pulumi.Input<string>;
  port: number;
  user: string;
  /** Public key as `ssh-ed25519 AAAA…`. */
  hostKey: pulumi.Input<string>;
  bastion?: { host: string; port: number; user: string; hostKey?: string };
  /** The lab's directory on the undercloud. */
  directory: string;
}

/** A verb of the kit that a resource runs; `Learned` are the keys of its document that are known only once hosts exist. */
export interface KitRun<Document, Answer, Learned extends keyof Document = never> {
  /** Creates. */
  verb: KitVerb<Document, Answer>;
  /** Updates; absent: as `verb`. */
  update?: KitVerb<NoInfer<Document>, NoInfer<Answer>>;
  /** Deletes, with the same document; absent: there is nothing to undo. */
  undo?: KitVerb<NoInfer<Document>, unknown> | KitVerb<undefined, unknown>;
  /** The document that the verb reads, if any: plain values, so that a preview shows them line by line. */
  document?: Omit<NoInfer<Document>, Learned> | pulumi.Output<Omit<NoInfer<Document>, Learned>>;
  /**
   * Keys of the document that are known only once hosts exist. The command text adds them in front of the document. So
   * the preview of a new site shows all other lines of the document, and another host runs the command again.
   */
  learned?: { [Key in Learned]: pulumi.Input<NoInfer<Document>[Key]> };
  /** The kit's own limit for the work, in minutes. */
  limitMinutes: number;
  /** The same for the undo; absent: as `limitMinutes`. */
  undoLimitMinutes?: number;
}

/** A resource whose command has printed an answer. */
export interface CommandResult<Answer> {
  resource: pulumi.Resource;
  answer: pulumi.Output<Answer>;
}

/** Refused TCP connections until the provider gives up: its pauses between them add up to about a minute. */
const dialErrorLimit = 20;
/** The same for a host that has just been made and still boots: the pauses add up to four minutes. */
const slowDialErrorLimit = 60;
/** Minutes in addition to the kit's own limit: to connect, and for the kit to stop a job and say why. */
const graceMinutes = 15;

/** The kit on the undercloud. */
export class Undercloud {
  private readonly connection: remoteInputs.ConnectionArgs;

  /**
   * @param privateKeyFile path on this machine; the key in it becomes a secret
   * @param slowToBoot whether the undercloud may be out of reach for the first minutes
   * @throws PulumiUserError if the file cannot be read
   */
  constructor(
    readonly endpoint: UndercloudEndpoint,
    privateKeyFile: string,
    { slowToBoot = false }: { slowToBoot?: boolean } = {},
  ) {
    const limit = slowToBoot ? slowDialErrorLimit : dialErrorLimit;
    const privateKey = pulumi.secret(readPrivateKey(endpoint, privateKeyFile));
    const { host, port, user, hostKey, bastion } = endpoint;
    // Each key by name: for a key that it does not know, the provider prints the private key (command#773).
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
  }

  /** A resource that runs a verb of the kit when it is created, and again when its document or its hosts change. */
  run<Document, Answer, Learned extends keyof Document = never>(
    name: string,
    run: KitRun<Document, Answer, Learned>,
    options: pulumi.CustomResourceOptions,
  ): CommandResult<Answer> {
    return this.command(name, `${this.endpoint.directory}/kit`, run, options);
  }

  /** The folder on the undercloud for a kit of this name, a digest of its content. */
  kitFolder(name: string): string {
    return `${this.endpoint.directory}/kits/${name}`;
  }

  /** A resource that makes an uploaded kit the one that all other resources run. Jobs under way keep their own. */
  installKit(resource: string, kit: string, options: pulumi.CustomResourceOptions): pulumi.Resource {
    return this.command(resource, this.kitFolder(kit), { verb: verbs.install, limitMinutes: 5 }, options)
      .resource;
  }

  private command<Document, Answer, Learned extends keyof Document = never>(
    name: string,
    kit: string,
    run: KitRun<Document, Answer, Learned>,
    options: pulumi.CustomResourceOptions,
  ): CommandResult<Answer> {
    const { verb, update = verb, undo, document, learned, limitMinutes } = run;
    const { undoLimitMinutes = limitMinutes } = run;
    const reading = (command: KitCommand): pulumi.Input<string> =>
      learned
        ? pulumi
            .output<Record<string, unknown>>(learned)
            .apply((keys) => `{ ${yamlPrelude(keys)}; cat; } | ${commandText(kit, command)}`)
        : commandText(kit, command);
    const timeout = `${limitMinutes + graceMinutes}m`;
    const undoTimeout = `${undoLimitMinutes + graceMinutes}m`;
    const command = new remote.Command(
      name,
      {
        connection: this.connection,
        create: reading(verb),
        update: reading(update),
        delete: undo && commandText(kit, undo),
        // A plain document stays plain: as an output it would become one output for each value in it.
        stdin: pulumi.Output.isInstance(document)
          ? (document as pulumi.Output<object>).apply(documentText)
          : document && documentText(document),
        logging: remote.Logging.Stderr,
        addPreviousOutputInEnv: false,
      },
      pulumi.mergeOptions(options, {
        customTimeouts: { create: timeout, update: timeout, delete: undoTimeout },
      }),
    );
    return { resource: command, answer: answerOf(command, name, verb.answer) };
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
}

function commandText(kit: string, { words }: KitCommand): string {
  return ['python3', kit, ...words].map(quote).join(' ');
}

/** A resource whose commands run on this machine, in the project's folder; `update` is the same as `create`. */
export function localCommand<Answer>(
  name: string,
  args: {
    create: string[];
    delete: string[];
    /** A change of any of them replaces the resource. */
    triggers: unknown[];
    answer: ZodType<Answer>;
  },
  options: pulumi.CustomResourceOptions,
): CommandResult<Answer> {
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
    // Two hosts cannot have the same name at the same time.
    pulumi.mergeOptions(options, { deleteBeforeReplace: true }),
  );
  return { resource: command, answer: answerOf(command, name, args.answer) };
}

/** Both halves of an SSH host key; the private one is a secret. */
export interface HostKey {
  /** As sshd keeps it. */
  privateKey: pulumi.Output<string>;
  /** `ssh-ed25519 AAAA…` */
  publicKey: pulumi.Output<string>;
}

/**
 * An SSH host key for a host that does not exist yet, made once on this machine. The private half is a secret in the state;
 * the public half is known before the first connection.
 *
 * @param host the comment in the key
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

/** A document as YAML that a line-by-line diff suits: texts in literal blocks, one list item per line, no anchors. */
function documentText(document: object): string {
  return stringify(document, { lineWidth: 0, blockQuote: 'literal', aliasDuplicateObjects: false });
}

/** A shell command that prints `keys` as lines of YAML, one for each. */
function yamlPrelude(keys: Record<string, unknown>): string {
  const lines = Object.entries(keys).map(([key, value]) => quote(`${key}: ${JSON.stringify(value)}`));
  return `printf '%s\\n' ${lines.join(' ')}`;
}

function readPrivateKey({ user, host, port }: UndercloudEndpoint, file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw new PulumiUserError(
      `Private key of the undercloud ${user}@${hostText(host)}:${port}: ${(error as Error).message}. ` +
        'Put the key there, or name its file in the lab file under glance-dcn:undercloud.privateKeyFile.',
    );
  }
}

/** A host's name or address, if it is known when the program runs. */
function hostText(host: pulumi.Input<string>): string {
  return typeof host === 'string' ? host : '(a server of the cloud)';
}

/**
 * The stdout of a command. A command that has never run, because `pulumi up --target` left it out, comes without stdout:
 * then stdout is unknown, as in a preview.
 */
function printed({ stdout }: { stdout: pulumi.Output<string> }): pulumi.Output<string> {
  return stdout.apply((text: string | undefined) => text ?? (unknown as unknown as string));
}

function answerOf<Answer>(
  command: { stdout: pulumi.Output<string> },
  name: string,
  shape: ZodType<Answer>,
): pulumi.Output<Answer> {
  return printed(command).apply((text) => {
    const result = readAnswer(text, shape);
    if (result.fault !== undefined) {
      throw new PulumiUserError(`${name}: ${result.fault}`);
    }
    return result.answer;
  });
}
