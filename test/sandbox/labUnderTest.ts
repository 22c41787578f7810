import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { quote } from '../../lib/quote';
import { projectRoot } from '../../lib/paths';
import { withoutServers } from '../shipped';
import { takeDownAtEnd } from './takeDown';

/** Exit code and output of a command. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * A lab for a test, with a lab file, state and sandbox of its own; the tool chain and base images are the user's.
 * `transcript` has the output of all commands but `ssh`, by which tests read secrets on hosts: no secret may be in it.
 */
export class LabUnderTest {
  readonly directory = fs.mkdtempSync(path.join(os.tmpdir(), 'dcn-lab-'));
  readonly file: string;
  transcript = '';
  private environment: NodeJS.ProcessEnv;

  /** @param shipped a shipped lab file, relative to the project's folder */
  constructor(
    readonly name: string,
    private readonly shipped = 'Pulumi.dev.yaml',
  ) {
    this.file = path.join(this.directory, `Pulumi.${name}.yaml`);
    const state = path.join(this.directory, 'state');
    this.environment = { ...process.env, GLANCE_DCN_STATE: state };
    this.write((text) => {
      takeDownAtEnd(this.file, state, text);
      return text;
    });
  }

  get state(): string {
    return path.join(this.directory, 'state', this.name);
  }

  /** Writes the lab file: the shipped lab file as `change` returns it. */
  write(change: (text: string) => string): void {
    const shipped = fs.readFileSync(path.join(projectRoot, this.shipped), 'utf8');
    fs.writeFileSync(this.file, change(shipped));
  }

  /** Runs a command in the project's folder with the lab's environment; `onStart` gets the running process. */
  async run(
    command: string,
    args: string[],
    stdin = '',
    onStart: (child: ChildProcess) => void = () => undefined,
  ): Promise<Ended> {
    const child = this.start(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const ended: Ended = { code: null, stdout: '', stderr: '' };
    child.stdout?.on('data', (data: Buffer) => (ended.stdout += data.toString()));
    child.stderr?.on('data', (data: Buffer) => (ended.stderr += data.toString()));
    child.stdin?.end(stdin);
    onStart(child);
    ended.code = await new Promise((resolve, reject) => {
      child.on('close', resolve).on('error', reject);
    });
    if (!args.includes('ssh')) {
      this.transcript += `\n$ ${command} ${args.join(' ')}\n${ended.stdout}\n${ended.stderr}\n`;
    }
    return ended;
  }

  /** As `run`, but throws an error with the last lines of the output if the exit code is not 0. */
  async ok(command: string, args: string[], stdin = ''): Promise<Ended> {
    const ended = await this.run(command, args, stdin);
    if (ended.code !== 0) {
      const last = `${ended.stdout}\n${ended.stderr}`.trim().split('\n').slice(-40);
      throw new Error(`${command} ${args.join(' ')}: exit ${ended.code}\n${last.join('\n')}`);
    }
    return ended;
  }

  /** Starts a command in its own process group. */
  start(command: string, args: string[], options: SpawnOptions = { stdio: 'ignore' }): ChildProcess {
    return spawn(command, args, { cwd: projectRoot, env: this.environment, detached: true, ...options });
  }

  /** `./dcn --lab FILE ARGS…`. */
  async dcn(...args: string[]): Promise<Ended> {
    return this.ok('./dcn', ['--lab', this.file, ...args]);
  }

  /** Adds the environment that `dcn env` prints, with which plain `pulumi` works. */
  async adoptEnvironment(): Promise<void> {
    const { stdout } = await this.ok('bash', [
      '-c',
      `eval "$(./dcn --lab ${quote(this.file)} env)" && env -0`,
    ]);
    for (const [, key, value] of stdout.matchAll(/(\w+)=([^\0]*)\0/g)) {
      this.environment[key as string] = value;
    }
  }

  /** `pulumi ARGS… -s <lab>-<site>`. */
  async pulumi(site: string, ...args: string[]): Promise<Ended> {
    return this.run('pulumi', [...args, '-s', `${this.name}-${site}`, '--non-interactive']);
  }

  /** Runs a command line on the undercloud as its user; returns standard output. */
  async onUndercloud(command: string, stdin = ''): Promise<string> {
    return (await this.ok('./dcn', ['--lab', this.file, 'ssh', 'undercloud', command], stdin)).stdout;
  }

  /** Runs a command line on a node as root; returns standard output. */
  async onNode(node: string, command: string): Promise<string> {
    return (await this.dcn('ssh', node, `sudo bash -c ${quote(command)}`)).stdout;
  }

  /** Runs a verb of the kit; returns its standard output, parsed as JSON. */
  async kit<T>(...args: string[]): Promise<T> {
    const words = args.map((word) => `'${word}'`).join(' ');
    return JSON.parse(await this.onUndercloud(`python3 ~/dcn/${this.name}/kit ${words}`)) as T;
  }

  /** Records of all runs of a job, oldest first. */
  async runsOf(job: string): Promise<{ kind: string; state: string }[]> {
    const program =
      'import glob, json, sys; ' +
      'runs = [json.load(open(name)) for name in glob.glob(sys.argv[1] + "/runs/*.json")]; ' +
      'print(json.dumps(sorted(runs, key=lambda run: run["number"])))';
    const records = await this.onUndercloud(`python3 -c ${quote(program)} ~/dcn/${this.name}/jobs/${job}`);
    return JSON.parse(records) as { kind: string; state: string }[];
  }

  /** Removes the lab's sandbox and files, if tests have left them. */
  async cleanUp(): Promise<void> {
    this.write((text) => text); // A failed test may have left an invalid lab file.
    await this.run('./dcn', ['--lab', this.file, 'sandbox', 'down']);
    this.remove();
  }

  remove(): void {
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The lab file of the collapsed arrangement with small images, and with the fewest nodes that edge sites need. */
export function fewestNodes(text: string): string {
  return text
    .replace(/^ +oc0-(controller-[12]|ceph-[123]): .*\n/gm, '')
    .replace('sizeMiB: 256', 'sizeMiB: 64')
    .replace('sizeMiB: 128', 'sizeMiB: 32');
}

/** As `fewestNodes`, but without servers. */
export function small(text: string): string {
  return fewestNodes(withoutServers(text));
}

/** Waits until `condition` holds. @throws Error if it does not hold within `seconds` */
export async function until(what: string, seconds: number, condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) {
      throw new Error(`not within ${seconds} s: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
