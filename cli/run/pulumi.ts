import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import execa from 'execa';
import type { Lab } from '../../model';
import { projectRoot, stateDir } from '../../lib/paths';
import { ensureToolchain } from '../../toolchain/toolchain';
import { UserError } from '../../lib/userError';
import type { LabContext } from '../context';
import { type EngineEvent, EventLog, type StepMetadata, errorTexts } from './events';
import type { Interrupts } from './interrupt';
import { Interrupted } from './schedule';
import { failedJobs } from './summary';

/** What a shell needs for plain `pulumi`: PATH to the tool chain, state backend, passphrase. Nothing else. */
export interface PulumiEnvironment {
  PATH: string;
  PULUMI_BACKEND_URL: string;
  /** Who has no settings of a stack that others have made takes its salt, or its secrets provider, from the state. */
  PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true';
  PULUMI_CONFIG_PASSPHRASE_FILE?: string;
}

/**
 * Sets up what is missing of the tool chain and the lab's state and gives the environment for `pulumi`. A backend or
 * passphrase that the user's environment already names is kept: a team's shared state is chosen by
 * `PULUMI_BACKEND_URL` alone. But not what `dcn env` has put there, for this lab or for another: a shell that has it goes
 * on with any lab, and with one whose state was removed.
 */
export async function pulumiEnvironment(
  { name: lab, provisioner }: Pick<Lab, 'name' | 'provisioner'>,
  report: (line: string) => void,
): Promise<PulumiEnvironment> {
  const { bin } = await ensureToolchain(report, { openstack: provisioner === 'openstack' });
  const env: PulumiEnvironment = {
    PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`,
    PULUMI_BACKEND_URL: chosenBackend() ?? fileBackend(lab),
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true',
  };
  if (!isPassphraseChosen()) {
    env.PULUMI_CONFIG_PASSPHRASE_FILE = passphraseFile(lab);
  }
  return env;
}

const backendName = 'pulumi';
const passphraseName = 'passphrase';

function chosenBackend(): string | undefined {
  const url = process.env.PULUMI_BACKEND_URL;
  const isDefault = url?.startsWith('file:///') && isOfSomeLab(fileURLToPath(url), backendName);
  return !url || isDefault ? undefined : url;
}

function isPassphraseChosen(): boolean {
  const file = process.env.PULUMI_CONFIG_PASSPHRASE_FILE;
  return Boolean(process.env.PULUMI_CONFIG_PASSPHRASE || (file && !isOfSomeLab(file, passphraseName)));
}

/** Whether a file is the one of this name in the state of this lab or another. */
function isOfSomeLab(file: string, name: string): boolean {
  return path.resolve(file) === path.join(stateDir(path.basename(path.dirname(file))), name);
}

function fileBackend(lab: string): string {
  const directory = path.join(stateDir(lab), backendName);
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  return pathToFileURL(directory).href;
}

function passphraseFile(lab: string): string {
  const file = path.join(stateDir(lab), passphraseName);
  if (!fs.existsSync(file)) {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    fs.writeFileSync(file, `${crypto.randomBytes(24).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  }
  return file;
}

/** A `pulumi` run that failed: what the engine said of it, without the password that a backend's URL may have. */
export class PulumiFailure extends UserError {
  readonly details: string;

  constructor(verb: string, stack: string, said: string) {
    const details = said.replace(/(\w:\/\/[^\s:@/]*):[^\s@/]+@/g, '$1:[secret]@');
    super(`pulumi ${verb}${stack && ` -s ${stack}`} failed:\n${details}`);
    this.details = details;
  }
}

/** Runs `pulumi` in the project with `env` and gives what it printed. @throws PulumiFailure with its output. */
export async function pulumi(
  env: PulumiEnvironment,
  verb: string,
  stack: string,
  args: string[],
): Promise<string> {
  const result = await execa('pulumi', [...verb.split(' '), ...args, '--non-interactive'], {
    cwd: projectRoot,
    env: { ...env },
    reject: false,
    all: true,
  });
  if (result.exitCode !== 0) {
    throw new PulumiFailure(verb, stack, result.all ?? '');
  }
  return result.stdout;
}

/** A stack as the backend lists it. */
export interface ListedStack {
  name: string;
  lastUpdate?: string;
  resourceCount?: number;
}

/** The stacks that the backend holds for this project. */
export async function listStacks(env: PulumiEnvironment): Promise<ListedStack[]> {
  return JSON.parse(await pulumi(env, 'stack ls', '', ['--json'])) as ListedStack[];
}

/**
 * Makes a stack that does not exist yet and tells it where its lab file is if that is not the usual place. Settings that
 * an earlier stack of this name has left are of another passphrase, and go.
 */
export async function initStack(env: PulumiEnvironment, context: LabContext, stack: string): Promise<void> {
  fs.rmSync(settingsFile(stack), { force: true });
  shareSalt(context.name, stack);
  await pulumi(env, 'stack init', stack, ['-s', stack, '--no-select']);
  await tellLabFile(env, context, stack);
}

/** Writes the settings of a stack of the backend that another machine, or another checkout, has made. */
export async function writeMissingSettings(
  env: PulumiEnvironment,
  context: LabContext,
  stack: string,
): Promise<void> {
  if (!fs.existsSync(settingsFile(stack))) {
    await tellLabFile(env, context, stack);
  }
}

async function tellLabFile(env: PulumiEnvironment, context: LabContext, stack: string): Promise<void> {
  if (!context.isDefaultPlace) {
    await pulumi(env, 'config set', stack, ['-s', stack, 'glance-dcn:lab', context.file]);
  }
}

/**
 * Gives a new stack the salt that the lab's own stack has for their common passphrase. Pulumi takes 0.2 s to derive a key,
 * and a site's stack reads two others: with one salt it derives one key and not three.
 */
function shareSalt(lab: string, stack: string): void {
  const shared = settingsFile(lab);
  const salt = fs.existsSync(shared) && /^encryptionsalt: .*$/m.exec(fs.readFileSync(shared, 'utf8'))?.[0];
  if (salt) {
    fs.writeFileSync(settingsFile(stack), `${salt}\n`);
  }
}

/** Where Pulumi keeps what it has to remember of a stack on this machine (Pulumi.yaml, stackConfigDir). */
export function settingsFile(stack: string): string {
  return path.join(projectRoot, '.stacks', `Pulumi.${stack}.yaml`);
}

/**
 * The steps of `pulumi preview` of one stack.
 *
 * @param folder where the engine may write what it says
 * @throws PulumiFailure with the error diagnostics
 */
export async function previewStack(
  env: PulumiEnvironment,
  stack: string,
  folder: string,
): Promise<StepMetadata[]> {
  const log = path.join(folder, `${stack}.events`);
  const run = await execa('pulumi', ['preview', '-s', stack, '--non-interactive', '--event-log', log], {
    cwd: projectRoot,
    env: { ...env, PULUMI_DEBUG_COMMANDS: 'true' },
    reject: false,
    all: true,
  });
  const steps: StepMetadata[] = [];
  const errors: string[] = [];
  new EventLog(log, (event) => {
    errors.push(...errorTexts(event));
    steps.push(...(event.resourcePreEvent ? [event.resourcePreEvent.metadata] : []));
  }).read();
  if (run.exitCode !== 0) {
    throw new PulumiFailure(
      'preview',
      stack,
      [...new Set(errors)].join('\n') || run.all || `it ended with ${run.exitCode}`,
    );
  }
  return steps;
}

/** One `pulumi up` or `pulumi destroy` of a run of many. */
export interface StackRunOptions {
  /** Folder that is the run's alone, and there for as long as it lasts. */
  folder: string;
  interrupts: Interrupts;
  /** Told of every engine event as it happens. */
  onEvent: (event: EngineEvent) => void;
}

/**
 * `pulumi up` or `pulumi destroy` of one stack without questions.
 *
 * It runs in a process group of its own, so that a Ctrl-C at the terminal reaches it by `interrupts` alone and once: a
 * second one tells Pulumi to drop what it is about. It writes to files, which also take its last words when nobody is
 * there to read them any more; a closed pipe would end it before it has given back its lock.
 *
 * @throws Interrupted if it ended because it was told to, PulumiFailure with the error diagnostics otherwise.
 */
export async function runStack(
  env: PulumiEnvironment,
  verb: 'up' | 'destroy',
  stack: string,
  { folder, interrupts, onEvent }: StackRunOptions,
): Promise<void> {
  const log = path.join(folder, `${stack}.events`);
  const printed = path.join(folder, `${stack}.output`);
  const errors: string[] = [];
  const reader = new EventLog(log, (event) => {
    errors.push(...errorTexts(event));
    onEvent(event);
  });
  const output = fs.openSync(printed, 'w', 0o600);
  const run = execa(
    'pulumi',
    [
      verb,
      '-s',
      stack,
      '--yes',
      '--skip-preview',
      '--non-interactive',
      '--parallel',
      '64',
      '--event-log',
      log,
    ],
    {
      cwd: projectRoot,
      env: { ...env, PULUMI_DEBUG_COMMANDS: 'true' },
      reject: false,
      detached: true,
      stdio: ['ignore', output, output],
    },
  );
  fs.closeSync(output);
  const interrupt = (): void => void (run.exitCode === null && run.kill('SIGINT'));
  interrupts.stop.addEventListener('abort', interrupt);
  interrupts.kill.addEventListener('abort', interrupt);
  const timer = setInterval(() => reader.read(), 200);
  const result = await run.finally(() => {
    clearInterval(timer);
    interrupts.stop.removeEventListener('abort', interrupt);
    interrupts.kill.removeEventListener('abort', interrupt);
  });
  reader.read();
  if (result.exitCode !== 0) {
    const details =
      [...new Set(errors)].join('\n') ||
      fs.readFileSync(printed, 'utf8') ||
      `it ended with ${result.exitCode ?? result.signal}`;
    if (interrupts.stop.aborted && failedJobs(details).length === 0) {
      throw new Interrupted();
    }
    throw new PulumiFailure(verb, stack, details);
  }
}
