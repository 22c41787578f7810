import * as fs from 'node:fs';
import * as path from 'node:path';
import execa from 'execa';
import { lastOfProgress, withoutMarks } from '../../kit/marks';
import type { Lab } from '../../model';
import { writeAtomic } from '../../lib/atomicFile';
import { projectRoot } from '../../lib/paths';
import { ensureToolchain } from '../../toolchain/toolchain';
import { UserError } from '../../lib/userError';
import type { Report } from '../../lib/report';
import type { LabContext } from '../context';
import { type EngineEvent, EventLog, type StepMetadata, errorTexts } from './events';
import { type KitFailure, kitFailures } from './kitFailures';
import type { Interrupts } from './interrupt';
import { Interrupted, Postponed } from './schedule';
import { chosenBackend, ensureBackend, ensurePassphrase, isPassphraseChosen } from './state';

/** The environment for plain `pulumi`: PATH to the tool chain, state backend, passphrase. */
export interface PulumiEnvironment {
  PATH: string;
  PULUMI_BACKEND_URL: string;
  /** Makes Pulumi read the salt or secrets provider of a stack from its state, if the stack has no local settings. */
  PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true';
  PULUMI_CONFIG_PASSPHRASE_FILE?: string;
}

/**
 * Sets up what is missing of the tool chain and the lab's state, and returns the environment for `pulumi`. A backend or
 * passphrase in the user's environment is kept: `PULUMI_BACKEND_URL` selects a team's shared state. Values that `dcn env`
 * has set, for this lab or another one, are replaced: a shell with them works with every lab, also after its state was
 * removed.
 */
export async function pulumiEnvironment(
  lab: Pick<Lab, 'name' | 'provisioner'>,
  report: Report,
): Promise<PulumiEnvironment> {
  const env = await backendEnvironment(lab, report);
  return isPassphraseChosen() ? env : { ...env, PULUMI_CONFIG_PASSPHRASE_FILE: ensurePassphrase(lab.name) };
}

