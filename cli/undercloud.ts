import * as fs from 'node:fs';
import { type Client, utils } from 'ssh2';
import { readAnswer } from '../kit/answers';
import type { KitCommand, KitVerb } from '../kit/verbs';
import { quote } from '../lib/quote';
import { UserError } from '../lib/userError';
import type { UndercloudAccess } from '../model';
import { type LabContext, dcnCommand } from './context';
import { reachableEndpoint } from './endpoint';
import { mayHaveStacks, notUpText } from './run/state';
import { type ProgramOptions, runProgram } from './remoteProgram';
import { connect, forward } from './sshConnection';

/** A connection to the undercloud's SSH server. */
export interface UndercloudConnection {
  client: Client;
  close(): void;
}

/**
 * Connects to the lab's undercloud, through the bastion if the lab file names one.
 *
 * @param known access to an undercloud that is a server of the lab; absent: the provisioner's
 * @throws UserError with the server that did not answer, and the remedy
 */
export async function connectUndercloud(
  context: LabContext,
  known?: UndercloudAccess,
): Promise<UndercloudConnection> {
  const { bastion: gate, privateKeyFile, remedies, ...undercloud } = await reachableEndpoint(context, known);
  const key = readKey(privateKeyFile);
  const bastion = gate && (await connect('bastion', gate, key, remedies));
  try {
    const through = bastion && (await forward(bastion, undercloud, remedies.noAnswer));
    const client = await connect('undercloud', undercloud, key, remedies, through);
    const close = (): void => {
      client.end();
      bastion?.end();
    };
    return { client, close };
  } catch (error) {
    bastion?.end();
    throw error;
  }
}

/** A connection to the undercloud that runs the kit's verbs. */
export class KitShell {
  private constructor(
    private readonly connection: UndercloudConnection,
    private readonly kit: string,
    private readonly dcn: string,
  ) {}

  /**
   * Connects to the lab's undercloud.
   *
   * @throws UserError if the lab has no stack; with the server that did not answer, and the remedy
   */
  static async connect(context: LabContext): Promise<KitShell> {
    if (!mayHaveStacks(context.name)) {
      throw new UserError(notUpText(context));
    }
    return KitShell.open(context);
  }

  /** The same for a lab whose state may be missing here. */
  static async open(context: LabContext): Promise<KitShell> {
    const connection = await connectUndercloud(context);
    return new KitShell(connection, `${context.plan.undercloud.directory}/kit`, dcnCommand(context));
  }

  /** Whether the lab has a kit on the undercloud. @throws UserError if the undercloud does not say */
  async isInstalled(): Promise<boolean> {
    const label = `undercloud: test -e ${this.kit}`;
    const { code } = await runProgram(this.connection.client, label, `test -e ${quote(this.kit)}`, '');
    if (code !== 0 && code !== 1) {
      throw new UserError(`${label}: ended without an answer. Run the command again.`);
    }
    return code === 0;
  }

  /**
   * Runs a verb of the kit and gives its answer.
   *
   * @throws UserError with the kit's message if the verb fails, or if the answer breaks the contract
   */
  ask<Answer>(verb: KitVerb<undefined, Answer>, options?: ProgramOptions): Promise<Answer>;
  ask<Document extends object, Answer>(
    verb: KitVerb<Document, Answer>,
    options: ProgramOptions & { document: Document },
  ): Promise<Answer>;
  async ask<Answer>(
    verb: KitVerb<unknown, Answer>,
    { document, ...options }: ProgramOptions & { document?: object } = {},
  ): Promise<Answer> {
    const printed = await this.run(verb, document ? JSON.stringify(document) : '', options);
    const result = readAnswer(printed, verb.answer);
    if (result.fault !== undefined) {
      throw new UserError(`kit ${verb.words.join(' ')}: ${result.fault}`);
    }
    return result.answer;
  }