/** The same without a passphrase: enough to list and to export stacks. */
export async function backendEnvironment(
  { name: lab, provisioner }: Pick<Lab, 'name' | 'provisioner'>,
  report: Report,
): Promise<PulumiEnvironment> {
  const { bin } = await ensureToolchain(report, { openstack: provisioner === 'openstack' });
  return {
    PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`,
    PULUMI_BACKEND_URL: chosenBackend() ?? ensureBackend(lab),
    PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: 'true',
  };
}

/** A `pulumi` run failed. The message has the engine's output, without the password of a backend's URL. */
export class PulumiFailure extends UserError {
  readonly details: string;
  readonly ofKit: KitFailure[];

  constructor(verb: string, stack: string, output: string) {
    const details = withoutMarks(lastOfProgress(output)).replace(
      /(\w:\/\/[^\s:@/]*):[^\s@/]+@/g,
      '$1:[secret]@',
    );
    super(`pulumi ${verb}${stack && ` -s ${stack}`} failed:\n${details}`);
    this.details = details;
    this.ofKit = kitFailures(output);
  }
}

/**
 * Runs `pulumi` in the project folder and gives its standard output.
 *
 * @param input its standard input; absent: none
 * @throws PulumiFailure with its output
 */
export async function pulumi(
  env: PulumiEnvironment,
  verb: string,
  stack: string,
  args: string[],
  input?: string,
): Promise<string> {
  const result = await execa('pulumi', [...verb.split(' '), ...args, '--non-interactive'], {
    cwd: projectRoot,
    env: { ...env },
    // An empty input would break the pipe of a program that ends without reading it.
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    reject: false,
    all: true,
  });
  if (result.exitCode !== 0) {
    throw new PulumiFailure(verb, stack, result.all ?? '');
  }
  return result.stdout;
}

/**
 * Creates a stack; its settings name the lab file, if that is outside the project folder. Settings of an earlier stack of
 * this name are removed: they belong to another passphrase.
 */
export async function initStack(env: PulumiEnvironment, context: LabContext, stack: string): Promise<void> {
  fs.rmSync(settingsFile(stack), { force: true });
  shareSalt(context.name, stack);
  await pulumi(env, 'stack init', stack, ['-s', stack, '--no-select']);
  await setLabFile(env, context, stack);
}

/**
 * Writes the local settings of a stack that was created on another machine, in another checkout, or by a process that was killed
 * before it had named the lab file.
 */
export async function writeMissingSettings(
  env: PulumiEnvironment,
  context: LabContext,
  stack: string,
): Promise<void> {
  const file = settingsFile(stack);
  if (!fs.existsSync(file) || !fs.readFileSync(file, 'utf8').includes(labFileKey)) {
    await setLabFile(env, context, stack);
  }
}

/** Setting of a stack: the path of its lab file. */
const labFileKey = 'glance-dcn:lab';

/** Names the lab file in the settings of a stack, if the file is outside of the project folder. */
export async function setLabFile(env: PulumiEnvironment, context: LabContext, stack: string): Promise<void> {
  if (!context.isInProject) {
    await pulumi(env, 'config set', stack, ['-s', stack, labFileKey, context.file]);
  }
}

/**
 * Gives a new stack the salt of the lab's own stack; the passphrase is the same. Pulumi takes 0.2 s to derive a key, and a
 * site's stack reads two others: with one salt it derives one key, not three.
 */
function shareSalt(lab: string, stack: string): void {
  const shared = settingsFile(lab);
  const salt = fs.existsSync(shared) && /^encryptionsalt: .*$/m.exec(fs.readFileSync(shared, 'utf8'))?.[0];
  if (salt) {
    writeAtomic(settingsFile(stack), `${salt}\n`);
  }
}

/** The file with Pulumi's settings of a stack on this machine (Pulumi.yaml, stackConfigDir). */
export function settingsFile(stack: string): string {
  return path.join(projectRoot, '.stacks', `Pulumi.${stack}.yaml`);
}

/**
 * The steps of `pulumi preview` of one stack.
 *
 * @param folder for the engine's event log
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

/** Options of one `pulumi up` or `pulumi destroy` in a run. */
export interface StackRunOptions {
  /** Folder that only this run uses. */
  folder: string;
  interrupts: Interrupts;
  /** Called for every engine event as it happens. */
  onEvent: (event: EngineEvent) => void;
  /** Asked several times a second whether Pulumi is to be stopped now, and run again later; not asked again once it is. */
  postpones: () => boolean;
}

/**
 * `pulumi up` or `pulumi destroy` of one stack without questions.
 *
 * Pulumi runs in its own process group: Ctrl-C at the terminal reaches it only once, through `interrupts`; a second SIGINT
 * makes Pulumi abandon its running operations. Pulumi writes to files, because a closed pipe would end it before it
 * releases the lock of its stack.
 *
 * @throws Interrupted if Pulumi stopped because of an interruption, Postponed if it was stopped to be run again later, otherwise
 *   PulumiFailure with the error diagnostics
 */
export async function runStack(
  env: PulumiEnvironment,
  verb: 'up' | 'destroy',
  stack: string,
  { folder, interrupts, onEvent, postpones }: StackRunOptions,
): Promise<void> {
  const log = path.join(folder, `${stack}.events`);
  fs.rmSync(log, { force: true });
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
  let isPostponed = false;
  const stop = (): void => void (isPostponed || interrupt());
  interrupts.stop.addEventListener('abort', stop);
  interrupts.kill.addEventListener('abort', interrupt);
  const timer = setInterval(() => {
    reader.read();
    if (!isPostponed && !interrupts.stop.aborted && postpones()) {
      isPostponed = true;
      interrupt();
    }
  }, 200);
  const result = await run.finally(() => {
    clearInterval(timer);
    interrupts.stop.removeEventListener('abort', stop);
    interrupts.kill.removeEventListener('abort', interrupt);
  });
  reader.read();
  if (result.exitCode !== 0) {
    const details =
      [...new Set(errors)].join('\n') ||
      fs.readFileSync(printed, 'utf8') ||
      `it ended with ${result.exitCode ?? result.signal}`;
    const failure = new PulumiFailure(verb, stack, details);
    if (failure.ofKit.some(({ of }) => of === 'job') || !(interrupts.stop.aborted || isPostponed)) {
      throw failure;
    }
    throw interrupts.stop.aborted ? new Interrupted() : new Postponed();
  }
}