  /** Runs a verb of the kit that lists something, and gives each entry as soon as it is there. @throws UserError as `ask` */
  async each<Entry>(
    verb: KitVerb<undefined, Entry[]>,
    onEntry: (entry: Entry) => void,
    options?: ProgramOptions,
  ): Promise<void> {
    let rest = '';
    let last = '';
    let fault: string | undefined;
    const onOutput = (text: string): void => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) {
        last = line;
        const result = readAnswer(entriesText(line), verb.answer);
        if (result.fault === undefined) {
          result.answer.forEach(onEntry);
        } else {
          fault ??= result.fault;
        }
      }
    };
    await this.run(verb, '', { ...options, onOutput });
    fault ??= last.endsWith(']') ? undefined : readAnswer(last, verb.answer).fault;
    if (fault !== undefined) {
      throw new UserError(`kit ${verb.words.join(' ')}: ${fault}`);
    }
  }

  /** Runs a command of the kit and gives its standard output, a text for people. @throws UserError as `ask` */
  text(command: KitCommand, options: ProgramOptions = {}): Promise<string> {
    return this.run(command, '', options);
  }

  private async run(command: KitCommand, stdin: string, options: ProgramOptions): Promise<string> {
    const label = `kit ${command.words.join(' ')}`;
    const text = this.commandText(command);
    const { code, stdout, lines } = await runProgram(this.connection.client, label, text, stdin, options);
    if (code !== 0) {
      throw this.failure(command, lines, code);
    }
    return stdout;
  }

  /**
   * Starts a command of the kit that runs until this shell is closed; resolves when the command has printed something.
   *
   * @param document what it reads before a line `...`; absent: nothing
   */
  async hold(command: KitCommand, document?: object): Promise<void> {
    const { signal } = new AbortController();
    await new Promise<void>((resolve, reject) => {
      const options = { stop: signal, onOutput: (): void => resolve() };
      this.run(command, document ? JSON.stringify(document) : '', options).then(
        () => reject(new UserError(`kit ${command.words.join(' ')}: ended at once. Run the command again.`)),
        reject,
      );
    });
  }

  private failure({ words }: KitCommand, lines: string[], code: number | undefined): UserError {
    if (lines.some((line) => line.startsWith("python3: can't open file"))) {
      return new UserError(
        `kit ${words.join(' ')}: ${this.kit} is not on the undercloud. Is the lab up? ${this.dcn} up`,
      );
    }
    if (lines.some((line) => unknownWords.test(line))) {
      return new UserError(
        `kit ${words.join(' ')}: the kit on the undercloud does not know these words: it is not the kit of this checkout. ` +
          `To install the kit of this checkout: ${this.dcn} up`,
      );
    }
    return new UserError(lines.slice(-30).join('\n') || silentFailure(words, code));
  }

  private commandText({ words }: KitCommand): string {
    return ['python3', this.kit, ...words].map(quote).join(' ');
  }

  close(): void {
    this.connection.close();
  }
}

/** Connects to the lab's undercloud, runs `work`, and closes the connection. @throws UserError as KitShell.connect */
export async function withKit<T>(context: LabContext, work: (kit: KitShell) => Promise<T>): Promise<T> {
  const kit = await KitShell.connect(context);
  try {
    return await work(kit);
  } finally {
    kit.close();
  }
}

/** What a kit prints that lacks a verb or an option (argparse). */
const unknownWords = /^kit(?: \S+)*: error: (?:unrecognized arguments|argument VERB: invalid choice):/;

/** The entries in a line of a list, as an array. A kit of version 0.1.0 prints the whole list in one line. */
function entriesText(line: string): string {
  if (line === '[' || line === ']') {
    return '[]';
  }
  return line.startsWith('[') ? line : `[${line.replace(/,$/, '')}]`;
}

/** @param code exit code; none: the connection ended, or a signal the kit */
function silentFailure(words: readonly string[], code: number | undefined): string {
  const what =
    code === undefined
      ? 'the kit or the connection to the undercloud was ended'
      : `ended with exit code ${code} and no message`;
  return `kit ${words.join(' ')}: ${what}. Run the command again; jobs on the undercloud continue.`;
}

/** The private key of the undercloud. @throws UserError if the file cannot be read, or has no private key that can be used without a passphrase */
export function readKey(file: string): Buffer {
  let text: Buffer;
  try {
    text = fs.readFileSync(file);
  } catch (error) {
    throw new UserError(
      `private key of the undercloud: ${(error as Error).message}. Name a file that you may read.`,
    );
  }
  const key = utils.parseKey(text);
  if (key instanceof Error || !key.isPrivateKey()) {
    const fault = key instanceof Error ? key.message : 'it has a public key';
    throw new UserError(
      `private key of the undercloud: ${file}: ${fault}. Name the file of a private key without a passphrase.`,
    );
  }
  return text;
}
